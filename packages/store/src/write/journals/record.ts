import type { JournalRecord } from '@otelier/journal';
import { type Batch, SIGNAL_NAMES, type Signal } from '@otelier/otlp';

const VERSION = 1;
const FIXED_BYTES = 20;

/** A journal record with its start and end positions. */
export interface ReadRecord extends JournalRecord {
  readonly journal: string;
  readonly startPosition: number;
}

/** The data of a batch as stored in the journal. */
export interface BatchRecord {
  readonly signal: Signal;
  readonly tenant: string;
  readonly arrivalMillis: number;
  readonly itemCount: number;
  /** Views of the record's bytes. */
  readonly parts: readonly Uint8Array[];
}

/**
 * Encodes a batch as a journal record, in pieces: a header, then its parts unchanged. The header is little-endian:
 * version u8, signal u8 (index in `SIGNAL_NAMES`), tenant length u16, arrival time f64 (milliseconds), item count u32,
 * part count u32, the tenant in UTF-8, and the length of each part u32.
 */
export function encodeRecord({ signal, parts, itemCount, context }: Batch): readonly Uint8Array[] {
  const tenant = Buffer.from(context.tenant);
  const header = Buffer.alloc(FIXED_BYTES + tenant.length + parts.length * 4);
  header.writeUInt8(VERSION, 0);
  header.writeUInt8(SIGNAL_NAMES.indexOf(signal), 1);
  header.writeUInt16LE(tenant.length, 2);
  header.writeDoubleLE(context.arrivalMillis, 4);
  header.writeUInt32LE(itemCount, 12);
  header.writeUInt32LE(parts.length, 16);
  tenant.copy(header, FIXED_BYTES);
  parts.forEach((part, i) => {
    header.writeUInt32LE(part.length, FIXED_BYTES + tenant.length + i * 4);
  });
  return [header, ...parts];
}

/** Decodes the batch in a journal record. Throws if the record is damaged or has an unknown version. */
export function decodeRecord(bytes: Uint8Array): BatchRecord {
  const record = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = record.readUInt8(0);
  if (version !== VERSION) throw new Error(`expected a journal record of version ${VERSION}, got ${version}`);
  const signal = SIGNAL_NAMES[record.readUInt8(1)];
  if (signal === undefined) throw new Error(`expected the number of a signal, got ${record.readUInt8(1)}`);
  const tenantLength = record.readUInt16LE(2);
  const partCount = record.readUInt32LE(16);
  let lengthAt = FIXED_BYTES + tenantLength;
  let at = lengthAt + partCount * 4;
  const parts: Uint8Array[] = [];
  for (let i = 0; i < partCount; i++) {
    const length = record.readUInt32LE(lengthAt);
    lengthAt += 4;
    if (at + length > record.length) throw new Error('a part exceeds its journal record');
    parts.push(bytes.subarray(at, at + length));
    at += length;
  }
  return {
    signal,
    tenant: record.toString('utf8', FIXED_BYTES, FIXED_BYTES + tenantLength),
    arrivalMillis: record.readDoubleLE(4),
    itemCount: record.readUInt32LE(12),
    parts,
  };
}
