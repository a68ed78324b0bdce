import type { Outcome } from '@otelier/otlp';
import { errorMessage } from '../error-message.ts';
import type { BatchSpan } from './tracer.ts';

/** Ends a span with the outcome of its batch. */
export function endWith(span: BatchSpan, itemCount: number, outcome: Outcome | Promise<Outcome>): void {
  if (outcome instanceof Promise) {
    outcome.then(
      (settled) => span.end(itemCount, settled),
      (error: unknown) => span.end(itemCount, { kind: 'refused', reason: errorMessage(error) }),
    );
  } else {
    span.end(itemCount, outcome);
  }
}
