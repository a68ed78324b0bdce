import { promisify } from 'node:util';
import zlib from 'node:zlib';
import type { Compression } from './contract.ts';
import { ownMemory } from './own-memory.ts';

/** A `Compression` that changes bytes. */
export type Coding = Exclude<Compression, 'none'>;

/** Thrown when this runtime lacks a compression that was asked for; raised at creation, never during a request. */
export class UnsupportedCompressionError extends Error {
  override readonly name = 'UnsupportedCompressionError';
}

/** What became of compressed bytes. `too_large` is the limit of a message, `no_room` the budget's refusal. */
export type Decompressed =
  | { readonly kind: 'ok'; readonly body: Uint8Array }
  | { readonly kind: 'malformed'; readonly reason: string }
  | { readonly kind: 'too_large' }
  | { readonly kind: 'no_room' };

/** How much output decompression may make. */
export interface DecompressLimits {
  /** Most bytes of output; more is `too_large`, found before they are produced. */
  readonly maxBytes: number;
  /** Asked before memory for further output is taken; `false` ends it with `no_room`. */
  readonly grow?: (moreBytes: number) => boolean;
}

/** Output up to this is produced at once in the calling thread (under a millisecond); beyond, in zlib's thread pool. */
const INLINE_BYTES = 1024 * 1024;
/** The least first guess of an output's size. */
const LEAST_GUESS_BYTES = 4096;
/** Deflate's best ratio; a size claimed beyond it is a lie. */
const MAX_DEFLATE_RATIO = 1032;
/** RFC 9659: a zstd content coding must decode with a window of 8 MiB, and need not with more. */
const ZSTD_MAX_WINDOW_LOG = 23;

/**
 * Undoes `coding`. Output is made into memory whose size was reserved before: the size that the format claims where it
 * does and the claim is possible, otherwise a guess that grows fourfold, so a bomb stops at the first bound it meets.
 */
export function decompress(
  coding: Coding,
  input: Uint8Array,
  limits: DecompressLimits,
): Decompressed | Promise<Decompressed> {
  const claimed = CODECS[coding].claimedSize?.(input);
  if (claimed !== undefined && claimed > limits.maxBytes) return TOO_LARGE;
  const reservation = new Reservation(limits, claimed ?? Math.max(LEAST_GUESS_BYTES, input.length * 4));
  while (reservation.capacity <= INLINE_BYTES) {
    if (!reservation.reserve()) return NO_ROOM;
    try {
      return { kind: 'ok', body: ownMemory(CODECS[coding].decompressSync(input, outputOptions(coding, reservation))) };
    } catch (error) {
      if (!isExceeded(error)) return malformed(coding, error);
      if (!reservation.widen()) return TOO_LARGE;
    }
  }
  return decompressInPool(coding, input, reservation);
}

async function decompressInPool(coding: Coding, input: Uint8Array, reservation: Reservation): Promise<Decompressed> {
  for (;;) {
    if (!reservation.reserve()) return NO_ROOM;
    try {
      const body = await CODECS[coding].decompress(input, outputOptions(coding, reservation));
      return { kind: 'ok', body: ownMemory(body) };
    } catch (error) {
      if (!isExceeded(error)) return malformed(coding, error);
      if (!reservation.widen()) return TOO_LARGE;
    }
  }
}

/** How strongly to compress: the higher, the smaller and slower, on the coding's own scale. Measured in ADR 0007. */
export const DEFAULT_LEVELS: Readonly<Record<Coding, number>> = { gzip: 1, deflate: 1, zstd: 1, brotli: 1 };

/** Compresses the concatenation of `parts`, in this thread when small and in zlib's pool when large. */
export function compress(
  coding: Coding,
  parts: readonly Uint8Array[],
  level: number = DEFAULT_LEVELS[coding],
): Uint8Array | Promise<Uint8Array> {
  const first = parts[0];
  const input = parts.length === 1 && first !== undefined ? first : Buffer.concat(parts);
  const { compressSync, compress: compressInPool } = CODECS[coding];
  return input.length <= INLINE_COMPRESS_BYTES ? compressSync(input, level) : compressInPool(input, level);
}

const INLINE_COMPRESS_BYTES = 64 * 1024;

