import type { HeatCells } from '../charts/heat.ts';
import type { QueryWindow } from './macros.ts';
import type { PointSeries } from './query-grid.ts';

/** A bucket of a native histogram as the Prometheus API returns it: boundary rule, lower bound, upper bound, count. */
export type NativeBucket = readonly [number, string, string, string];

/**
 * Factor by which bounds are multiplied, because the logarithmic scale of heat maps starts at 1: seconds become
 * nanoseconds.
 */
export const HEAT_SCALE = 1e9;

/**
 * Returns the counts per bucket if all series differ only in the label `le`, as `sum by (le) (rate(…_bucket[…]))`
 * returns them. Their values are cumulative.
 */
export function heatOfBuckets(window: QueryWindow, series: readonly PointSeries[]): HeatCells | undefined {
  const buckets = series.flatMap(({ labels, points }) => {
    const { le, ...rest } = labels;
    return le === undefined ? [] : [{ bound: boundOf(le), rest: JSON.stringify(rest), points }];
  });
  if (buckets.length < 2 || buckets.length !== series.length) return undefined;
  if (new Set(buckets.map(({ rest }) => rest)).size > 1) return undefined;
  buckets.sort((a, b) => a.bound - b.bound);
  const { steps, stepOf } = stepsOf(window);
  const counts = Array.from({ length: steps }, () => buckets.map(() => 0));
  buckets.forEach(({ points }, row) => {
    for (const [millis, value] of points) {
      const column = counts[stepOf(millis)];
      if (column !== undefined && value > 0) column[row] = value;
    }
  });
  for (const column of counts) {
    for (let row = column.length - 1; row > 0; row -= 1) {
      column[row] = Math.max(0, (column[row] ?? 0) - (column[row - 1] ?? 0));
    }
  }
  // A row is named by its lower bound.
  const bounds = buckets.slice(0, -1).map(({ bound }) => bound * HEAT_SCALE);
  return { ...axisOf(window), bounds: [lowestBound(bounds), ...bounds], counts };
}

/**
 * Returns the lower bound of the first bucket, which has none. On a logarithmic scale the bucket is as high as the next
 * one, because 0 would be infinitely far away.
 */
function lowestBound([first = 0, second = first * 2]: readonly number[]): number {
  return first > 0 && second > first ? (first * first) / second : 0;
}

/** Returns the counts per bucket of a native histogram. */
export function heatOfNative(
  window: QueryWindow,
  points: readonly (readonly [millis: number, buckets: readonly NativeBucket[]])[],
): HeatCells | undefined {
  const bounds = [...new Set(points.flatMap(([, buckets]) => buckets.map(([, lower]) => Math.max(0, boundOf(lower)))))];
  if (bounds.length === 0) return undefined;
  bounds.sort((a, b) => a - b);
  const { steps, stepOf } = stepsOf(window);
  const counts = Array.from({ length: steps }, () => bounds.map(() => 0));
  for (const [millis, buckets] of points) {
    const column = counts[stepOf(millis)];
    if (column === undefined) continue;
    for (const [, lower, , count] of buckets) {
      const row = bounds.indexOf(Math.max(0, boundOf(lower)));
      column[row] = (column[row] ?? 0) + Number(count);
    }
  }
  return { ...axisOf(window), bounds: bounds.map((bound) => bound * HEAT_SCALE), counts };
}

function stepsOf({ startMillis, endMillis, stepMillis }: QueryWindow) {
  const steps = Math.max(1, Math.round((endMillis - startMillis) / stepMillis) + 1);
  return { steps, stepOf: (millis: number): number => Math.round((millis - startMillis) / stepMillis) };
}

function axisOf(window: QueryWindow): Pick<HeatCells, 'timesMillis' | 'stepMillis'> {
  const { startMillis, stepMillis } = window;
  // A value at a step is what was counted before it.
  return {
    timesMillis: Array.from({ length: stepsOf(window).steps }, (_, step) => startMillis + (step - 1) * stepMillis),
    stepMillis,
  };
}

function boundOf(text: string): number {
  return /^\+?inf/i.test(text) ? Number.POSITIVE_INFINITY : Number(text);
}
