import type { Batch, Outcome } from '@otelier/otlp';
import type { Admissions } from '../admissions.ts';
import type { Consumer } from '../contract.ts';

/** Passes on the batch of a receiver that reads its source itself, within the memory budget of the process. */
export async function consumeAdmitted(batch: Batch, next: Consumer, admission: Admissions): Promise<Outcome> {
  const bytes = admission.admit(batch.sizeBytes, batch.parts.length);
  if ('kind' in bytes) return bytes;
  const items = admission.admitItems(batch.itemCount, batch.sizeBytes);
  try {
    if (items !== undefined && 'kind' in items) return items;
    return await next.consume(batch);
  } finally {
    bytes.release();
    if (items !== undefined && !('kind' in items)) items.release();
  }
}