/** The name in `content-encoding` and `grpc-encoding`. */
export function codingName(coding: Coding): string {
  return coding === 'brotli' ? 'br' : coding;
}

/** The compression that a `content-encoding` or `grpc-encoding` names; `undefined` for one that is not known. */
export function compressionOfName(name: string | undefined): Compression | undefined {
  return name === undefined ? 'none' : (NAMES.get(name) ?? NAMES.get(name.trim().toLowerCase()));
}

const NAMES: ReadonlyMap<string, Compression> = new Map<string, Compression>([
  ['', 'none'],
  ['identity', 'none'],
  ['none', 'none'],
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  // What the Collector calls deflate in its configuration and accepts on the wire.
  ['zlib', 'deflate'],
  ['zstd', 'zstd'],
  ['br', 'brotli'],
]);

/** Throws `UnsupportedCompressionError` when this runtime cannot do `compression`. */
export function requireCompression(compression: Compression): void {
  if (compression === 'none' || isSupported(compression)) return;
  throw new UnsupportedCompressionError(
    `compression ${compression}: expected a Node.js whose zlib has it (22.15, 23.8 or later), got ${process.version}`,
  );
}

/** Whether this runtime's zlib has the coding. */
export function isSupported(coding: Coding): boolean {
  return coding !== 'zstd' || typeof zlib.zstdDecompressSync === 'function';
}

/** Reserves memory in steps, so that output never exceeds what the budget has granted. */
class Reservation {
  capacity: number;
  readonly #limits: DecompressLimits;
  #reserved = 0;

  constructor(limits: DecompressLimits, guess: number) {
    this.#limits = limits;
    this.capacity = Math.min(guess, limits.maxBytes);
  }

  reserve(): boolean {
    const more = this.capacity - this.#reserved;
    if (more > 0 && this.#limits.grow !== undefined && !this.#limits.grow(more)) return false;
    this.#reserved = Math.max(this.#reserved, this.capacity);
    return true;
  }

  /** `false` when the limit has been tried already. */
  widen(): boolean {
    if (this.capacity >= this.#limits.maxBytes) return false;
    this.capacity = Math.min(Math.max(this.capacity * 4, LEAST_GUESS_BYTES), this.#limits.maxBytes);
    return true;
  }
}

interface OutputOptions {
  readonly chunkSize: number;
  readonly maxOutputLength: number;
  readonly params?: Record<number, number>;
}

interface Codec {
  /** The size of the output as the format states it, where it does. */
  readonly claimedSize?: (input: Uint8Array) => number | undefined;
  readonly decompressSync: (input: Uint8Array, options: OutputOptions) => Buffer;
  readonly decompress: (input: Uint8Array, options: OutputOptions) => Promise<Buffer>;
  readonly compressSync: (input: Uint8Array, level: number) => Buffer;
  readonly compress: (input: Uint8Array, level: number) => Promise<Buffer>;
}

const gunzip = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.gunzip);
const inflate = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.inflate);
const inflateRaw = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.inflateRaw);
const gzip = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.gzip);
const deflate = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.deflate);
const brotliDecompress = promisify<zlib.InputType, zlib.BrotliOptions, Buffer>(zlib.brotliDecompress);
const brotliCompress = promisify<zlib.InputType, zlib.BrotliOptions, Buffer>(zlib.brotliCompress);

/**
 * Output in few large pieces, for each of which the pool is asked once: on batches of 3 MB that saves 6 % of the time of
 * gzip and a quarter of that of zstd. `memLevel` 9, which takes 128 KiB more, saves another 6 % of gzip's.
 */
const chunkSize = (input: Uint8Array) => Math.min(1024 * 1024, Math.max(4096, input.length >> 2));
const deflateOptions = (input: Uint8Array, level: number) => ({ level, memLevel: 9, chunkSize: chunkSize(input) });
const zstdOptions = (input: Uint8Array, level: number) => ({
  chunkSize: chunkSize(input),
  // Written into the frame, so that its reader needs not guess how much memory it takes.
  pledgedSrcSize: input.length,
  params: { [zlib.constants.ZSTD_c_compressionLevel]: level },
});
const brotliOptions = (input: Uint8Array, level: number) => ({
  chunkSize: chunkSize(input),
  params: { [zlib.constants.BROTLI_PARAM_QUALITY]: level },
});

