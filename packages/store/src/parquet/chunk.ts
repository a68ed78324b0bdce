import { constants, crc32, zstdCompressSync } from 'node:zlib';
import { CODEC, ENCODING, PAGE } from './format.ts';
import { ThriftWriter } from './thrift.ts';

/** The minimum and maximum value of a chunk, as encoded in Parquet. */
export interface Bounds {
  readonly min: Uint8Array;
  readonly max: Uint8Array;
}

/** An encoded column chunk. */
export interface EncodedChunk {
  readonly path: readonly string[];
  readonly physicalType: number;
  /** Page headers and page bodies, alternating. */
  readonly pieces: readonly Uint8Array[];
  readonly encodings: readonly number[];
  readonly codec: number;
  readonly valueCount: number;
  readonly nullCount: number;
  readonly uncompressedBytes: number;
  readonly compressedBytes: number;
  /** Size of the dictionary page at the start of the chunk, in bytes; 0 if there is none. */
  readonly dictionaryBytes: number;
  readonly bounds: Bounds | undefined;
}

interface RawPage {
  readonly bytes: Uint8Array;
  readonly values: number;
  readonly encoding: number;
}

/** Collects a chunk's pages, decides whether to compress them, and writes their headers. */
export class ChunkWriter {
  readonly #pages: RawPage[] = [];
  #dictionary: RawPage | undefined;

  /** Sets the dictionary. The caller retains ownership of `bytes` and must not change them until `finish`. */
  dictionary(bytes: Uint8Array, values: number): void {
    this.#dictionary = { bytes, values, encoding: ENCODING.plain };
  }

  /** Adds a page and takes ownership of the bytes. */
  page(bytes: Uint8Array, values: number, encoding: number): void {
    this.#pages.push({ bytes, values, encoding });
  }

  finish(
    path: readonly string[],
    physicalType: number,
    nullCount: number,
    bounds: Bounds | undefined,
    compress: boolean,
  ): EncodedChunk {
    const all = this.#dictionary === undefined ? this.#pages : [this.#dictionary, ...this.#pages];
    const sample = compress ? samplePage(this.#dictionary, this.#pages) : undefined;
    const zstd = compress && paysToCompress(this.#dictionary, this.#pages, sample);
    const pieces: Uint8Array[] = [];
    let uncompressedBytes = 0;
    let compressedBytes = 0;
    let dictionaryBytes = 0;
    let valueCount = 0;
    for (const page of all) {
      const isDictionary = page === this.#dictionary;
      // The caller owns the dictionary's bytes.
      const body = zstd
        ? page === sample?.page
          ? sample.body
          : compressPage(page.bytes)
        : isDictionary
          ? page.bytes.slice()
          : page.bytes;
      const header = pageHeader(page, isDictionary, body);
      pieces.push(header, body);
      uncompressedBytes += header.length + page.bytes.length;
      compressedBytes += header.length + body.length;
      if (isDictionary) dictionaryBytes = header.length + body.length;
      else valueCount += page.values;
    }
    return {
      path,
      physicalType,
      pieces,
      encodings: [...new Set([ENCODING.rle, ...all.map((page) => page.encoding)])],
      codec: zstd ? CODEC.zstd : CODEC.none,
      valueCount,
      nullCount,
      uncompressedBytes,
      compressedBytes,
      dictionaryBytes,
      bounds,
    };
  }
}

/** Minimum size of a chunk to compress. Most columns of a file have one value, and each call takes microseconds. */
const MIN_COMPRESSED_BYTES = 512;

interface Sample {
  readonly page: RawPage;
  readonly body: Uint8Array;
}

/** Compresses a page that shows whether compression pays off; `undefined` if that is clear without one. */
function samplePage(dictionary: RawPage | undefined, pages: readonly RawPage[]): Sample | undefined {
  const page = pages[pages.length > 1 ? 1 : 0];
  if (page === undefined || page.bytes.length < 512) return undefined;
  if ((dictionary?.bytes.length ?? 0) * 2 > totalBytes(pages)) return undefined;
  return { page, body: compressPage(page.bytes) };
}

/**
 * Reports whether compression pays off for a chunk, which has a single codec. Packed indices and random IDs do not
 * shrink and are cheaper to read uncompressed.
 */
function paysToCompress(
  dictionary: RawPage | undefined,
  pages: readonly RawPage[],
  sample: Sample | undefined,
): boolean {
  const total = totalBytes(pages);
  const dictionaryLength = dictionary?.bytes.length ?? 0;
  if (total + dictionaryLength < MIN_COMPRESSED_BYTES) return false;
  if (sample === undefined) return true;
  const ratio = sample.body.length / sample.page.bytes.length;
  return total * (1 - ratio) + dictionaryLength * 0.5 > 0.05 * (total + dictionaryLength);
}

function totalBytes(pages: readonly RawPage[]): number {
  let total = 0;
  for (const page of pages) total += page.bytes.length;
  return total;
}

const LEVEL_1 = { [constants.ZSTD_c_compressionLevel]: 1 };

function compressPage(bytes: Uint8Array): Uint8Array {
  // A large enough output chunk spares Node from growing and concatenating buffers.
  return zstdCompressSync(bytes, {
    params: LEVEL_1,
    // Smaller tables for small pages.
    pledgedSrcSize: bytes.length,
    chunkSize: Math.max(64, bytes.length + (bytes.length >>> 7) + 512),
  });
}

function pageHeader(page: RawPage, isDictionary: boolean, body: Uint8Array): Uint8Array {
  const thrift = new ThriftWriter(64);
  thrift.i32(1, isDictionary ? PAGE.dictionary : PAGE.data);
  thrift.i32(2, page.bytes.length);
  thrift.i32(3, body.length);
  // The checksum is unsigned, but the field is signed.
  thrift.i32(4, crc32(body) | 0);
  if (isDictionary) {
    thrift.struct(7, () => {
      thrift.i32(1, page.values);
      thrift.i32(2, ENCODING.plain);
    });
  } else {
    thrift.struct(5, () => {
      thrift.i32(1, page.values);
      thrift.i32(2, page.encoding);
      thrift.i32(3, ENCODING.rle);
      thrift.i32(4, ENCODING.rle);
    });
  }
  return thrift.finish();
}
