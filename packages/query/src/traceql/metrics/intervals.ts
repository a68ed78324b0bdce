/** The time range of a metrics query, in nanoseconds since the epoch, divided into intervals. */
export interface Intervals {
  /** Spans that start in this range count: after `start`, or at it for an instant query, up to and including `end`. */
  readonly start: bigint;
  readonly end: bigint;
  readonly stepNanos: bigint;
  readonly count: number;
  readonly isInstant: boolean;
}

/** Aligns a range to its steps, so that repeated queries give the same values. Each point covers the step before it. */
export function rangeIntervals(start: bigint, end: bigint, stepNanos: bigint): Intervals {
  const from = start - modulo(start, stepNanos) - stepNanos;
  const rest = modulo(end, stepNanos);
  const to = rest === 0n ? end : end + stepNanos - rest;
  return { start: from, end: to, stepNanos, count: Number((to - from) / stepNanos), isInstant: false };
}

/** Returns the only interval of an instant query. */
export function instantInterval(start: bigint, end: bigint): Intervals {
  return { start, end, stepNanos: end - start, count: 1, isInstant: true };
}

function modulo(value: bigint, divisor: bigint): bigint {
  return ((value % divisor) + divisor) % divisor;
}

/** Returns the index of the interval that contains a time, or −1. */
export function intervalOf({ start, end, stepNanos, isInstant }: Intervals, time: bigint): number {
  if (time > end) return -1;
  if (isInstant) return time >= start ? 0 : -1;
  if (time <= start) return -1;
  // The end of an interval belongs to it.
  return Number((time - start - 1n) / stepNanos);
}

/** Returns the time of an interval in milliseconds: its end. */
export function intervalMillis({ start, end, stepNanos, isInstant }: Intervals, index: number): number {
  return Number((isInstant ? end : start + BigInt(index + 1) * stepNanos) / 1_000_000n);
}

/** Steps that are chosen by default, in milliseconds. */
const GRANULARITIES = [3_600_000, 300_000, 60_000, 15_000, 5000, 1000] as const;
const POINTS = 240;
const MINUTE = 60_000_000_000n;

/** Chooses a step that gives about 240 points. */
export function defaultStep(start: bigint, end: bigint): bigint {
  const baseline = (end - start) / BigInt(POINTS);
  const granularities = end - start < MINUTE ? [50] : GRANULARITIES;
  for (const millis of granularities) {
    const nanos = BigInt(millis) * 1_000_000n;
    if (baseline > nanos) return baseline - (baseline % nanos);
  }
  return BigInt(granularities.at(-1) ?? 1000) * 1_000_000n;
}
