import type { Signal } from '@otelier/otlp';
import type { Request } from '../delivery/contract.ts';

/**
 * Encodes a request as a record: version, signal name length, item count (32 bits, little-endian), signal name, and the
 * parts of the request, which concatenate to a single request.
 */
export function encodeRequest({ signal, itemCount, parts }: Request): readonly Uint8Array[] {
  const head = new Uint8Array(FIXED_BYTES + signal.length);
  head[0] = VERSION;
  head[1] = signal.length;
  new DataView(head.buffer).setUint32(2, itemCount, true);
  new TextEncoder().encodeInto(signal, head.subarray(FIXED_BYTES));
  return [head, ...parts];
}

/** Decodes a record. The parts are views of the record's bytes. */
export function decodeRequest(record: Uint8Array): Request {
  if (record[0] !== VERSION) {
    throw new Error(`expected a request in format ${VERSION}, got format ${record[0]} of a newer version`);
  }
  const partsStart = FIXED_BYTES + (record[1] ?? 0);
  const part = record.subarray(partsStart);
  return {
    signal: new TextDecoder().decode(record.subarray(FIXED_BYTES, partsStart)) as Signal,
    itemCount: new DataView(record.buffer, record.byteOffset).getUint32(2, true),
    parts: [part],
    sizeBytes: part.length,
  };
}

const VERSION = 1;
const FIXED_BYTES = 6;
