import type { Batch, Outcome } from '@otelier/otlp';
import type { Admissions } from '../component/admissions.ts';
import type { Consumer } from '../component/contract.ts';

/** Takes a batch to wherever it belongs. Never rejects. */
export type Send = (batch: Batch) => Outcome | Promise<Outcome>;

/** A consumer whose batches are copied into another thread; the copy counts as memory in flight until the outcome is back. */
export function createTransfer(send: (batch: Batch) => Promise<Outcome>, admissions: Admissions): Consumer {
  return {
    consume(batch) {
      const admission = admissions.admit(batch.sizeBytes, batch.parts.length);
      if ('kind' in admission) return admission;
      return send(batch).finally(() => admission.release());
    },
  };
}
