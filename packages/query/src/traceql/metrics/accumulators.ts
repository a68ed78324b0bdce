/** Collects the values of spans in the intervals of one series. */
export interface Accumulator {
  /** Adds spans to an interval. `value` is that of the attribute, if the function has one. */
  add(interval: number, value: number, spans?: number): void;
  values(): Float64Array;
}

/** Counts spans. `factor` is multiplied with the counts. */
export function countAccumulator(intervals: number, factor: number): Accumulator {
  const counts = new Float64Array(intervals);
  return {
    add: (interval, _, spans = 1) => {
      counts[interval] = (counts[interval] ?? 0) + spans;
    },
    values: () => counts.map((count) => count * factor),
  };
}

/** Combines values with a function. Intervals without values are NaN. */
export function foldAccumulator(intervals: number, fold: (a: number, b: number) => number): Accumulator {
  const values = new Float64Array(intervals).fill(Number.NaN);
  return {
    add: (interval, value) => {
      const before = values[interval] ?? Number.NaN;
      values[interval] = Number.isNaN(before) ? value : fold(before, value);
    },
    values: () => values,
  };
}

/** Averages values. */
export function averageAccumulator(intervals: number): Accumulator {
  const sums = foldAccumulator(intervals, (a, b) => a + b);
  const counts = countAccumulator(intervals, 1);
  return {
    add: (interval, value) => {
      sums.add(interval, value);
      counts.add(interval, value);
    },
    values: () => {
      const counted = counts.values();
      return sums.values().map((sum, interval) => sum / (counted[interval] ?? 1));
    },
  };
}
