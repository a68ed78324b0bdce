const MIN_NANOS = -(2n ** 63n);
const MAX_NANOS = 2n ** 63n - 1n;

/** Returns the part of a range whose times a store can have. */
export function clampRange(start: bigint, end: bigint): { readonly start: bigint; readonly end: bigint } {
  return { start: clamp(start), end: clamp(end) };
}

function clamp(nanos: bigint): bigint {
  if (nanos < MIN_NANOS) return MIN_NANOS;
  return nanos > MAX_NANOS ? MAX_NANOS : nanos;
}
