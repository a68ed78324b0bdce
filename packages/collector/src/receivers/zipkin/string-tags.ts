import type { SpanAttribute } from '../../spans/span-data.ts';

/** Converts a tag to the type that its text looks like: an integer, a floating-point number or a Boolean. */
export function parseStringTag(text: string): SpanAttribute {
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^-?\d+$/.test(text)) return clamp(BigInt(text));
  if (/^-?\d+\.\d+$/.test(text)) return Number(text);
  return text;
}

/** Integers beyond 64 bits become the nearest one, as in Go. */
function clamp(value: bigint): bigint {
  if (value > MAX_INT64) return MAX_INT64;
  return value < -MAX_INT64 - 1n ? -MAX_INT64 - 1n : value;
}

const MAX_INT64 = 2n ** 63n - 1n;
