import { constants, zstdCompressSync } from 'node:zlib';
import { requestToJson, type Signal } from '@otelier/otlp';

/** The format of a record. */
export type RecordFormat = 'json' | 'proto';

/** How records are encoded. */
export interface RecordOptions {
  readonly format: RecordFormat;
  readonly compression: 'none' | 'zstd';
  /** Level of zstd. */
  readonly level: number;
}

const LENGTH_BYTES = 4;

/**
 * Encodes a request as a file record, with the Collector's framing: JSON is terminated by a line feed; protobuf and
 * compressed records are prefixed with their length as a 32-bit big-endian integer.
 */
export function encodeRecord(
  signal: Signal,
  request: Uint8Array,
  { format, compression, level }: RecordOptions,
): Uint8Array {
  if (format === 'json' && compression === 'none') return Buffer.from(`${requestToJson(signal, request)}\n`);
  const body = format === 'json' ? Buffer.from(requestToJson(signal, request)) : request;
  if (compression === 'none') return withLength(body);
  return withLength(zstdCompressSync(body, { params: { [constants.ZSTD_c_compressionLevel]: level } }));
}

function withLength(body: Uint8Array): Uint8Array {
  const record = new Uint8Array(LENGTH_BYTES + body.length);
  new DataView(record.buffer).setUint32(0, body.length);
  record.set(body, LENGTH_BYTES);
  return record;
}
