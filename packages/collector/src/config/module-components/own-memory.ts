import type { Batch } from '@otelier/otlp';

/** Returns a batch whose parts have buffers of their own, because messages copy an array's entire buffer. */
export function withOwnMemory(batch: Batch): Batch {
  const parts = batch.parts.map((part) => (part.byteLength === part.buffer.byteLength ? part : part.slice()));
  return { ...batch, parts };
}
