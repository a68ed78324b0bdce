import type { Outcome } from '@otelier/otlp';

/** Returns the outcome of a batch of which some items were rejected before the rest had an outcome. */
export function withRejected(outcome: Outcome, rejectedItems: number): Outcome {
  if (rejectedItems === 0) return outcome;
  const reason = 'items of an erased subject are refused';
  if (outcome.kind === 'accepted') return { kind: 'partial', rejectedItems, reason };
  if (outcome.kind !== 'partial') return outcome;
  return {
    kind: 'partial',
    rejectedItems: outcome.rejectedItems + rejectedItems,
    reason: `${outcome.reason}; ${reason}`,
  };
}
