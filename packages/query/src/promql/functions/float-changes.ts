import { type FloatColumn, firstAfter } from '../evaluate/columns.ts';
import { POINT, type SeriesBuilder } from '../evaluate/series.ts';
import { extrapolationFactor } from './extrapolate.ts';
import type { RateKind } from './rate-parts.ts';

/** The functions that `fillChanges` computes. */
export const CHANGES: ReadonlyMap<string, RateKind> = new Map([
  ['delta', { isCounter: false, isRate: false }],
  ['increase', { isCounter: true, isRate: false }],
  ['rate', { isCounter: true, isRate: true }],
]);

/** The ranges of all steps: each ends `step` milliseconds after the one before. */
export interface Ranges {
  readonly firstEnd: number;
  readonly step: number;
  readonly millis: number;
}

/**
 * Computes `rate`, `increase` or `delta` of floats for every step, with the result of `changeOver`. It finds the resets of
 * the series once, and allocates nothing for a step.
 */
export function fillChanges(
  { times, values }: FloatColumn,
  kind: RateKind,
  { firstEnd, step: stepMillis, millis }: Ranges,
  builder: SeriesBuilder,
): void {
  const resets = kind.isCounter ? resetsIn(values) : [];
  const { kinds, values: results } = builder;
  let [from, to, firstReset] = [0, 0, 0];
  for (let step = 0; step < kinds.length; step++) {
    const end = firstEnd + step * stepMillis;
    const start = end - millis;
    from = firstAfter(times, start, from);
    to = firstAfter(times, end, Math.max(from, to));
    if (to - from < 2) continue;
    const first = values[from];
    let change = values[to - 1] - first;
    while (firstReset < resets.length && resets[firstReset] <= from) firstReset += 1;
    if (firstReset < resets.length) change += correctionOf(values, resets, firstReset, to);
    const factor = extrapolationFactor(kind, change, first, start, end, times[from], times[to - 1], to - from);
    kinds[step] = POINT.float;
    results[step] = change * (kind.isRate ? factor / (millis / 1000) : factor);
    builder.points += 1;
  }
}

/** Returns the sum of the values before each reset, from a reset on and up to an index. */
function correctionOf(values: Float64Array, resets: readonly number[], firstReset: number, to: number): number {
  let correction = 0;
  for (let at = firstReset; at < resets.length && resets[at] < to; at++) correction += values[resets[at] - 1];
  return correction;
}

/** Returns the indexes of values that are less than the one before. */
function resetsIn(values: Float64Array): readonly number[] {
  const resets: number[] = [];
  for (let index = 1; index < values.length; index++) if (values[index] < values[index - 1]) resets.push(index);
  return resets;
}
