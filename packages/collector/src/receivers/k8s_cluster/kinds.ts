import type { ClusterKind } from './kind.ts';
import { CLUSTER_QUOTAS, NAMESPACES, RESOURCE_QUOTAS } from './kinds/namespaces.ts';
import { NODES } from './kinds/nodes.ts';
import { PODS } from './kinds/pods.ts';
import { ENDPOINT_SLICES, SERVICES } from './kinds/services.ts';
import { PERSISTENT_VOLUMES, VOLUME_CLAIMS } from './kinds/volumes.ts';
import { WORKLOADS } from './kinds/workloads.ts';

/** All kinds of objects that the receiver reads. */
export const KINDS: readonly ClusterKind[] = [
  PODS,
  NODES,
  NAMESPACES,
  RESOURCE_QUOTAS,
  CLUSTER_QUOTAS,
  ...WORKLOADS,
  PERSISTENT_VOLUMES,
  VOLUME_CLAIMS,
  SERVICES,
  ENDPOINT_SLICES,
];
