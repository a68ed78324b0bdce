/** A partition in memory: batches of records as a producer sent them, with their offsets. */
export interface Partition {
  readonly batches: { readonly base: bigint; readonly next: bigint; readonly bytes: Buffer }[];
  next: bigint;
}

/** Returns the batches from the one with an offset on, at least one. */
export function readBatches(partition: Partition | undefined, offset: bigint, maxBytes: number): Buffer {
  const found: Buffer[] = [];
  let size = 0;
  for (const { next, bytes } of partition?.batches ?? []) {
    if (next <= offset) continue;
    if (found.length > 0 && size + bytes.length > maxBytes) break;
    found.push(bytes);
    size += bytes.length;
  }
  return Buffer.concat(found);
}
