/** A sample's time and the time from which it counts, in milliseconds; 0 if that is unknown. */
export interface Counted {
  readonly time: number;
  readonly start: number;
}

/** Reports whether the start times show that a counter was reset between two samples. */
export function isStartReset(before: Counted, current: Counted): boolean {
  if (before.start === current.start || current.start === 0 || current.start >= current.time) return false;
  if (current.start < before.time) return false;
  if (current.start > before.time) return true;
  // Starting at the sample before is a reset for delta series, but not for cumulative ones with an unknown start.
  if (before.start > before.time) return false;
  return before.start !== 0 && before.start !== before.time;
}

/** Reports whether a sample counts from before the previous sample, but not from its start. */
export function overlapsBefore(before: Counted, current: Counted): boolean {
  return current.start !== 0 && current.start < before.time && current.start !== before.start;
}
