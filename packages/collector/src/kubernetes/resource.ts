/** A resource type of the API, such as pods. */
export interface ResourceType {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** The plural in lower case, as in paths: `pods`. */
  readonly resource: string;
}

/** Which objects of a type are listed or watched. */
export interface Selection extends ResourceType {
  /** Default: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Whether only the metadata of objects is needed, which is a fraction of their size. */
  readonly metadataOnly?: boolean | undefined;
}

/** The metadata of an object. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion?: string;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
}

/** The object that owns another one. */
export interface OwnerReference {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
}

/** An object as the API server sends it. The fields beyond the metadata depend on its type. */
export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
}

/** Resource types that components watch. */
export const RESOURCES = {
  pods: { group: '', version: 'v1', resource: 'pods' },
  namespaces: { group: '', version: 'v1', resource: 'namespaces' },
  nodes: { group: '', version: 'v1', resource: 'nodes' },
  services: { group: '', version: 'v1', resource: 'services' },
  ingresses: { group: 'networking.k8s.io', version: 'v1', resource: 'ingresses' },
  endpointSlices: { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' },
  replicaSets: { group: 'apps', version: 'v1', resource: 'replicasets' },
  deployments: { group: 'apps', version: 'v1', resource: 'deployments' },
  statefulSets: { group: 'apps', version: 'v1', resource: 'statefulsets' },
  daemonSets: { group: 'apps', version: 'v1', resource: 'daemonsets' },
  jobs: { group: 'batch', version: 'v1', resource: 'jobs' },
  cronJobs: { group: 'batch', version: 'v1', resource: 'cronjobs' },
} as const satisfies Readonly<Record<string, ResourceType>>;

/** Returns the path of the objects of a type, in a namespace or in all. */
export function pathOf({ group, version, resource }: ResourceType, namespace?: string): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const within = namespace ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${within}/${resource}`;
}

/** Returns the name of a type for messages: `pods`, `deployments.apps`. */
export function nameOf({ group, resource }: ResourceType): string {
  return group === '' ? resource : `${resource}.${group}`;
}
