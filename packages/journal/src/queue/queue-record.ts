import type { QueueSize, RecordCounts } from './contract.ts';

/**
 * The prefix of each record of a queue, little endian: version u8 (2 if the content is encrypted, otherwise 1), three zeros, items u32, bytes f64, and the sums over
 * all records before it: records f64, items f64, bytes f64. The sums tell the size of the queue at start without reading
 * it, and how much is lost where records are damaged.
 */
export const PREFIX_BYTES = 40;

const VERSION = 1;
const ENCRYPTED_VERSION = 2;

/** A record of a queue. */
export interface QueueRecord {
  readonly counts: RecordCounts;
  /** The sums over all records before it. */
  readonly before: QueueSize;
  readonly isEncrypted: boolean;
  /** The owner's bytes. */
  readonly content: Uint8Array;
}

/** Returns the prefix of a record. */
export function recordPrefix(counts: RecordCounts, before: QueueSize, isEncrypted = false): Uint8Array {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt8(isEncrypted ? ENCRYPTED_VERSION : VERSION, 0);
  prefix.writeUInt32LE(counts.items, 4);
  prefix.writeDoubleLE(counts.bytes, 8);
  prefix.writeDoubleLE(before.records, 16);
  prefix.writeDoubleLE(before.items, 24);
  prefix.writeDoubleLE(before.bytes, 32);
  return prefix;
}

/** Reads a record of a queue. Throws if a newer version wrote it, or if it belongs to no queue. */
export function readQueueRecord(bytes: Uint8Array): QueueRecord {
  const record = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = record.length < PREFIX_BYTES ? 0 : record.readUInt8(0);
  if (version !== VERSION && version !== ENCRYPTED_VERSION) {
    throw new Error(`expected a queue record of version ${ENCRYPTED_VERSION} or older, got version ${version}`);
  }
  return {
    isEncrypted: version === ENCRYPTED_VERSION,
    counts: { items: record.readUInt32LE(4), bytes: record.readDoubleLE(8) },
    before: { records: record.readDoubleLE(16), items: record.readDoubleLE(24), bytes: record.readDoubleLE(32) },
    content: bytes.subarray(PREFIX_BYTES),
  };
}

/** The size of no records. */
export const EMPTY: QueueSize = { records: 0, items: 0, bytes: 0 };

/** Returns the sums after one more record. */
export function afterRecord(before: QueueSize, { items, bytes }: RecordCounts): QueueSize {
  return { records: before.records + 1, items: before.items + items, bytes: before.bytes + bytes };
}

/** Returns `a - b`, at least zero. */
export function difference(a: QueueSize, b: QueueSize): QueueSize {
  return {
    records: Math.max(0, a.records - b.records),
    items: Math.max(0, a.items - b.items),
    bytes: Math.max(0, a.bytes - b.bytes),
  };
}

/** Returns `a + b`. */
export function sum(a: QueueSize, b: QueueSize): QueueSize {
  return { records: a.records + b.records, items: a.items + b.items, bytes: a.bytes + b.bytes };
}
