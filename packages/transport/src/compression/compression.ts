import zlib from 'node:zlib';
import type { Compression } from '../contract.ts';
import { CODECS, type Coding, decompressAtOnce, outputOptions } from './codecs.ts';
import { expandInThread } from './inflate-thread.ts';

/** Thrown at creation when this runtime lacks the requested compression. */
export class UnsupportedCompressionError extends Error {
  override readonly name = 'UnsupportedCompressionError';
}

/**
 * Result of decompression. `too_large`: beyond the limit of the output. `no_memory`: the memory could not be reserved.
 */
export type Decompressed =
  | { readonly kind: 'ok'; readonly body: Uint8Array }
  | { readonly kind: 'malformed'; readonly reason: string }
  | { readonly kind: 'too_large' }
  | { readonly kind: 'no_memory' };

/** Limits of the output of decompression. */
export interface DecompressLimits {
  /** Maximum size of the output; a larger one is reported as `too_large` before it is produced. */
  readonly maxBytes: number;
  /** Reserves memory for more output; `false` ends decompression with `no_memory`. */
  readonly grow?: (moreBytes: number) => boolean;
  /** Releases memory that was reserved and is not needed. */
  readonly shrink?: (lessBytes: number) => void;
}

/**
 * Maximum sizes for decompression in the calling thread, about a millisecond; larger bodies go to the inflate thread.
 */
const INLINE_BYTES = 1024 * 1024;
const INLINE_INPUT_BYTES = 256 * 1024;
/** Minimum first guess of the size of an output. */
const MIN_GUESS_BYTES = 4096;

/**
 * Decompresses `input` into memory that was reserved before: as much as the format claims, if it makes a possible
 * claim, or a guess that grows fourfold. Nothing runs in libuv's thread pool, where a few bodies with extreme ratios
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

/** Decompresses in one pass: without a claimed size, or after a wrong one, it reserves the maximum for the duration. */
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

/** Default compression levels, on the scale of each coding; snappy and LZ4 have none. Measured in ADR 0007. */
export const DEFAULT_LEVELS: Readonly<Record<Coding, number>> = {
  ...{ gzip: 1, deflate: 1, zstd: 1, brotli: 1 },
  ...{ snappy: 0, 'x-snappy-framed': 0, lz4: 0 },
};

/** Compresses the concatenation of `parts`, in this thread if small, and otherwise in zlib's pool or in turns with other work. */
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

/** Returns the name of a coding in `content-encoding`. */
export function codingName(coding: Coding): string {
  return coding === 'brotli' ? 'br' : coding;
}

/** Returns the coding of gRPC for a compression: there, `snappy` is the framing format, as in the Collector. */
export function grpcCoding(coding: Coding): Coding {
  return coding === 'snappy' ? 'x-snappy-framed' : coding;
}

/** Returns the name of a coding in `grpc-encoding`. */
export function grpcCodingName(coding: Coding): string {
  return coding === 'x-snappy-framed' ? 'snappy' : codingName(coding);
}

/** Returns the compression for a value of `content-encoding` or `grpc-encoding`, or `undefined` if it is unknown. */
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
  // The Collector's name for deflate in its configuration, also accepted on the wire.
  ['zlib', 'deflate'],
  ['zstd', 'zstd'],
  ['br', 'brotli'],
  // Decoded in both formats: senders use the name for the framing format as well.
  ['snappy', 'snappy'],
  ['x-snappy-framed', 'x-snappy-framed'],
  ['lz4', 'lz4'],
]);

/** Throws `UnsupportedCompressionError` when this runtime cannot do `compression`. */
export function requireCompression(compression: Compression): void {
  if (compression === 'none' || isSupported(compression)) return;
  throw new UnsupportedCompressionError(
    `compression ${compression}: expected a Node.js whose zlib has it (22.15, 23.8 or later), got ${process.version}`,
  );
}

/** Whether zlib of this runtime supports the coding. */
export function isSupported(coding: Coding): boolean {
  return coding !== 'zstd' || typeof zlib.zstdDecompressSync === 'function';
}

/** Memory reserved for an output. */
class Reservation {
  readonly #limits: DecompressLimits;
  #reserved = 0;

  constructor(limits: DecompressLimits) {
    this.#limits = limits;
  }

  get maxBytes(): number {
    return this.#limits.maxBytes;
  }

  /** Reserves memory up to `capacity`; `false` when none is available. */
  reserve(capacity: number): boolean {
    const more = capacity - this.#reserved;
    if (more <= 0 || this.#limits.grow === undefined) return true;
    if (!this.#limits.grow(more)) return false;
    this.#reserved = capacity;
    return true;
  }

  /** Releases the reservation beyond `capacity`. */
  keep(capacity: number): void {
    if (this.#reserved > capacity) this.#limits.shrink?.(this.#reserved - capacity);
  }
}

const TOO_LARGE: Decompressed = { kind: 'too_large' };
const NO_MEMORY: Decompressed = { kind: 'no_memory' };
