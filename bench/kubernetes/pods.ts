import type { Cluster } from '../../test/interop/kubernetes/cluster.ts';

/** Namespace of the pods. */
export const NAMESPACE = 'bench';
const PATH = `/api/v1/namespaces/${NAMESPACE}/pods`;
/** Requests that are sent at once. */
const CONCURRENCY = 16;

/** Returns the address of a pod. */
export function addressOf(number: number): string {
  return `10.${16 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`;
}

/** Creates pods as a deployment has them, with the size of real ones, and sets their addresses. */
export async function createPods(cluster: Cluster, count: number): Promise<void> {
  await cluster.send('POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE } });
  let next = 0;
  const work = async (): Promise<void> => {
    for (let number = next++; number < count; number = next++) await createPod(cluster, number);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
}

async function createPod(cluster: Cluster, number: number): Promise<void> {
  const app = `app-${number % 100}`;
  const name = `${app}-6c45f8d6f6-${number}`;
  const env = Array.from({ length: 20 }, (_, index) => ({
    name: `SETTING_${index}`,
    value: `value ${index} of ${app}`,
  }));
  await cluster.send('POST', PATH, {
    metadata: {
      name,
      namespace: NAMESPACE,
      labels: { 'pod-template-hash': '6c45f8d6f6', 'app.kubernetes.io/name': app, team: `team-${number % 7}` },
      annotations: { 'checksum/config': 'f'.repeat(64) },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${app}-6c45f8d6f6`, uid: `${app}-uid`, controller: true },
      ],
    },
    spec: {
      nodeName: `node-${number % 50}`,
      containers: [{ name: 'main', image: `registry.example.com/${app}:1.4`, env }],
    },
  });
  const podIP = addressOf(number);
  const status = { phase: 'Running', podIP, podIPs: [{ ip: podIP }], startTime: new Date().toISOString() };
  await cluster.send('PATCH', `${PATH}/${name}/status`, { status });
}

/** Changes the label `round` of pods, one after the other, some per second, until the returned function is called. */
export function changePods(cluster: Cluster, count: number, perSecond: number): () => Promise<number> {
  let changes = 0;
  let pending: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    const number = changes++ % count;
    const name = `app-${number % 100}-6c45f8d6f6-${number}`;
    const change = { metadata: { labels: { round: String(changes) } } };
    pending = Promise.all([pending, cluster.send('PATCH', `${PATH}/${name}`, change)]);
  }, 1000 / perSecond);
  return async () => {
    clearInterval(timer);
    await pending;
    return changes;
  };
}
