import { type Decompressed, decompress } from '@otelier/transport/compression';

/** The records of a batch without compression, or why they cannot be decompressed. */
export type ExpandedRecords =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly reason: string };

/** The compressions by their number in the attributes of a batch. */
const CODINGS = [undefined, 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/** The header of the framing of snappy that Java clients use: a magic number and two versions. */
const XERIAL_MAGIC = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0);
const XERIAL_HEADER_BYTES = 16;
const BLOCK_HEADER_BYTES = 4;

/** Decompresses the records of a batch to at most `maxBytes`. `compression` is its number in the attributes of the batch. */
export async function expandRecords(records: Buffer, compression: number, maxBytes: number): Promise<ExpandedRecords> {
  if (compression === 0) return { ok: true, bytes: records };
  const coding = CODINGS[compression];
  if (coding === undefined)
    return { ok: false, reason: `expected a compression between 0 and ${CODINGS.length - 1}, got ${compression}` };
  const isXerial = coding === 'snappy' && XERIAL_MAGIC.every((byte, index) => records[index] === byte);
  const result = await (isXerial ? expandXerial(records, maxBytes) : decompress(coding, records, { maxBytes }));
  switch (result.kind) {
    case 'ok':
      return { ok: true, bytes: Buffer.from(result.body.buffer, result.body.byteOffset, result.body.length) };
    case 'malformed':
      return { ok: false, reason: `records: ${result.reason}` };
    default:
      return {
        ok: false,
        reason: `expected at most ${maxBytes} bytes after decompression (max_decompress_batch_bytes)`,
      };
  }
}

/** Decompresses blocks of snappy, each after its size. */
async function expandXerial(records: Buffer, maxBytes: number): Promise<Decompressed> {
  const blocks: Uint8Array[] = [];
  let sizeBytes = 0;
  for (let start = XERIAL_HEADER_BYTES; start < records.length; ) {
    const from = start + BLOCK_HEADER_BYTES;
    const end = from <= records.length ? from + records.readUInt32BE(start) : Number.POSITIVE_INFINITY;
    if (end > records.length) return { kind: 'malformed', reason: 'expected blocks of snappy, got a truncated one' };
    const block = await decompress('snappy', records.subarray(from, end), { maxBytes: maxBytes - sizeBytes });
    if (block.kind !== 'ok') return block;
    blocks.push(block.body);
    sizeBytes += block.body.length;
    start = end;
  }
  return { kind: 'ok', body: Buffer.concat(blocks) };
}
