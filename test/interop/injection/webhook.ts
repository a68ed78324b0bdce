import { systemClock } from '@otelier/transport';
import { pino } from 'pino';
import { createKubernetesClient } from '../../../packages/collector/src/kubernetes/client.ts';
import { createObjectWriter } from '../../../packages/collector/src/kubernetes/object-writer.ts';
import { kubeConfigServer } from '../../../packages/collector/src/kubernetes/server/kube-config.ts';
import { CONFIGURATION_NAME } from '../../../packages/collector/src/operator/webhook/follow-certificate.ts';
import { startWebhook, type Webhook } from '../../../packages/collector/src/operator/webhook/start-webhook.ts';
import { WEBHOOK_PATH } from '../../../packages/collector/src/operator/webhook/webhook-server.ts';
import { registry } from '../../../packages/collector/src/registry.generated.ts';
import type { Cluster } from '../kubernetes/cluster.ts';

const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
/** Path of the configuration of the webhook. */
export const CONFIGURATION = `${CONFIGURATIONS}/${CONFIGURATION_NAME}`;

/** How API servers call the webhook: by an address, because there is no network of services here. */
export interface Call {
  readonly port: number;
  readonly caBundle?: string;
}

/** Creates or replaces the configuration of the webhook, with the settings of the manifest. */
export async function configure(cluster: Cluster, { port, caBundle }: Call): Promise<void> {
  await cluster.send('DELETE', CONFIGURATION).catch(() => undefined);
  await cluster.send('POST', CONFIGURATIONS, {
    metadata: { name: CONFIGURATION_NAME },
    webhooks: [
      {
        name: 'pods.otelier.dev',
        admissionReviewVersions: ['v1'],
        clientConfig: { url: `https://127.0.0.1:${port}${WEBHOOK_PATH}`, ...(caBundle !== undefined && { caBundle }) },
        failurePolicy: 'Ignore',
        timeoutSeconds: 5,
        reinvocationPolicy: 'IfNeeded',
        sideEffects: 'NoneOnDryRun',
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      },
    ],
  });
}

/** Returns the authorities that the configuration has. */
export async function bundleOf(cluster: Cluster): Promise<string> {
  const { webhooks } = (await cluster.send('GET', CONFIGURATION)) as {
    readonly webhooks: readonly { readonly clientConfig: { readonly caBundle?: string } }[];
  };
  return webhooks[0]?.clientConfig.caBundle ?? '';
}

/** Starts the webhook on a port. */
export async function serve(cluster: Cluster, port: number): Promise<Webhook> {
  const server = kubeConfigServer({ KUBECONFIG: cluster.kubeConfig });
  const client = createKubernetesClient(server);
  const writer = createObjectWriter(server);
  const webhook = await startWebhook({
    client,
    writer,
    clock: systemClock,
    random: Math.random,
    logger: pino({ level: process.env['LOG_LEVEL'] ?? 'silent' }),
    identity: `interop-${port}`,
    namespace: 'default',
    registry,
    image: 'otelier:1',
    host: '127.0.0.1',
    port,
  });
  return {
    ...webhook,
    get isReady() {
      return webhook.isReady;
    },
    async close() {
      await webhook.close();
      client.close();
      writer.close();
    },
  };
}

/** Resolves when a condition holds. */
export async function until(holds: () => Promise<boolean> | boolean, what: string, millis = 30_000): Promise<void> {
  const deadline = Date.now() + millis;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`expected within ${millis} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
