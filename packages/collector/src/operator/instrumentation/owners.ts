import type { KubernetesClient } from '../../kubernetes/client.ts';
import { type ObjectMeta, type OwnerReference, RESOURCES, type ResourceType } from '../../kubernetes/resource.ts';

/** A workload that a pod belongs to. */
export interface Owner {
  /** As in attributes: `deployment`. */
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** Owners that belong to others, and how they are read. */
const OWNED: Readonly<Record<string, ResourceType>> = { replicaset: RESOURCES.replicaSets, job: RESOURCES.jobs };
const KINDS = new Set(['replicaset', 'deployment', 'statefulset', 'daemonset', 'job', 'cronjob']);

/** Returns the workloads that a pod belongs to, the nearest first. Reads those that may belong to others. */
export async function ownersOf(
  client: Pick<KubernetesClient, 'get'>,
  references: readonly OwnerReference[],
  namespace: string,
  signal: AbortSignal,
): Promise<readonly Owner[]> {
  const owners: Owner[] = [];
  for (const { kind: written, name, uid } of references) {
    const kind = written.toLowerCase();
    if (!KINDS.has(kind)) continue;
    owners.push({ kind, name, uid });
    const type = OWNED[kind];
    if (type === undefined) continue;
    const metadata = await metadataOf(client, type, name, namespace, signal);
    owners.push(...(await ownersOf(client, metadata?.ownerReferences ?? [], namespace, signal)));
  }
  return owners;
}

/** Without the object, the pod gets fewer attributes. */
async function metadataOf(
  client: Pick<KubernetesClient, 'get'>,
  type: ResourceType,
  name: string,
  namespace: string,
  signal: AbortSignal,
): Promise<ObjectMeta | undefined> {
  try {
    return (await client.get(type, name, namespace, signal)).metadata;
  } catch (error) {
    if (signal.aborted) throw error;
    return undefined;
  }
}
