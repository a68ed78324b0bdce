import { Decision, type Policy } from '../policy.ts';
import type { TraceView } from '../trace-view.ts';

/** Returns a policy that samples a percentage of traces, based on the 64-bit FNV-1a hash of salt and trace ID. */
export function probabilistic(hashSalt: string, samplingPercentage: number): Policy {
  const hash = new TraceHash(hashSalt === '' ? 'default-hash-seed' : hashSalt);
  const threshold = thresholdOf(samplingPercentage / 100);
  const thresholdHigh = Number(threshold >> 32n);
  const thresholdLow = Number(threshold & 0xffff_ffffn);
  const evaluate = (trace: TraceView) => {
    hash.read(trace);
    const isSampled = hash.high < thresholdHigh || (hash.high === thresholdHigh && hash.low <= thresholdLow);
    return isSampled ? Decision.sampled : Decision.notSampled;
  };
  return { isStateful: false, evaluate, resultOfId: evaluate };
}

/** A 64-bit FNV-1a hash in two integers: the prime is 2^40 + 0x1b3, so all products fit into a double. */
class TraceHash {
  high = 0;
  low = 0;
  readonly #saltHigh: number;
  readonly #saltLow: number;

  constructor(salt: string) {
    this.high = 0xcbf2_9ce4;
    this.low = 0x8422_2325;
    for (const byte of new TextEncoder().encode(salt)) this.#add(byte);
    this.#saltHigh = this.high;
    this.#saltLow = this.low;
  }

  read({ id0, id1, id2, id3 }: TraceView): void {
    this.high = this.#saltHigh;
    this.low = this.#saltLow;
    this.#addInt32(id0);
    this.#addInt32(id1);
    this.#addInt32(id2);
    this.#addInt32(id3);
  }

  /** Adds four bytes, lowest first. */
  #addInt32(value: number): void {
    for (let shift = 0; shift < 32; shift += 8) this.#add((value >>> shift) & 255);
  }

  #add(byte: number): void {
    const low = (this.low ^ byte) >>> 0;
    const product = low * 0x1b3;
    this.high = (this.high * 0x1b3 + Math.floor(product / 0x1_0000_0000) + ((low << 8) >>> 0)) % 0x1_0000_0000;
    this.low = product % 0x1_0000_0000;
  }
}

/** Returns the fraction of 2^64 - 1 as computed by Go's `big.Float`: a 64-bit product, with ties rounded to even. */
function thresholdOf(ratio: number): bigint {
  if (!(ratio > 0)) return 0n;
  const [mantissa, exponent] = decompose(ratio);
  let product = MAX_UINT64 * mantissa;
  let shift = exponent;
  const excess = BigInt(product.toString(2).length - 64);
  if (excess > 0n) {
    const half = 1n << (excess - 1n);
    const rest = product & ((1n << excess) - 1n);
    product >>= excess;
    if (rest > half || (rest === half && (product & 1n) === 1n)) product += 1n;
    shift += Number(excess);
  }
  const value = shift >= 0 ? product << BigInt(shift) : product >> BigInt(-shift);
  return value > MAX_UINT64 ? MAX_UINT64 : value;
}

/** Decomposes a double into an integer and an exponent of two. */
function decompose(value: number): readonly [bigint, number] {
  let mantissa = value;
  let exponent = 0;
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2;
    exponent -= 1;
  }
  return [BigInt(mantissa), exponent];
}

const MAX_UINT64 = 2n ** 64n - 1n;
