/**
 * Returns the bucket index of a positive value. Bucket `i` is `(base ** i, base ** (i + 1)]` with base `2 ** (2 **
 * -scale)`. Powers of two, which are boundaries at every scale, are exact. At other boundaries, rounding may be off by
 * one bucket, as the specification allows. A table of boundaries was no faster than `Math.log`, which takes 5 ns;
 * `Math.log2` takes 17 ns.
 */
export function exponentialBucketIndex(value: number, scale: number): number {
  double[0] = value;
  const biased = halves[HIGH] >>> 20;
  // Subnormal values are treated as the smallest normal value, a power of two (specification, "Handle all normal
  // values").
  const exponent = biased === 0 ? MIN_EXPONENT : biased - EXPONENT_BIAS;
  const isPowerOfTwo = biased === 0 || ((halves[HIGH] & MANTISSA) === 0 && halves[1 - HIGH] === 0);
  if (scale <= 0) return (isPowerOfTwo ? exponent - 1 : exponent) >> Math.min(-scale, 31);
  const first = exponent << scale;
  if (isPowerOfTwo) return first - 1;
  // Rounding must not move a value across the adjacent powers of two.
  const index = Math.floor(Math.log(value) * FACTORS[scale]);
  return Math.min(Math.max(index, first), first + (1 << scale) - 1);
}

/** The maximum scale at which every index fits in 32 bits. */
export const MAX_EXPONENTIAL_SCALE = 20;
/** The minimum scale, at which all positive values fall into two buckets. */
export const MIN_EXPONENTIAL_SCALE = -10;

const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);
/** Index of the 32-bit half of a double that contains the exponent: 1 on little-endian machines. */
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0];
const MANTISSA = 0xf_ffff;
const EXPONENT_BIAS = 1023;
const MIN_EXPONENT = -1022;
const FACTORS = Array.from({ length: MAX_EXPONENTIAL_SCALE + 1 }, (_, scale) => Math.LOG2E * 2 ** scale);