const CODECS: Readonly<Record<Coding, Codec>> = {
  gzip: {
    claimedSize: gzipClaim,
    decompressSync: zlib.gunzipSync,
    decompress: gunzip,
    compressSync: (input, level) => zlib.gzipSync(input, deflateOptions(input, level)),
    compress: (input, level) => gzip(input, deflateOptions(input, level)),
  },
  deflate: {
    decompressSync: (input, options) =>
      hasZlibHeader(input) ? zlib.inflateSync(input, options) : zlib.inflateRawSync(input, options),
    decompress: (input, options) => (hasZlibHeader(input) ? inflate(input, options) : inflateRaw(input, options)),
    compressSync: (input, level) => zlib.deflateSync(input, deflateOptions(input, level)),
    compress: (input, level) => deflate(input, deflateOptions(input, level)),
  },
  // The functions are looked up when called, because a runtime may lack them.
  zstd: {
    claimedSize: zstdClaim,
    decompressSync: (input, options) => zlib.zstdDecompressSync(input, options),
    decompress: (input, options) =>
      promisify<zlib.InputType, zlib.ZstdOptions, Buffer>(zlib.zstdDecompress)(input, options),
    compressSync: (input, level) => zlib.zstdCompressSync(input, zstdOptions(input, level)),
    compress: (input, level) =>
      promisify<zlib.InputType, zlib.ZstdOptions, Buffer>(zlib.zstdCompress)(input, zstdOptions(input, level)),
  },
  brotli: {
    decompressSync: zlib.brotliDecompressSync,
    decompress: brotliDecompress,
    compressSync: (input, level) => zlib.brotliCompressSync(input, brotliOptions(input, level)),
    compress: (input, level) => brotliCompress(input, brotliOptions(input, level)),
  },
};

function outputOptions(coding: Coding, reservation: Reservation): OutputOptions {
  // One byte more than expected lets zlib see the end without asking for a second chunk.
  const chunkSize = Math.max(64, reservation.capacity + 1);
  const maxOutputLength = Math.max(1, reservation.capacity);
  return coding === 'zstd'
    ? { chunkSize, maxOutputLength, params: { [zlib.constants.ZSTD_d_windowLogMax]: ZSTD_MAX_WINDOW_LOG } }
    : { chunkSize, maxOutputLength };
}

/** RFC 1952: the last four bytes are the size of the (last) member modulo 2^32. */
function gzipClaim(input: Uint8Array): number | undefined {
  if (input.length < 18) return undefined;
  const size = readUint32(input, input.length - 4);
  return size <= input.length * MAX_DEFLATE_RATIO ? size : undefined;
}

/** RFC 8878, 3.1.1.1: the frame header may state the size of its content. */
function zstdClaim(input: Uint8Array): number | undefined {
  if (input.length < 18 || readUint32(input, 0) !== 0xfd2fb528) return undefined;
  const descriptor = input[4] ?? 0;
  const singleSegment = (descriptor & 0x20) !== 0;
  const at = 5 + (singleSegment ? 0 : 1) + [0, 1, 2, 4][descriptor & 3];
  switch (descriptor >> 6) {
    case 0:
      return singleSegment ? input[at] : undefined;
    case 1:
      return (input[at] ?? 0) + (input[at + 1] ?? 0) * 256 + 256;
    case 2:
      return readUint32(input, at);
    default:
      return readUint32(input, at) + readUint32(input, at + 4) * 2 ** 32;
  }
}

function readUint32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0, true);
}

/** RFC 1950. Some clients send deflate without it, although RFC 9110 asks for it. */
function hasZlibHeader(input: Uint8Array): boolean {
  const first = input[0] ?? 0;
  return (first & 0x0f) === 8 && (first * 256 + (input[1] ?? 0)) % 31 === 0;
}

const TOO_LARGE: Decompressed = { kind: 'too_large' };
const NO_ROOM: Decompressed = { kind: 'no_room' };

function isExceeded(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}

function malformed(coding: Coding, error: unknown): Decompressed {
  const cause = error instanceof Error ? error.message : String(error);
  return {
    kind: 'malformed',
    reason: `expected a body compressed with ${coding}, got one that does not decompress: ${cause}`,
  };
}
