import type { Cluster } from '../kubernetes/cluster.ts';
import type { TestController } from '../kubernetes/test-controller.ts';
import type { Audit } from './audit.ts';
import { CONFIG, createCollector, has, NAMESPACE, pathsOf, statusOf, uidOf } from './objects.ts';
import { type OperatorProcess, startOperatorProcess } from './operator-process.ts';
import { Steps, timed, until } from './steps.ts';

const { collector: COLLECTOR, service: SERVICE, role: ROLE } = pathsOf('gateway');
const WITHOUT_ROLES = {
  ...CONFIG,
  processors: {},
  service: { pipelines: { traces: { receivers: ['otlp'], exporters: ['nop'] } } },
};
const FAIL_OVER_MILLIS = 15_000;

/** Fails over, restarts the API server, and loses changes from the history of the server. Returns the operator that leads. */
export async function checkFailures(cluster: Cluster, pods: TestController, first: OperatorProcess, audit: Audit) {
  const steps = new Steps();
  let leader = first;
  let follower = await startOperatorProcess(cluster, 'second');
  const isBack = async (uid: string | undefined) => ![uid, undefined].includes(await uidOf(cluster, SERVICE));
  await steps.run('create', async () => {
    await createCollector(cluster, 'gateway', { replicas: 1, config: CONFIG, rollout: { healthyAfterSeconds: 0 } });
    await until(async () => {
      await pods.startPods(NAMESPACE);
      return has(await statusOf(cluster, 'gateway'), 'Ready', 'True');
    });
    return undefined;
  });
  const failOver = async (end: () => Promise<void>): Promise<string> => {
    await leader.untilIdle();
    if (await follower.isLeader()) throw new Error('expected one leader, got two');
    const startMillis = performance.now();
    await end();
    const uid = await uidOf(cluster, SERVICE);
    await cluster.send('DELETE', SERVICE);
    await timed(() => follower.isLeader(), FAIL_OVER_MILLIS);
    const leadsMillis = Math.round(performance.now() - startMillis);
    await timed(() => isBack(uid), FAIL_OVER_MILLIS);
    const backMillis = Math.round(performance.now() - startMillis);
    if (backMillis > FAIL_OVER_MILLIS) throw new Error(`expected at most ${FAIL_OVER_MILLIS} ms, got ${backMillis}`);
    leader = follower;
    return `leads after ${leadsMillis} ms, has repaired after ${backMillis} ms`;
  };
  await steps.run('graceful fail-over:', () => failOver(() => leader.stop()));
  follower = await startOperatorProcess(cluster, 'third');
  await steps.run('fail-over after kill -9:', () =>
    failOver(async () => {
      leader.send('SIGKILL');
      await leader.stop();
    }),
  );
  follower = await startOperatorProcess(cluster, 'fourth');
  await steps.run('restart of the API server:', async () => {
    const uid = await uidOf(cluster, SERVICE);
    await cluster.restart();
    await cluster.send('DELETE', SERVICE);
    const millis = await timed(() => isBack(uid), 30_000);
    return `repaired ${millis} ms after it serves again`;
  });
  await steps.run('API server away for longer than the lease:', async () => {
    const uid = await uidOf(cluster, SERVICE);
    await cluster.restart(() => until(async () => !(await leader.isLeader()), 30_000));
    await cluster.send('DELETE', SERVICE);
    const millis = await timed(() => isBack(uid), 40_000);
    const leads = await Promise.all([leader, follower].map((operator) => operator.isLeader()));
    if (leads.filter(Boolean).length !== 1) throw new Error(`expected one leader, got ${leads}`);
    if (leads[1]) [leader, follower] = [follower, leader];
    return `a leader steps down, and one repairs ${millis} ms after the server serves again`;
  });
  await steps.run('the follower stops', async () => {
    await follower.stop();
    return undefined;
  });
  await steps.run('410 Gone:', async () => {
    const again = pathsOf('again');
    await createCollector(cluster, 'again', { replicas: 0, config: WITHOUT_ROLES });
    await until(async () => has(await statusOf(cluster, 'again'), 'Ready', 'True'));
    await leader.untilIdle();
    const uid = await uidOf(cluster, SERVICE);
    leader.send('SIGSTOP');
    await cluster.send('DELETE', again.collector);
    await createCollector(cluster, 'again', { replicas: 0, config: WITHOUT_ROLES });
    // The server forgets the changes that the operator misses: its cache begins with the current versions.
    await cluster.send('DELETE', SERVICE);
    for (const index of Array(20).keys())
      await cluster.send('POST', `/api/v1/namespaces/${NAMESPACE}/configmaps`, { metadata: { name: `gone-${index}` } });
    await cluster.compact();
    await cluster.restart();
    const position = await audit.position();
    leader.send('SIGCONT');
    const millis = await timed(() => isBack(uid), 40_000);
    await leader.untilIdle();
    const requests = (await audit.since(position)).filter(({ resource }) => resource !== 'leases');
    const repeated = requests.filter(({ verb, path }) => verb === 'patch' && path.includes('/deployments/gateway'));
    if (repeated.length > 0) throw new Error(`expected no change of the deployment, got ${repeated.length}`);
    await until(async () => has(await statusOf(cluster, 'again'), 'Ready', 'True'));
    const uidAgain = await uidOf(cluster, again.service);
    await cluster.send('DELETE', again.service);
    await until(async () => ![uidAgain, undefined].includes(await uidOf(cluster, again.service)));
    await cluster.send('DELETE', again.collector);
    const lists = requests.filter(({ verb }) => verb === 'list');
    if (lists.length === 0) throw new Error('expected lists, got none');
    return `${lists.length} lists again, repaired after ${millis} ms, ${requests.length} API calls`;
  });
  await steps.run('delete', async () => {
    await cluster.send('DELETE', COLLECTOR);
    for (const path of [COLLECTOR, SERVICE, ROLE]) await until(async () => (await uidOf(cluster, path)) === undefined);
    return undefined;
  });
  return { leader, result: steps.result };
}
