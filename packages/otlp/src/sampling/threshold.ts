/**
 * A 56-bit unsigned integer. Consistent probability sampling (OpenTelemetry specification, "TraceState: Probability
 * Sampling") keeps an item if its 56-bit randomness is not below a 56-bit threshold. Such values do not fit in a
 * double, so they are split into two parts that compare fast as integers.
 */
export interface Uint56 {
  /** The upper 24 bits; 2^24 in `NEVER_SAMPLE`, which no randomness reaches. */
  readonly high: number;
  /** The lower 32 bits. */
  readonly low: number;
}

/** The rejection threshold: items with lower randomness are dropped. 0 keeps everything. */
export type Threshold = Uint56;

/** The random value of an item: uniformly distributed, and equal for all spans of a trace. */
export type Randomness = Uint56;

/** Keeps everything. */
export const ALWAYS_SAMPLE: Threshold = { high: 0, low: 0 };

/** Keeps nothing. */
export const NEVER_SAMPLE: Threshold = { high: 0x100_0000, low: 0 };

/** The smallest probability that a threshold can express: 2^-56. */
export const MIN_PROBABILITY = 2 ** -56;

const MAX_DIGITS = 14;
const MAX_COUNT = 1n << 56n;

/** Reports whether an item with this randomness is kept. */
export function shouldSample(threshold: Threshold, randomness: Randomness): boolean {
  return compareUint56(threshold, randomness) <= 0;
}

/**
 * Compares two numbers. Returns a negative number if `a` is less than `b`, a positive one if it is greater, and 0 if
 * they are equal.
 */
export function compareUint56(a: Uint56, b: Uint56): number {
  return a.high - b.high || a.low - b.low;
}

/**
 * Returns the randomness of a trace: the last 7 of the 16 bytes of its ID, which starts at `offset` (W3C Trace Context
 * 2).
 */
export function randomnessOfTraceId(bytes: Uint8Array, offset = 0): Randomness {
  return { high: highOfTraceId(bytes, offset), low: lowOfTraceId(bytes, offset) };
}

/** Like `shouldSample`, but for the trace whose 16-byte ID starts at `offset`, without allocating. */
export function shouldSampleTraceId(threshold: Threshold, bytes: Uint8Array, offset: number): boolean {
  const high = highOfTraceId(bytes, offset);
  return high > threshold.high || (high === threshold.high && lowOfTraceId(bytes, offset) >= threshold.low);
}

function highOfTraceId(bytes: Uint8Array, offset: number): number {
  return (byteAt(bytes, offset + 9) << 16) | (byteAt(bytes, offset + 10) << 8) | byteAt(bytes, offset + 11);
}

function lowOfTraceId(bytes: Uint8Array, offset: number): number {
  const lower = (byteAt(bytes, offset + 13) << 16) | (byteAt(bytes, offset + 14) << 8) | byteAt(bytes, offset + 15);
  return ((byteAt(bytes, offset + 12) << 24) | lower) >>> 0;
}

function byteAt(bytes: Uint8Array, offset: number): number {
  return bytes[offset];
}

/**
 * Returns the threshold that keeps items with this probability, rounded to `precision` significant hexadecimal digits
 * (1 to 14, defaults to all). As in the Collector, leading `0` or `f` digits, which extreme probabilities need anyway,
 * do not count. Probabilities of 1 and above keep everything; those below 2^-56 (and NaN) keep nothing.
 */
export function thresholdOfProbability(probability: number, precision: number = MAX_DIGITS): Threshold {
  if (probability >= 1) return ALWAYS_SAMPLE;
  if (!(probability >= MIN_PROBABILITY)) return NEVER_SAMPLE;
  const extra = Math.max(leadingDigits(probability), leadingDigits(1 - probability));
  const digits = Math.min(MAX_DIGITS, precision + extra);
  const exact = MAX_COUNT - BigInt(Math.round(probability * 2 ** 56));
  const dropped = BigInt(4 * (MAX_DIGITS - digits));
  const half = dropped === 0n ? 0n : 1n << (dropped - 1n);
  return fromBigInt(((exact + half) >> dropped) << dropped);
}

/** Returns the number of leading zero hexadecimal digits of a fraction. */
function leadingDigits(fraction: number): number {
  scratch.setFloat64(0, fraction);
  const exponent = ((scratch.getUint32(0) >>> 20) & 0x7ff) - 1022;
  return Math.floor(-exponent / 4);
}

/** Returns the probability with which a threshold keeps items, rounded to double precision. */
export function probabilityOfThreshold(threshold: Threshold): number {
  return Number(MAX_COUNT - toBigInt(threshold)) / 2 ** 56;
}

/**
 * Returns how many items each kept item represents: the inverse of the probability, or 0 if the threshold keeps
 * nothing.
 */
export function adjustedCount(threshold: Threshold): number {
  return threshold.high > 0xff_ffff ? 0 : 1 / probabilityOfThreshold(threshold);
}

/**
 * Parses the `th` value of a trace state: 1 to 14 hexadecimal digits without trailing zeros. Returns `undefined` if it
 * is invalid.
 */
export function parseThreshold(text: string): Threshold | undefined {
  return /^[0-9a-fA-F]{1,14}$/.test(text) ? parseDigits(text.padEnd(MAX_DIGITS, '0')) : undefined;
}

/** Formats the `th` value of a trace state. Empty for a threshold that keeps nothing, which no item can carry. */
export function formatThreshold(threshold: Threshold): string {
  if (threshold.high > 0xff_ffff) return '';
  return formatRandomness(threshold).replace(/0+$/, '') || '0';
}

/** Parses the `rv` value of a trace state: exactly 14 hexadecimal digits. Returns `undefined` if it is invalid. */
export function parseRandomness(text: string): Randomness | undefined {
  return /^[0-9a-fA-F]{14}$/.test(text) ? parseDigits(text) : undefined;
}

/** Formats the `rv` value of a trace state: 14 hexadecimal digits. */
export function formatRandomness({ high, low }: Randomness): string {
  return high.toString(16).padStart(6, '0') + low.toString(16).padStart(8, '0');
}

function parseDigits(digits: string): Uint56 {
  return { high: Number.parseInt(digits.slice(0, 6), 16), low: Number.parseInt(digits.slice(6), 16) };
}

function toBigInt({ high, low }: Uint56): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

function fromBigInt(value: bigint): Uint56 {
  return { high: Number(value >> 32n), low: Number(value & 0xffff_ffffn) };
}

const scratch = new DataView(new ArrayBuffer(8));
