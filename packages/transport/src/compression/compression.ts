import zlib from 'node:zlib';
import type { Compression } from '../contract.ts';
import { CODECS, decompressAtOnce, outputOptions } from './codecs.ts';
import { expandInThread } from './inflate-thread.ts';

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
  /** Told of memory that was reserved and is not needed. */
  readonly shrink?: (lessBytes: number) => void;
}

/** Bodies up to these sizes are decompressed in the calling thread, in about a millisecond; larger ones in the thread for it. */
const INLINE_BYTES = 1024 * 1024;
const INLINE_INPUT_BYTES = 256 * 1024;
/** The least first guess of an output's size. */
const MIN_GUESS_BYTES = 4096;

/**
 * Undoes `coding`. Output is made into memory whose size was reserved before: the size that the format claims where it
 * does and the claim is possible, otherwise a guess that grows fourfold. Nothing runs in libuv's thread pool, where a
 * few bodies that expand a million times would keep fsync and every other file operation waiting.
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

/** In one pass: for what claims no size, or a wrong one, memory for the most that it can be is reserved meanwhile. */
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

/** The memory that was reserved for an output. */
class Reservation {
  readonly #limits: DecompressLimits;
  #reserved = 0;

  constructor(limits: DecompressLimits) {
    this.#limits = limits;
  }

  get maxBytes(): number {
    return this.#limits.maxBytes;
  }

  /** Reserves memory up to `capacity`; `false` when there is none. */
  reserve(capacity: number): boolean {
    const more = capacity - this.#reserved;
    if (more <= 0 || this.#limits.grow === undefined) return true;
    if (!this.#limits.grow(more)) return false;
    this.#reserved = capacity;
    return true;
  }

  /** Gives back what lies beyond `capacity`. */
  keep(capacity: number): void {
    if (this.#reserved > capacity) this.#limits.shrink?.(this.#reserved - capacity);
  }
}

const TOO_LARGE: Decompressed = { kind: 'too_large' };
const NO_MEMORY: Decompressed = { kind: 'no_room' };
