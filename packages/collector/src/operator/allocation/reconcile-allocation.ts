import type { Clock } from '@otelier/transport';
import type { ObjectWriter } from '../../kubernetes/object-writer.ts';
import type { Collector } from '../collector/model.ts';
import { FIELD_MANAGER } from '../collector/names.ts';
import { type Condition, withTimes } from '../core/conditions.ts';
import { hashOf, includes } from '../core/content.ts';
import { OPERATOR_RESOURCES } from '../definitions/custom-resources.ts';
import { allocatorName, allocatorOf, type TargetAllocation } from './model.ts';

/** What reconciling needs. */
export interface AllocationContext {
  readonly writer: ObjectWriter;
  readonly clock: Clock;
  /** Known collectors by `namespace/name`. */
  readonly collectors: ReadonlyMap<string, Collector>;
}

/**
 * Writes the collector that runs the allocator, if it is not as desired, and the status of the allocation. A collector of this
 * name that was not made of the allocation stays as it is. Returns the allocation with its new status, if that has changed.
 */
export async function reconcileAllocation(
  { writer, clock, collectors }: AllocationContext,
  allocation: TargetAllocation,
  signal: AbortSignal,
): Promise<TargetAllocation | undefined> {
  const { metadata, spec, status = {} } = allocation;
  // The garbage collector deletes the allocator.
  if (metadata.deletionTimestamp !== undefined) return undefined;
  const desired = allocatorOf(allocation);
  let allocator = collectors.get(`${metadata.namespace}/${allocatorName(allocation)}`);
  const other = allocator !== undefined && !isOwned(allocator, allocation) ? allocator : undefined;
  if (other === undefined && !includes(allocator, desired)) {
    const options = { fieldManager: FIELD_MANAGER };
    allocator = (await writer.apply(OPERATOR_RESOURCES.collectors, desired, options, signal)) as Collector;
  }
  const isFound = collectors.has(`${metadata.namespace}/${spec.collector}`);
  const found: Condition = {
    type: 'CollectorFound',
    status: isFound ? 'True' : 'False',
    reason: isFound ? 'Found' : 'Missing',
    message: isFound ? '' : `expected a Collector ${spec.collector} in the namespace, got none`,
  };
  const generation = metadata.generation ?? 0;
  const own = [...(other === undefined ? readyConditions(allocator) : [nameTaken(other)]), found];
  const conditions = withTimes(own, status.conditions ?? [], { generation, nowMillis: clock.now() });
  const next = { observedGeneration: generation, conditions };
  if (hashOf(next) === hashOf({ observedGeneration: status.observedGeneration, conditions: status.conditions }))
    return undefined;
  return (await writer.patchStatus(OPERATOR_RESOURCES.targetAllocations, metadata, next, signal)) as TargetAllocation;
}

function isOwned({ metadata: { ownerReferences = [] } }: Collector, { metadata: { uid } }: TargetAllocation): boolean {
  return ownerReferences.some((owner) => owner.uid === uid);
}

function nameTaken({ metadata }: Collector): Condition {
  const message = `expected no Collector ${metadata.name} that was not made of this object, got one; delete or rename it`;
  return { type: 'Ready', status: 'False', reason: 'NameTaken', message };
}

/**
 * Returns what the status of the allocator says of its pods and its configuration. The allocator counts its pods itself: the
 * counts are not repeated here, because each of them would be a write.
 */
function readyConditions(allocator: Collector | undefined): readonly Condition[] {
  const { conditions = [], observedGeneration } = allocator?.status ?? {};
  const starting = { status: 'Unknown', reason: 'Starting', message: '' } as const;
  const of = (type: string) => conditions.find((condition) => condition.type === type);
  const valid = of('ConfigurationValid') ?? starting;
  const ready = of('Ready') ?? starting;
  // A status from before the last change does not say whether the pods run it.
  const isStale = ready.status === 'True' && observedGeneration !== (allocator?.metadata.generation ?? 0);
  const { status, reason } = isStale ? ({ status: 'False', reason: 'PodsNotReady' } as const) : ready;
  return [
    { type: 'Ready', status, reason, message: '' },
    { type: 'ConfigurationValid', status: valid.status, reason: valid.reason, message: valid.message },
  ];
}
