import { constants, crc32, zstdCompressSync } from 'node:zlib';
import { CODEC, ENCODING, PAGE } from './format.ts';
import { ThriftWriter } from './thrift.ts';

/** Smallest and largest value of a chunk, as Parquet encodes them. */
export interface Bounds {
  readonly min: Uint8Array;
  readonly max: Uint8Array;
}

/** An encoded column chunk. */
export interface EncodedChunk {
  readonly path: readonly string[];
  readonly physicalType: number;
  /** Alternating page headers and page bodies. */
  readonly pieces: readonly Uint8Array[];
  readonly encodings: readonly number[];
  readonly codec: number;
  readonly valueCount: number;
  readonly nullCount: number;
  readonly uncompressedBytes: number;
  readonly compressedBytes: number;
  /** Size of the dictionary page at the start of the chunk, in bytes; 0 without one. */
  readonly dictionaryBytes: number;
  readonly bounds: Bounds | undefined;
}

interface RawPage {
  readonly bytes: Uint8Array;
  readonly values: number;
  readonly encoding: number;
}

/** Collects a chunk's pages, decides whether to compress them, and frames them. */
export class ChunkWriter {
  readonly #pages: RawPage[] = [];
  #dictionary: RawPage | undefined;

  /** Sets the dictionary. `bytes` stay the caller's and must not change until `finish`. */
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
    const zstd = compress && paysToCompress(this.#dictionary, this.#pages);
    const pieces: Uint8Array[] = [];
    let uncompressedBytes = 0;
    let compressedBytes = 0;
    let dictionaryBytes = 0;
    let valueCount = 0;
    for (const page of all) {
      const isDictionary = page === this.#dictionary;
      // The caller keeps ownership of a dictionary's bytes.
      const body = zstd ? compressPage(page.bytes) : isDictionary ? page.bytes.slice() : page.bytes;
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

/**
 * Returns whether compression pays. A chunk has one codec. Packed indices and random ids do not shrink, and reading
 * them uncompressed is cheaper.
 */
function paysToCompress(dictionary: RawPage | undefined, pages: readonly RawPage[]): boolean {
  let total = 0;
  for (const page of pages) total += page.bytes.length;
  const dictionaryLength = dictionary?.bytes.length ?? 0;
  if (total + dictionaryLength < 128) return false;
  const sample = pages[pages.length > 1 ? 1 : 0];
  if (sample === undefined || dictionaryLength * 2 > total || sample.bytes.length < 512) return true;
  const ratio = compressPage(sample.bytes).length / sample.bytes.length;
  return total * (1 - ratio) + dictionaryLength * 0.5 > 0.05 * (total + dictionaryLength);
}

const LEVEL_1 = { [constants.ZSTD_c_compressionLevel]: 1 };

function compressPage(bytes: Uint8Array): Uint8Array {
  // One output chunk of sufficient size saves Node growing and joining.
  return zstdCompressSync(bytes, {
    params: LEVEL_1,
    chunkSize: Math.max(64, bytes.length + (bytes.length >>> 7) + 512),
  });
}

function pageHeader(page: RawPage, isDictionary: boolean, body: Uint8Array): Uint8Array {
  const thrift = new ThriftWriter(64);
  thrift.i32(1, isDictionary ? PAGE.dictionary : PAGE.data);
  thrift.i32(2, page.bytes.length);
  thrift.i32(3, body.length);
  // The checksum is unsigned, the field is not.
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
