import { systemClock } from '@otelier/transport';
import { pino } from 'pino';
import type { ApiServer } from '../../../packages/collector/src/kubernetes/server/api-server.ts';
import { kubeConfigServer } from '../../../packages/collector/src/kubernetes/server/kube-config.ts';
import { type Operator, startOperator } from '../../../packages/collector/src/operator/operator.ts';
import { registry } from '../../../packages/collector/src/registry.generated.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import type { TestController } from '../kubernetes/test-controller.ts';

interface CollectorStatus {
  readonly revision?: string;
  readonly failedRevision?: string;
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message: string }[];
}

const NAMESPACE = 'default';
const API = `/apis/otelier.dev/v1alpha1/namespaces/${NAMESPACE}`;
const COLLECTOR = `${API}/collectors/gateway`;
const DEPLOYMENT = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/gateway`;
const SERVICE = `/api/v1/namespaces/${NAMESPACE}/services/gateway`;
const CONFIG = {
  receivers: { otlp: { protocols: { grpc: { endpoint: '0.0.0.0:4317' }, http: { endpoint: '0.0.0.0:4318' } } } },
  processors: { k8s_attributes: {} },
  exporters: { nop: {} },
  service: { pipelines: { traces: { receivers: ['otlp'], processors: ['k8s_attributes'], exporters: ['nop'] } } },
};

/** Creates, repairs, changes, rolls back and deletes a collector, over conflicts and a restart of the API server. */
export async function checkOperator(cluster: Cluster, pods: TestController) {
  const mismatches: string[] = [];
  const notes: string[] = [];
  let compared = 0;
  const step = async (name: string, run: () => Promise<void>): Promise<void> => {
    compared += 1;
    const start = performance.now();
    await run().then(
      () => notes.push(`${name} ${Math.round(performance.now() - start)} ms`),
      (error: unknown) => mismatches.push(`${name}: ${String(error)}`),
    );
  };
  const status = async (): Promise<CollectorStatus> =>
    ((await cluster.send('GET', COLLECTOR)) as { status?: CollectorStatus }).status ?? {};
  const change = (spec: object): Promise<unknown> => cluster.send('PATCH', COLLECTOR, { spec });
  const server = kubeConfigServer({ KUBECONFIG: cluster.kubeConfig });
  const leader = start(server, 'first');
  const follower = start(server, 'second');
  try {
    await step('create', async () => {
      const rollout = { healthyAfterSeconds: 0, failAfterSeconds: 15 };
      const spec = { replicas: 2, config: CONFIG, rollout };
      await cluster.send('POST', `${API}/collectors`, {
        apiVersion: 'otelier.dev/v1alpha1',
        kind: 'Collector',
        metadata: { name: 'gateway' },
        spec,
      });
      await until(async () => (await pods.startPods(NAMESPACE)).length === 2);
      await until(async () => isTrue(await status(), 'Ready') && (await status()).revision !== undefined);
      const service = (await cluster.send('GET', SERVICE)) as { spec: { ports: { name: string; port: number }[] } };
      const ports = service.spec.ports.map(({ name, port }) => `${name}=${port}`).sort();
      if (`${ports}` !== 'otlp-grpc=4317,otlp-http=4318') throw new Error(`unexpected ports ${ports}`);
      await cluster.send('GET', '/apis/rbac.authorization.k8s.io/v1/clusterroles/otelier-default-gateway');
    });
    await step('no write without a change', async () => {
      await untilIdle(leader);
      const before = await versions(cluster);
      const processed = leader.queue.processed;
      await cluster.send('PATCH', COLLECTOR, { metadata: { annotations: { touched: 'yes' } } });
      await until(async () => leader.queue.processed > processed);
      await untilIdle(leader);
      const after = await versions(cluster);
      if (before !== after) throw new Error(`expected the versions ${before}, got ${after}`);
    });
    await step('deleted service back', async () => {
      const { metadata } = (await cluster.send('GET', SERVICE)) as { metadata: { uid: string } };
      await cluster.send('DELETE', SERVICE);
      await until(async () => {
        const current = (await cluster.send('GET', SERVICE)) as { metadata: { uid: string } };
        return current.metadata.uid !== metadata.uid;
      }, 5000);
    });
    await step('changed deployment back', async () => {
      await cluster.send('PATCH', DEPLOYMENT, { spec: { replicas: 5 } });
      await until(async () => replicasOf(await cluster.send('GET', DEPLOYMENT)) === 2, 5000);
      await until(async () => isTrue(await status(), 'Ready'));
    });
    await step('wrong configuration keeps the running one', async () => {
      const { revision } = await status();
      await change({ config: { processors: { batch: { timeout: 'soon' } } } });
      await until(async () => isFalse(await status(), 'ConfigurationValid'));
      const { conditions, revision: kept } = await status();
      const message = conditions?.find(({ type }) => type === 'ConfigurationValid')?.message ?? '';
      if (!message.includes('spec.config.processors.batch.timeout') || kept !== revision) throw new Error(message);
      await change({ config: { processors: { batch: null } } });
      await until(async () => isTrue(await status(), 'ConfigurationValid'));
    });
    await step('failing change rolled back', async () => {
      const { revision } = await status();
      await change({ config: { processors: { batch: { timeout: '1s' } } } });
      await until(async () => (await status()).failedRevision !== undefined, 60_000);
      await until(async () => isTrue(await status(), 'Ready') && (await updatedOf(cluster)) === 2, 60_000);
      if ((await status()).revision !== revision) throw new Error('expected the revision from before');
    });
    await step('healthy change', async () => {
      const { revision } = await status();
      await change({ config: { processors: { batch: { timeout: '2s' } } } });
      await until(async () => {
        await pods.startPods(NAMESPACE);
        return (await status()).revision !== revision;
      }, 60_000);
    });
    await step('pipeline added', async () => {
      const { revision } = await status();
      await cluster.send('POST', `${API}/pipelines`, {
        apiVersion: 'otelier.dev/v1alpha1',
        kind: 'Pipeline',
        metadata: { name: 'audit' },
        spec: { collectors: ['gateway'], signal: 'logs', pipeline: { receivers: ['otlp'], exporters: ['nop'] } },
      });
      await until(async () => {
        await pods.startPods(NAMESPACE);
        return (await status()).revision !== revision;
      }, 60_000);
    });
    await step('repair after a restart of the API server', async () => {
      await cluster.restart();
      await cluster.send('DELETE', SERVICE);
      await until(() => cluster.send('GET', SERVICE).then(Boolean, () => false), 40_000);
    });
    await step('fail-over', async () => {
      await until(async () => leader.isLeader !== follower.isLeader, 15_000);
      await (leader.isLeader ? leader : follower).stop();
      await until(async () => leader.isLeader !== follower.isLeader, 15_000);
    });
    await step('delete', async () => {
      await cluster.send('DELETE', COLLECTOR);
      for (const path of [
        COLLECTOR,
        DEPLOYMENT,
        '/apis/rbac.authorization.k8s.io/v1/clusterroles/otelier-default-gateway',
      ])
        await until(
          () =>
            cluster.send('GET', path).then(
              () => false,
              () => true,
            ),
          30_000,
        );
    });
  } finally {
    await Promise.all([leader.stop(), follower.stop()]);
  }
  return { compared, mismatches, note: notes.join(', ') };
}

function start(server: ApiServer, identity: string): Operator {
  return startOperator({
    server,
    registry,
    environment: {},
    logger: pino({ level: process.env['LOG_LEVEL'] ?? 'silent' }),
    clock: systemClock,
    random: Math.random,
    identity,
    namespace: NAMESPACE,
    image: 'otelier:1',
  });
}

async function until(holds: () => Promise<boolean>, millis = 30_000): Promise<void> {
  const deadline = Date.now() + millis;
  for (;;) {
    const isDone = await holds().catch((error: unknown) => {
      if (Date.now() > deadline) throw error;
      return false;
    });
    if (isDone) return;
    if (Date.now() > deadline) throw new Error(`expected within ${millis} ms: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Resolves when nothing was processed for a second. */
async function untilIdle(operator: Operator): Promise<void> {
  for (let processed = -1; processed !== operator.queue.processed; ) {
    processed = operator.queue.processed;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

async function versions(cluster: Cluster): Promise<string> {
  const { status } = (await cluster.send('GET', COLLECTOR)) as { status: object };
  const objects = await Promise.all([DEPLOYMENT, SERVICE].map((path) => cluster.send('GET', path)));
  return JSON.stringify([
    status,
    ...objects.map((object) => (object as { metadata: { resourceVersion: string } }).metadata.resourceVersion),
  ]);
}

function replicasOf(deployment: object): number | undefined {
  return (deployment as { spec: { replicas?: number } }).spec.replicas;
}

async function updatedOf(cluster: Cluster): Promise<number | undefined> {
  return ((await cluster.send('GET', DEPLOYMENT)) as { status: { updatedReplicas?: number } }).status.updatedReplicas;
}

function isTrue({ conditions = [] }: CollectorStatus, name: string): boolean {
  return conditions.some(({ type, status }) => type === name && status === 'True');
}

function isFalse({ conditions = [] }: CollectorStatus, name: string): boolean {
  return conditions.some(({ type, status }) => type === name && status === 'False');
}
