import { Char, isDigit } from './scanner.ts';

/** A 64-bit integer as sign and magnitude, in two unsigned halves. */
export interface Integer {
  negative: boolean;
  low: number;
  high: number;
}

/**
 * Parses the decimal integer in `[start, end)`, such as `-12`, `1.0` or `12e2`, exactly, into `into`. Returns false if
 * it is not an integer, has a fraction, or its magnitude exceeds 64 bits.
 */
export function parseInteger(bytes: Uint8Array, start: number, end: number, into: Integer): boolean {
  into.negative = bytes[start] === Char.minus;
  const from = into.negative ? start + 1 : start;
  let pos = from;
  while (pos < end && isDigit(bytes[pos])) pos++;
  if (pos === from) return false;
  if (pos < end) return parseScientific(bytes, from, end, into);
  return parseDigits(bytes, from, end, into);
}

/**
 * Avoids `bigint`, because every span has two such timestamps: splits the number into its last nine digits and the
 * preceding ones, each of which fits in a double, and combines them in 16-bit steps.
 */
function parseDigits(bytes: Uint8Array, start: number, end: number, into: Integer): boolean {
  let from = start;
  while (from < end - 1 && bytes[from] === Char.zero) from++;
  if (end - from > 20) return false;
  const split = Math.max(from, end - 9);
  const upper = digits(bytes, from, split);
  const lower = digits(bytes, split, end);
  // upper * 10^9 + lower = a * 2^16 + b, where upper < 10^11, a < 2^51 and b < 2^47.
  const a = Math.floor(upper / 0x1_0000) * 1e9;
  const b = (upper % 0x1_0000) * 1e9 + lower;
  const low = (a % 0x1_0000) * 0x1_0000 + (b % 0x1_0000_0000);
  into.low = low >>> 0;
  const high = Math.floor(a / 0x1_0000) + Math.floor(b / 0x1_0000_0000) + (low >= 0x1_0000_0000 ? 1 : 0);
  into.high = high >>> 0;
  return high <= 0xffff_ffff;
}

function digits(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let pos = start; pos < end; pos++) value = value * 10 + (bytes[pos] - Char.zero);
  return value;
}

/**
 * Parses numbers with a fraction or an exponent, which only generic encoders write, by moving the decimal point in the
 * string.
 */
function parseScientific(bytes: Uint8Array, start: number, end: number, into: Integer): boolean {
  // Encoders write about thirty characters, and a hundred thousand zeros would take seconds.
  if (end - start > MAX_SCIENTIFIC_CHARACTERS) return false;
  const match = /^(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(String.fromCharCode(...bytes.subarray(start, end)));
  if (match === null) return false;
  const [, integer = '', fraction = '', exponent = '0'] = match;
  const all = `${integer}${fraction}`.replace(/^0+/, '');
  const point = all.length - fraction.length + Number(exponent);
  const significant = all.replace(/0+$/, '');
  if (significant === '') return parseDigits(ZERO, 0, 1, into);
  if (point < significant.length || point > 20) return false;
  return parseDigits(encoder.encode(significant.padEnd(point, '0')), 0, point, into);
}

const MAX_SCIENTIFIC_CHARACTERS = 100;
const ZERO = Uint8Array.of(Char.zero);
const encoder = new TextEncoder();

/** Formats the unsigned 64-bit integer with these halves in decimal. */
export function formatUint64(low: number, high: number): string {
  // Doubles are exact up to 2^53.
  if (high < 0x20_0000) return String(high * 0x1_0000_0000 + low);
  return String((BigInt(high) << 32n) | BigInt(low));
}

/** Formats the signed 64-bit integer with these halves in decimal. */
export function formatInt64(low: number, high: number): string {
  if (high < 0x8000_0000) return formatUint64(low, high);
  const negated = -low >>> 0;
  return `-${formatUint64(negated, (~high + (negated === 0 ? 1 : 0)) >>> 0)}`;
}
