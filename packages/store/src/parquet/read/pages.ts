import { crc32, zstdDecompressSync } from 'node:zlib';
import type { FileBytes } from '../file-bytes.ts';
import { PAGE } from '../format.ts';
import { readThriftPrefix } from '../thrift-reader.ts';
import type { ChunkPlace, PagePlace } from './layout.ts';

/** Maximum size of a chunk that is read at once, in bytes. Larger ones are read page by page. */
const WHOLE_CHUNK_BYTES = 1 << 20;
/** Larger than any page header in the store's files. */
const MAX_HEADER_BYTES = 256;

/** A page: the encoded values of consecutive rows. Its bytes are valid until the next chunk is opened. */
export interface Page extends PagePlace {
  /** Returns the uncompressed bytes. Throws if they do not match their checksum. */
  readonly load: () => Buffer;
}

/** Opens a column chunk and returns its pages, of which nothing is decompressed yet. */
export function openChunk(file: FileBytes, chunk: ChunkPlace): readonly Page[] {
  const bytes = new ChunkBytes(file, chunk);
  chunk.pages ??= findPages(bytes, chunk);
  return chunk.pages.map((page) => ({ ...page, load: () => pageBytes(bytes, chunk, page) }));
}

function pageBytes(bytes: ChunkBytes, chunk: ChunkPlace, page: PagePlace): Buffer {
  const body = bytes.read(page.offset, page.bytes);
  if (page.checksum !== undefined && crc32(body) !== page.checksum) throw new Error('a page differs from its checksum');
  if (!chunk.isCompressed || page.uncompressedBytes === 0) return body;
  return zstdDecompressSync(body, {
    maxOutputLength: page.uncompressedBytes,
    chunkSize: Math.max(64, page.uncompressedBytes),
  });
}

function findPages(bytes: ChunkBytes, { offset, bytes: length }: ChunkPlace): readonly PagePlace[] {
  const pages: PagePlace[] = [];
  const end = offset + length;
  for (let at = offset; at < end; ) {
    const { fields, length: headerBytes } = readThriftPrefix(bytes.read(at, Math.min(MAX_HEADER_BYTES, end - at)));
    const isDictionary = Number(fields.get(1)) === PAGE.dictionary;
    const header = fields.get(isDictionary ? 7 : 5);
    const bodyBytes = Number(fields.get(3));
    if (!(header instanceof Map) || at + headerBytes + bodyBytes > end) throw new Error('a page header is damaged');
    const checksum = fields.get(4);
    pages.push({
      offset: at + headerBytes,
      bytes: bodyBytes,
      uncompressedBytes: Number(fields.get(2)),
      checksum: checksum === undefined ? undefined : Number(checksum) >>> 0,
      isDictionary,
      values: Number(header.get(1)),
      encoding: Number(header.get(2)),
    });
    at += headerBytes + bodyBytes;
  }
  return pages;
}

/** The bytes of one chunk. */
class ChunkBytes {
  readonly #file: FileBytes;
  readonly #offset: number;
  readonly #whole: Buffer | undefined;

  constructor(file: FileBytes, { offset, bytes }: ChunkPlace) {
    this.#file = file;
    this.#offset = offset;
    this.#whole = bytes <= WHOLE_CHUNK_BYTES ? readAt(file, scratch(bytes), offset) : undefined;
  }

  read(offset: number, length: number): Buffer {
    const from = offset - this.#offset;
    if (this.#whole !== undefined) return this.#whole.subarray(from, from + length);
    return readAt(this.#file, Buffer.allocUnsafeSlow(length), offset);
  }
}

let reused = Buffer.allocUnsafeSlow(0);

/** Returns memory for a chunk, valid until the next call. */
function scratch(length: number): Buffer {
  if (reused.length < length) reused = Buffer.allocUnsafeSlow(Math.min(WHOLE_CHUNK_BYTES, length * 2));
  return reused.subarray(0, length);
}

function readAt(file: FileBytes, into: Buffer, offset: number): Buffer {
  if (file.read(into, offset) < into.length) throw new Error('the file is too short');
  return into;
}
