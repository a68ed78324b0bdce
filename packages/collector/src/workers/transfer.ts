import type { Batch, Outcome } from '@otelier/otlp';
import type { Admissions } from '../component/admissions.ts';
import type { Consumer } from '../component/contract.ts';

/** Sends a batch to its destination. Never rejects. */
export type Send = (batch: Batch) => Outcome | Promise<Outcome>;

/**
 * Creates a consumer that copies batches to another thread. The copy counts as in-flight memory until the outcome
 * arrives.
 */
export function createTransfer(send: (batch: Batch) => Promise<Outcome>, admissions: Admissions): Consumer {
  return {
    consume(batch) {
      const admission = admissions.admit(batch.sizeBytes, batch.parts.length);
      if ('kind' in admission) return admission;
      return send(batch).finally(() => admission.release());
    },
  };
}
