import type { Cluster } from '../kubernetes/cluster.ts';

/** What the checks read of the status of a collector. */
export interface CollectorStatus {
  readonly revision?: string;
  readonly failedRevision?: string;
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
  }[];
}

export const NAMESPACE = 'default';
export const API = `/apis/otelier.dev/v1alpha1/namespaces/${NAMESPACE}`;

/** A gateway for traces, whose pods read the metadata of pods. */
export const CONFIG = {
  receivers: { otlp: { protocols: { grpc: { endpoint: '0.0.0.0:4317' }, http: { endpoint: '0.0.0.0:4318' } } } },
  processors: { k8s_attributes: {} },
  exporters: { nop: {} },
  service: { pipelines: { traces: { receivers: ['otlp'], processors: ['k8s_attributes'], exporters: ['nop'] } } },
};

/** Paths of a collector and of what is made of it. */
export function pathsOf(name: string) {
  return {
    collector: `${API}/collectors/${name}`,
    deployment: `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${name}`,
    service: `/api/v1/namespaces/${NAMESPACE}/services/${name}`,
    role: `/apis/rbac.authorization.k8s.io/v1/clusterroles/otelier-${NAMESPACE}-${name}`,
  };
}

/** Creates a collector. */
export function createCollector(cluster: Cluster, name: string, spec: object): Promise<unknown> {
  const object = { apiVersion: 'otelier.dev/v1alpha1', kind: 'Collector', metadata: { name }, spec };
  return cluster.send('POST', `${API}/collectors`, object);
}

/** Returns the status of a collector. */
export async function statusOf(cluster: Cluster, name: string): Promise<CollectorStatus> {
  return ((await cluster.send('GET', pathsOf(name).collector)) as { status?: CollectorStatus }).status ?? {};
}

/** Reports whether a condition has a status. */
export function has({ conditions = [] }: CollectorStatus, type: string, expected: 'True' | 'False'): boolean {
  return conditions.some((condition) => condition.type === type && condition.status === expected);
}

/** Returns the UID of an object; `undefined` if it does not exist. */
export async function uidOf(cluster: Cluster, path: string): Promise<string | undefined> {
  try {
    return ((await cluster.send('GET', path)) as { metadata: { uid: string } }).metadata.uid;
  } catch (error) {
    if (String(error).includes(': 404 ')) return undefined;
    throw error;
  }
}
