const NANOS = 1_000_000_000n;

/** Returns a time as whole seconds, and the nanoseconds after them, which are never negative. */
export function divideTime(nanos: bigint): { readonly seconds: bigint; readonly rest: number } {
  const rest = ((nanos % NANOS) + NANOS) % NANOS;
  return { seconds: (nanos - rest) / NANOS, rest: Number(rest) };
}
