import zlib from 'node:zlib';
import type { Compression } from '../contract.ts';
import { CODECS, type Coding, decompressAtOnce, outputOptions } from './codecs.ts';
import { expandInThread } from './inflate-thread.ts';

/** Thrown at creation when this runtime does not support the requested compression. */
export class UnsupportedCompressionError extends Error {
  override readonly name = 'UnsupportedCompressionError';
}

/** Result of decompression. `too_large`: the output exceeds the limit. `no_memory`: memory could not be reserved. */
export type Decompressed =
  | { readonly kind: 'ok'; readonly body: Uint8Array }
  | { readonly kind: 'malformed'; readonly reason: string }
  | { readonly kind: 'too_large' }
  | { readonly kind: 'no_memory' };

/** Decompression output limits. */
export interface DecompressLimits {
  /** Maximum size of the output. Larger output is reported as `too_large` before it is produced. */
  readonly maxBytes: number;
  /** Reserves memory for more output. `false` ends decompression with `no_memory`. */
  readonly grow?: (moreBytes: number) => boolean;
  /** Releases reserved memory that is not needed. */
  readonly shrink?: (lessBytes: number) => void;
}

/**
 * Maximum size for decompression on the calling thread, which takes about a millisecond. Larger bodies go to the
 * inflate thread.
 */
const INLINE_BYTES = 1024 * 1024;
const INLINE_INPUT_BYTES = 256 * 1024;
/** Minimum initial estimate of the output size. */
const MIN_GUESS_BYTES = 4096;

/**
 * Decompresses `input` into memory that was reserved beforehand: the declared size if it is plausible, otherwise an
 * estimate that grows by a factor of four. Nothing runs in libuv's thread pool, where a few bodies with extreme ratios
 * would delay fsync and every other file operation.
 */
export function decompress(
  coding: Coding,
  input: Uint8Array,
  limits: DecompressLimits,
): Decompressed | Promise<Decompressed> {
  const claimed = CODECS[coding].claimedSize?.(input);
  if (claimed !== undefined && claimed > limits.maxBytes) return TOO_LARGE;
  const reservation = new Reservation(limits);
  if (input.length > INLINE_INPUT_BYTES) return decompressInThread(coding, input, reservation, claimed);
  let capacity = Math.min(claimed ?? Math.max(MIN_GUESS_BYTES, input.length * 4), limits.maxBytes);
  while (capacity <= INLINE_BYTES) {
    if (!reservation.reserve(capacity)) return NO_MEMORY;
    const result = decompressAtOnce(coding, input, outputOptions(coding, capacity));
    if (result.kind !== 'exceeded') return result;
    if (capacity >= limits.maxBytes) return TOO_LARGE;
    capacity = Math.min(Math.max(capacity * 4, MIN_GUESS_BYTES), limits.maxBytes);
  }
  return decompressInThread(coding, input, reservation, claimed);
}

/** Decompresses in one pass. If the declared size is missing or wrong, reserves the maximum for the duration. */
async function decompressInThread(
  coding: Coding,
  input: Uint8Array,
  reservation: Reservation,
  claimed: number | undefined,
): Promise<Decompressed> {
  const max = Math.min(reservation.maxBytes, input.length * CODECS[coding].maxRatio);
  const tries = claimed === undefined || claimed < INLINE_BYTES ? [max] : [claimed, max];
  for (const capacity of tries) {
    const result = await expandInThread(coding, input, capacity, () => reservation.reserve(capacity));
    if (result === undefined) return NO_MEMORY;
    if (result.kind === 'exceeded') continue;
    reservation.keep(result.kind === 'ok' ? result.body.length : 0);
    return result;
  }
  return TOO_LARGE;
}

/**
 * Default compression levels, each in the range of its coding. Snappy and LZ4 have none. See ADR 0007 for measurements.
 */
export const DEFAULT_LEVELS: Readonly<Record<Coding, number>> = {
  ...{ gzip: 1, deflate: 1, zstd: 1, brotli: 1 },
  ...{ snappy: 0, 'x-snappy-framed': 0, lz4: 0 },
};

/**
 * Compresses the concatenation of `parts`: on this thread if small, otherwise in zlib's thread pool or in steps that
 * yield to other work.
 */
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

/** Returns the `Content-Encoding` token of a coding. */
export function codingName(coding: Coding): string {
  return coding === 'brotli' ? 'br' : coding;
}

/** Returns the coding that gRPC uses for a compression. As in the Collector, `snappy` is the framing format there. */
export function grpcCoding(coding: Coding): Coding {
  return coding === 'snappy' ? 'x-snappy-framed' : coding;
}

/** Returns the `grpc-encoding` token of a coding. */
export function grpcCodingName(coding: Coding): string {
  return coding === 'x-snappy-framed' ? 'snappy' : codingName(coding);
}

/** Returns the compression for a `Content-Encoding` or `grpc-encoding` token, or `undefined` if it is unknown. */
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
  // The Collector's configuration name for deflate, also accepted on the wire.
  ['zlib', 'deflate'],
  ['zstd', 'zstd'],
  ['br', 'brotli'],
  // Decoded in both formats, because senders also use this name for the framing format.
  ['snappy', 'snappy'],
  ['x-snappy-framed', 'x-snappy-framed'],
  ['lz4', 'lz4'],
]);

/** Throws `UnsupportedCompressionError` if this runtime does not support `compression`. */
export function requireCompression(compression: Compression): void {
  if (compression === 'none' || isSupported(compression)) return;
  throw new UnsupportedCompressionError(
    `compression ${compression}: expected a Node.js whose zlib has it (22.15, 23.8 or later), got ${process.version}`,
  );
}

/** Reports whether this runtime's zlib supports the coding. */
export function isSupported(coding: Coding): boolean {
  return coding !== 'zstd' || typeof zlib.zstdDecompressSync === 'function';
}

/** A memory reservation for an output. */
class Reservation {
  readonly #limits: DecompressLimits;
  #reserved = 0;

  constructor(limits: DecompressLimits) {
    this.#limits = limits;
  }

  get maxBytes(): number {
    return this.#limits.maxBytes;
  }

  /** Grows the reservation to `capacity`. Returns `false` if no memory is available. */
  reserve(capacity: number): boolean {
    const more = capacity - this.#reserved;
    if (more <= 0 || this.#limits.grow === undefined) return true;
    if (!this.#limits.grow(more)) return false;
    this.#reserved = capacity;
    return true;
  }

  /** Shrinks the reservation to `capacity`. */
  keep(capacity: number): void {
    if (this.#reserved > capacity) this.#limits.shrink?.(this.#reserved - capacity);
  }
}

const TOO_LARGE: Decompressed = { kind: 'too_large' };
const NO_MEMORY: Decompressed = { kind: 'no_memory' };
