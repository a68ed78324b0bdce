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
 * name that was not made of the allocation stays as it is.
 */
export async function reconcileAllocation(
  { writer, clock, collectors }: AllocationContext,
  allocation: TargetAllocation,
  signal: AbortSignal,
): Promise<void> {
  const { metadata, spec, status = {} } = allocation;
  // The garbage collector deletes the allocator.
  if (metadata.deletionTimestamp !== undefined) return;
  const desired = allocatorOf(allocation);
  const allocator = collectors.get(`${metadata.namespace}/${allocatorName(allocation)}`);
  const other = allocator !== undefined && !isOwned(allocator, allocation) ? allocator : undefined;
  if (other === undefined && !includes(allocator, desired))
    await writer.apply(OPERATOR_RESOURCES.collectors, desired, { fieldManager: FIELD_MANAGER }, signal);
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
  if (hashOf(next) !== hashOf({ observedGeneration: status.observedGeneration, conditions: status.conditions }))
    await writer.patchStatus(OPERATOR_RESOURCES.targetAllocations, metadata, next, signal);
}

function isOwned({ metadata: { ownerReferences = [] } }: Collector, { metadata: { uid } }: TargetAllocation): boolean {
  return ownerReferences.some((owner) => owner.uid === uid);
}

function nameTaken({ metadata }: Collector): Condition {
  const message = `expected no Collector ${metadata.name} that was not made of this object, got one; delete or rename it`;
  return { type: 'Ready', status: 'False', reason: 'NameTaken', message };
}

/** Returns what the status of the allocator says of its pods and its configuration. */
function readyConditions(allocator: Collector | undefined): readonly Condition[] {
  const conditions = allocator?.status?.conditions ?? [];
  return ['Ready', 'ConfigurationValid'].map((type) => {
    const known = conditions.find((condition) => condition.type === type);
    const { status, reason, message } = known ?? { status: 'Unknown', reason: 'Starting', message: '' };
    return { type, status, reason, message };
  });
}
