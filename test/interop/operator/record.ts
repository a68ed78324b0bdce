import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type KubernetesObject,
  pathOf,
  type ResourceType,
} from '../../../packages/collector/src/kubernetes/resource.ts';
import { CHILD_TYPES, FIELD_MANAGER, MANAGED_BY } from '../../../packages/collector/src/operator/collector/names.ts';
import { OPERATOR_RESOURCES } from '../../../packages/collector/src/operator/definitions/custom-resources.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import type { TestController } from '../kubernetes/test-controller.ts';
import { API, CONFIG, createCollector, has, NAMESPACE, pathsOf, statusOf } from './objects.ts';
import type { OperatorProcess } from './operator-process.ts';
import { until } from './steps.ts';

/** What a real API server has made of the objects of the operator, by the path of the type. */
export type RecordedObjects = Readonly<Record<string, readonly KubernetesObject[]>>;

/** The file that `npm test` reads. */
export const RECORDED = join(import.meta.dirname, 'recorded.json');

const SETTINGS = { config: CONFIG, rollout: { healthyAfterSeconds: 0 } };
const COLLECTORS = {
  gateway: { replicas: 2, ...SETTINGS, env: [{ name: 'A', value: 'a' }], resources: { limits: { memory: '1024Mi' } } },
  'with-volume': {
    mode: 'statefulset',
    ...SETTINGS,
    storage: { size: '1Gi' },
    autoscaler: { maxReplicas: 3 },
    podDisruptionBudget: { minAvailable: 1 },
  },
  agent: { mode: 'daemonset', ...SETTINGS, tolerations: [{ operator: 'Exists' }] },
  sidecar: { mode: 'sidecar', ...SETTINGS },
};

/** Creates objects of all kinds, waits until they are ready, writes them to the file as the API server has them, and deletes them. */
export async function recordObjects(cluster: Cluster, pods: TestController, operator: OperatorProcess): Promise<void> {
  for (const [name, spec] of Object.entries(COLLECTORS)) await createCollector(cluster, name, spec);
  await cluster.send('POST', `${API}/targetallocations`, {
    apiVersion: 'otelier.dev/v1alpha1',
    kind: 'TargetAllocation',
    metadata: { name: 'scrape' },
    spec: { collector: 'gateway', scrapeConfigs: [{ job_name: 'pods', kubernetes_sd_configs: [{ role: 'pod' }] }] },
  });
  const names = [...Object.keys(COLLECTORS), 'scrape-targets'];
  await until(async () => {
    await pods.startPods(NAMESPACE);
    const statuses = await Promise.all(names.map((name) => statusOf(cluster, name)));
    const isComplete = statuses.every((status) => !has(status, 'Progressing', 'True') && has(status, 'Ready', 'True'));
    return isComplete && has(await allocationStatus(cluster), 'Ready', 'True');
  }, 60_000);
  await operator.untilIdle();
  const list = async (
    type: ResourceType,
    selector: string,
  ): Promise<readonly [string, readonly KubernetesObject[]]> => {
    const { items, apiVersion, kind } = (await cluster.send(
      'GET',
      `${pathOf(type)}?labelSelector=${selector}`,
    )) as unknown as ObjectList;
    // A list names its type once.
    const ofItem = { apiVersion, kind: kind.replace(/List$/, '') };
    return [pathOf(type), items.map((item) => ({ ...ofItem, ...withoutManagers(item) }))];
  };
  const own = Object.values(CHILD_TYPES).map((type) => list(type, `${MANAGED_BY}=${FIELD_MANAGER}`));
  const lists = await Promise.all([...Object.values(OPERATOR_RESOURCES).map((type) => list(type, '')), ...own]);
  const recorded: RecordedObjects = Object.fromEntries(lists.filter(([, items]) => items.length > 0));
  await writeFile(RECORDED, `${JSON.stringify(recorded, undefined, 2)}\n`);
  await cluster.send('DELETE', `${API}/targetallocations/scrape`);
  for (const name of Object.keys(COLLECTORS)) await cluster.send('DELETE', pathsOf(name).collector);
  await until(async () => ((await cluster.send('GET', `${API}/collectors`))['items'] as object[]).length === 0);
}

interface ObjectList {
  readonly apiVersion: string;
  readonly kind: string;
  readonly items: readonly KubernetesObject[];
}

async function allocationStatus(cluster: Cluster) {
  return ((await cluster.send('GET', `${API}/targetallocations/scrape`)) as { readonly status?: object }).status ?? {};
}

/** Which manager owns which field is a large part of an object. */
function withoutManagers({ metadata, ...object }: KubernetesObject): KubernetesObject {
  const { managedFields: _, ...rest } = metadata as KubernetesObject['metadata'] & { readonly managedFields?: unknown };
  return { ...object, metadata: rest };
}
