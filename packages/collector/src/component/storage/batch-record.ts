import { type Batch, type BatchContext, SIGNAL_NAMES } from '@otelier/otlp';

/**
 * Returns the context that a queue keeps: the tenant, the arrival time and the metadata in `keys`. The authenticated sender
 * and all other metadata, which can be credentials, are not written.
 */
export function storedContext(
  { tenant, arrivalMillis, metadata }: BatchContext,
  keys: readonly string[],
): BatchContext {
  const kept = keys.flatMap((key) => {
    const values = metadata[key];
    return values === undefined ? [] : [[key, values] as const];
  });
  return { tenant, arrivalMillis, metadata: Object.fromEntries(kept), subject: undefined };
}

/**
 * Encodes a batch with a stored context as a record, in pieces: a header, the context as JSON, the length of each part
 * (u32), then its parts unchanged. Header, little endian: version u8, signal u8 (index in `SIGNAL_NAMES`), zeros u16, items
 * u32, parts u32, length of the context u32.
 */
export function encodeBatch({ signal, parts, itemCount, context }: Batch): Uint8Array[] {
  const text = Buffer.from(JSON.stringify(context));
  const header = Buffer.alloc(HEADER_BYTES + text.length + parts.length * 4);
  header.writeUInt8(VERSION, 0);
  header.writeUInt8(SIGNAL_NAMES.indexOf(signal), 1);
  header.writeUInt32LE(itemCount, 4);
  header.writeUInt32LE(parts.length, 8);
  header.writeUInt32LE(text.length, 12);
  text.copy(header, HEADER_BYTES);
  for (const [index, part] of parts.entries())
    header.writeUInt32LE(part.length, HEADER_BYTES + text.length + index * 4);
  return [header, ...parts];
}

/** Decodes a batch. Its parts are views of the record. Throws if a newer version wrote it, or something else. */
export function decodeBatch(bytes: Uint8Array): Batch {
  const record = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = record.length < HEADER_BYTES ? 0 : record.readUInt8(0);
  if (version !== VERSION) throw new Error(`expected a batch of version ${VERSION}, got version ${version}`);
  const signal = SIGNAL_NAMES[record.readUInt8(1)];
  if (signal === undefined) throw new Error(`expected the number of a signal, got ${record.readUInt8(1)}`);
  const lengthsAt = HEADER_BYTES + record.readUInt32LE(12);
  const context = readContext(record.toString('utf8', HEADER_BYTES, lengthsAt));
  const partCount = record.readUInt32LE(8);
  const parts: Uint8Array[] = [];
  let at = lengthsAt + partCount * 4;
  for (let index = 0; index < partCount; index++) {
    const end = at + record.readUInt32LE(lengthsAt + index * 4);
    if (end > record.length) throw new Error('expected the parts of a batch to fit its record');
    parts.push(bytes.subarray(at, end));
    at = end;
  }
  const sizeBytes = parts.reduce((sum, part) => sum + part.length, 0);
  return { signal, parts, itemCount: record.readUInt32LE(4), sizeBytes, context };
}

const VERSION = 1;
const HEADER_BYTES = 16;

function readContext(text: string): BatchContext {
  const { tenant, arrivalMillis, metadata } = JSON.parse(text) as Omit<BatchContext, 'subject'>;
  return { tenant, arrivalMillis, metadata, subject: undefined };
}
