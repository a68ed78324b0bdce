import type { Batch, Outcome } from '@otelier/otlp';
import type { Consumer } from '../../component/contract.ts';

/**
 * Forwards telemetry derived from a batch, and returns the outcome for that batch. The number of rejected items is that
 * of the derived telemetry; it only approximates that of the batch, and must not exceed the batch's item count.
 */
export function consumeDerived(next: Consumer, derived: Batch, batch: Batch): Outcome | Promise<Outcome> {
  const outcome = next.consume(derived);
  return outcome instanceof Promise ? outcome.then((result) => limit(result, batch)) : limit(outcome, batch);
}

function limit(outcome: Outcome, { itemCount }: Batch): Outcome {
  if (outcome.kind !== 'partial' || outcome.rejectedItems <= itemCount) return outcome;
  return { ...outcome, rejectedItems: itemCount };
}
