import { freePorts } from '@otelier/testkit/servers/free-ports';
import type { KubernetesObject } from '../../../packages/collector/src/kubernetes/resource.ts';
import { includes } from '../../../packages/collector/src/operator/core/content.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import { type Compared, createNamespaces } from './compare.ts';
import { inject, NAMESPACE, readShapes, type Shape } from './injection.ts';
import { bundleOf, configure, serve, until } from './webhook.ts';

const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;

/** Creates a pod of each shape on a real API server, which calls the webhook, and compares it with what is injected in `npm test`. */
export async function checkShapes(cluster: Cluster): Promise<Compared> {
  const mismatches: string[] = [];
  const millis: number[] = [];
  const shapes = await readShapes();
  await createNamespaces(cluster, [NAMESPACE, 'observability']);
  const [port = 0, other = 0] = await freePorts(2);
  await configure(cluster, { port });
  const replicas = await Promise.all([serve(cluster, port), serve(cluster, other)]);
  try {
    await until(() => replicas.every(({ isReady }) => isReady), 'certificates');
    for (const shape of shapes) {
      const created = await createObjects(cluster, shape);
      const expected = { spec: (await inject(shape)).pod.spec };
      let actual: unknown;
      try {
        await until(
          async () => {
            const startMillis = performance.now();
            actual = await cluster.send('POST', `${PODS}?dryRun=All`, { ...shape.pod, metadata: named(shape) });
            millis.push(performance.now() - startMillis);
            return isAsExpected(actual as KubernetesObject & Pick<Shape['pod'], 'spec'>, expected);
          },
          shape.name,
          5000,
        );
      } catch (error) {
        mismatches.push(`${shape.name}: ${String(error)}: ${JSON.stringify(actual)}`);
      }
      for (const path of created) await cluster.send('DELETE', path);
    }
    const bundle = await bundleOf(cluster);
    await replicas[0]?.close();
    // The other replica has the same certificate, so that the API server trusts it, too.
    replicas[0] = await serve(cluster, port);
    await until(() => replicas[0]?.isReady === true, 'a certificate after a restart');
    if ((await bundleOf(cluster)) !== bundle) mismatches.push('expected the certificate to stay after a restart');
    const sorted = millis.toSorted((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
    return { compared: shapes.length + 1, mismatches, note: `median ${median.toFixed(1)} ms for each pod` };
  } finally {
    await Promise.all(replicas.map((replica) => replica.close()));
  }
}

/** The API server adds its defaults, and containers only from the webhook. */
function isAsExpected(actual: Pick<Shape['pod'], 'spec'>, expected: Pick<Shape['pod'], 'spec'>): boolean {
  const counts = ({ spec }: Pick<Shape['pod'], 'spec'>) =>
    [...(spec.initContainers ?? []), ...spec.containers].map(({ name, env = [] }) => `${name} ${env.length}`).join();
  return includes(actual, expected) && counts(actual) === counts(expected);
}

function named({ pod, name }: Shape): object {
  const { name: given, generateName } = pod.metadata ?? {};
  return {
    ...pod.metadata,
    ...(given === undefined && generateName === undefined && { name: name.replaceAll(' ', '-') }),
  };
}

/** Creates the objects of a shape, and sets the annotations of the namespace. Returns the paths of what must be deleted. */
async function createObjects(cluster: Cluster, { namespace, objects }: Shape): Promise<readonly string[]> {
  const path = `/api/v1/namespaces/${NAMESPACE}`;
  const { metadata } = (await cluster.send('GET', path)) as unknown as KubernetesObject;
  const cleared = Object.fromEntries(Object.keys(metadata.annotations ?? {}).map((name) => [name, null]));
  await cluster.send('PATCH', path, { metadata: { annotations: { ...cleared, ...namespace } } });
  const created: string[] = [];
  for (const object of objects) {
    const { kind = '', metadata: of } = object;
    const root = ROOTS[kind];
    if (root === undefined) continue;
    const apiVersion = object.apiVersion ?? 'otelier.dev/v1alpha1';
    const collection = root.replace('NAMESPACE', of.namespace ?? NAMESPACE);
    await cluster.send('POST', collection, { ...object, apiVersion });
    created.push(`${collection}/${of.name}`);
  }
  return created;
}

const ROOTS: Readonly<Record<string, string>> = {
  Instrumentation: '/apis/otelier.dev/v1alpha1/namespaces/NAMESPACE/instrumentations',
  Collector: '/apis/otelier.dev/v1alpha1/namespaces/NAMESPACE/collectors',
  ReplicaSet: '/apis/apps/v1/namespaces/NAMESPACE/replicasets',
  Job: '/apis/batch/v1/namespaces/NAMESPACE/jobs',
};
