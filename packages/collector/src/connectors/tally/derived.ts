import type { Batch, Outcome } from '@otelier/otlp';
import type { Consumer } from '../../component/contract.ts';

/**
 * Forwards telemetry that was made of a batch, and returns the outcome for the batch. The number of rejected items is that
 * of the new telemetry: it says little about the batch, but must not exceed its number of items.
 */
export function consumeDerived(next: Consumer, derived: Batch, batch: Batch): Outcome | Promise<Outcome> {
  const outcome = next.consume(derived);
  return outcome instanceof Promise ? outcome.then((result) => limit(result, batch)) : limit(outcome, batch);
}

function limit(outcome: Outcome, { itemCount }: Batch): Outcome {
  if (outcome.kind !== 'partial' || outcome.rejectedItems <= itemCount) return outcome;
  return { ...outcome, rejectedItems: itemCount };
}
