import { bundleOf, CONFIGURATION } from '../injection/webhook.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import { NAMESPACE } from './objects.ts';
import type { OperatorProcess } from './operator-process.ts';
import { Steps, until } from './steps.ts';

const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
/** The time that the manifest gives the webhook, and some for the API server. */
const MAX_MILLIS = 7000;

/**
 * Checks that the operator issues a certificate and makes the API server trust it, and that pods are created although no address
 * of the service leads to the webhook here. Then deletes the configuration, because each pod would wait. `injection` checks what
 * the webhook does.
 */
export async function checkWebhook(cluster: Cluster, operator: OperatorProcess) {
  const steps = new Steps();
  const create = async (name: string): Promise<number> => {
    const startMillis = performance.now();
    await cluster.send('POST', PODS, { metadata: { name }, spec: { containers: [{ name: 'a', image: 'a:1' }] } });
    const millis = Math.round(performance.now() - startMillis);
    await cluster.send('DELETE', `${PODS}/${name}?gracePeriodSeconds=0`);
    return millis;
  };
  await steps.run('certificate issued, authority in the configuration:', async () => {
    await until(() => operator.isReady());
    const authorities = Buffer.from(await bundleOf(cluster), 'base64').toString('utf8');
    if (!authorities.startsWith('-----BEGIN CERTIFICATE-----')) throw new Error(`unexpected bundle ${authorities}`);
    return undefined;
  });
  await steps.run('pod created although the webhook cannot be reached:', async () => {
    const millis = await create('unreachable');
    if (millis > MAX_MILLIS) throw new Error(`expected at most ${MAX_MILLIS} ms, got ${millis}`);
    return `after ${millis} ms`;
  });
  await steps.run('pod created without the configuration:', async () => {
    await cluster.send('DELETE', CONFIGURATION);
    let millis = MAX_MILLIS;
    await until(async () => {
      millis = await create('without');
      return millis < 1000;
    });
    return `after ${millis} ms`;
  });
  return steps.result;
}
