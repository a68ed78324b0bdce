import { errorMessage } from '../../component/error-message.ts';
import { ApiError } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/client.ts';
import type { FollowContext } from '../../kubernetes/follow-changes.ts';
import { watchResource } from '../../kubernetes/watch-resource.ts';
import type { Collector } from '../collector/model.ts';
import { versionOf, withoutManagedFields } from '../core/known-object.ts';
import { deleteSame, keyOf } from '../core/object-key.ts';
import { WorkQueue, type WorkQueueStats } from '../core/work-queue.ts';
import { OPERATOR_RESOURCES } from '../definitions/custom-resources.ts';
import { allocatorName, type TargetAllocation } from './model.ts';
import { type AllocationContext, reconcileAllocation } from './reconcile-allocation.ts';

/** Reconciles `TargetAllocation` objects. */
export interface AllocationController {
  readonly queue: WorkQueueStats;
  /** Begins to reconcile, once the collectors are known. */
  begin(): void;
  /** Is called after a collector has changed, which may be that of an allocation. */
  collectorChanged(collector: Collector): void;
  close(): Promise<void>;
}

/** Watches `TargetAllocation` objects, and reconciles those that change. */
export function followAllocations(
  client: KubernetesClient,
  namespace: string | undefined,
  context: AllocationContext & FollowContext,
  signal: AbortSignal,
): AllocationController {
  const { logger } = context;
  const allocations = new Map<string, TargetAllocation>();
  let hasBegun = false;
  const queue = new WorkQueue(context, {
    concurrency: 1,
    async process(key) {
      const allocation = allocations.get(key);
      if (allocation === undefined) return;
      const written = await reconcileAllocation(context, allocation, signal);
      if (written !== undefined && isNewer(written, allocations.get(key)))
        allocations.set(key, withoutManagedFields(written));
    },
    onFailure(key, error) {
      if (error instanceof ApiError && [404, 409].includes(error.status))
        logger.debug({ allocation: key }, 'changed meanwhile, again');
      else logger.warn({ allocation: key, reason: errorMessage(error) }, 'cannot reconcile, trying again');
    },
  });
  const changed = (key: string): void => {
    if (hasBegun) queue.add(key);
  };
  const watch = watchResource(
    client,
    { ...OPERATOR_RESOURCES.targetAllocations, namespace },
    {
      select: (object) => withoutManagedFields(object) as TargetAllocation,
      onSet(allocation) {
        const key = keyOf(allocation);
        // A status from before the last write would be written again.
        if (isNewer(allocations.get(key), allocation)) return;
        allocations.set(key, allocation);
        changed(key);
      },
      onRemoved: (allocation) => deleteSame(allocations, allocation),
    },
    context,
  );
  return {
    get queue() {
      return queue.stats;
    },
    begin() {
      hasBegun = true;
      for (const key of allocations.keys()) queue.add(key);
    },
    collectorChanged({ metadata: { name, namespace: within } }) {
      for (const [key, allocation] of allocations)
        if (
          allocation.metadata.namespace === within &&
          [allocation.spec.collector, allocatorName(allocation)].includes(name)
        )
          changed(key);
    },
    async close() {
      await Promise.all([queue.close(), watch.close()]);
    },
  };
}

/** Reports whether an object is a later version of the same known object. */
function isNewer(object: TargetAllocation | undefined, known: TargetAllocation | undefined): boolean {
  if (object === undefined || known === undefined || object.metadata.uid !== known.metadata.uid) return false;
  return versionOf(object) > versionOf(known);
}
