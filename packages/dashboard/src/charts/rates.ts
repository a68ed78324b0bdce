/** Minimum elapsed fraction of a step for which a rate is computed. */
const MIN_SHARE = 0.2;

/**
 * Converts counts per step to rates per second. The count of the incomplete step is divided by its elapsed time. Future
 * steps are `null`, so that the end of a live chart does not look like a drop.
 */
export function perSecond(
  counts: readonly number[],
  timesMillis: readonly number[],
  stepMillis: number,
  nowMillis: number,
): readonly (number | null)[] {
  return counts.map((count, index) => {
    const passed = Math.min(stepMillis, nowMillis - (timesMillis[index] ?? 0));
    if (passed < stepMillis * MIN_SHARE && count === 0) return null;
    const rate = count / (Math.max(passed, stepMillis * MIN_SHARE) / 1000);
    return Number.isFinite(rate) ? rate : null;
  });
}

/** Returns the sum of the known values. */
export function sum(values: readonly (number | null)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}
