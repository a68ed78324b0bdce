/** A step that has just begun says too little. */
const MIN_SHARE = 0.2;

/**
 * Counts in steps as rates per second. The step that is not over yet counts for the time that has passed; steps that
 * have not begun are `null`, so that the end of a live chart does not look like a fall.
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

/** The sum of what is known. */
export function sum(values: readonly (number | null)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}
