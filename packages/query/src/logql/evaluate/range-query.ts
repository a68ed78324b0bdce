import type { Context } from '../../promql/evaluate/context.ts';
import { SeriesBuilder, type StepSeries } from '../../promql/evaluate/series.ts';
import { Labels } from '../../promql/labels/labels.ts';
import { LogqlPipelineError } from '../errors.ts';
import type { RangeExpr } from '../parse/ast.ts';
import { ERROR_LABEL } from '../pipeline/entry-labels.ts';
import { countWindows } from './count-windows.ts';
import { compileExtractor } from './extract.ts';
import type { NanoGrid } from './grid.ts';
import { EVALUATION_LIMITS, tooManySeries } from './limits.ts';
import { type RangeFunction, rangeFunction } from './range-functions.ts';
import { type Evaluation, readEntries, storedLineFilters } from './read-entries.ts';

/** Samples of a series under construction. Times are relative to the start of the query. */
class SeriesSamples {
  readonly labels: Labels;
  readonly times: number[] = [];
  readonly values: number[] = [];

  constructor(labels: Labels) {
    this.labels = labels;
  }
}

/** Evaluates a range aggregation on every step. Reads its entries once. */
export async function evaluateRange(
  expr: RangeExpr,
  grid: NanoGrid,
  context: Context,
  evaluation: Evaluation,
): Promise<readonly StepSeries[]> {
  const counted = await countWindows(expr, grid, context, evaluation);
  if (counted !== undefined) return counted;
  const series = await readSamples(expr, grid, context, evaluation);
  if (expr.operator === 'absent_over_time') return [absent(expr, grid, series)].flat();
  const compute = rangeFunction(expr);
  const result: StepSeries[] = [];
  for (const one of series) {
    const pause = evaluation.control.check();
    if (pause !== undefined) await pause;
    const builder = windows(expr, grid, one, compute);
    if (builder.points === 0) continue;
    context.count(builder.points);
    result.push(builder.build(one.labels, false));
  }
  return result;
}

async function readSamples(
  expr: RangeExpr,
  grid: NanoGrid,
  context: Context,
  evaluation: Evaluation,
): Promise<readonly SeriesSamples[]> {
  const { log, rangeNanos, offsetNanos } = expr;
  const extract = compileExtractor(expr, evaluation.nowMillis);
  const last = grid.start + grid.step * BigInt(Math.max(0, grid.count - 1));
  const selection = {
    matchers: log.matchers,
    lineFilters: storedLineFilters(log.stages),
    // The start of a window does not belong to it, its end does.
    start: grid.start - BigInt(rangeNanos + offsetNanos) + 1n,
    end: last - BigInt(offsetNanos) + 1n,
    order: isOrdered(expr) ? 'oldest' : 'any',
  } as const;
  const byLabels = new Map<string, SeriesSamples>();
  await readEntries(evaluation, selection, (entry) => {
    const sample = extract(entry);
    if (sample === undefined) return true;
    evaluation.statistics.kept += 1;
    context.count(1);
    const key = keyOf(sample.labels);
    let series = byLabels.get(key);
    if (series === undefined) {
      series = new SeriesSamples(Labels.from(sample.labels));
      byLabels.set(key, series);
      if (byLabels.size > EVALUATION_LIMITS.series) throw tooManySeries();
    }
    series.times.push(Number(entry.time - grid.start));
    series.values.push(sample.value);
    return true;
  });
  return mergeEqual([...byLabels.values()]);
}

/** Reports whether the value of a window depends on the order of its samples with the same time. */
function isOrdered({ operator }: RangeExpr): boolean {
  return operator === 'first_over_time' || operator === 'last_over_time' || operator === 'rate_counter';
}

/** A key of labels in their order; equal labels in another order have another key. */
function keyOf(labels: readonly (readonly [string, string])[]): string {
  let key = '';
  for (const [name, value] of labels) key += `${name}\xff${value}\xfe`;
  return key;
}

/** Merges series with the same labels that came in different orders, and sorts their samples by time. */
function mergeEqual(series: readonly SeriesSamples[]): readonly SeriesSamples[] {
  const groups = Map.groupBy(series, ({ labels }) => labels.key);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined || (group.length === 1 && isSorted(first.times))) return group;
    const merged = new SeriesSamples(first.labels);
    const pairs = group.flatMap(({ times, values }) => times.map((time, index) => [time, values[index] ?? 0] as const));
    for (const [time, value] of pairs.toSorted((a, b) => a[0] - b[0])) {
      merged.times.push(time);
      merged.values.push(value);
    }
    return [merged];
  });
}

function isSorted(times: readonly number[]): boolean {
  return times.every((time, index) => index === 0 || (times[index - 1] ?? 0) <= time);
}

function windows(
  { rangeNanos, offsetNanos }: RangeExpr,
  grid: NanoGrid,
  series: SeriesSamples,
  compute: RangeFunction,
): SeriesBuilder {
  const builder = new SeriesBuilder(grid.count);
  const times = Float64Array.from(series.times);
  const values = Float64Array.from(series.values);
  const hasError = series.labels.has(ERROR_LABEL);
  const step = Number(grid.step);
  let [from, to] = [0, 0];
  for (let index = 0; index < grid.count; index++) {
    const end = index * step - offsetNanos;
    while (to < times.length && (times[to] ?? 0) <= end) to += 1;
    while (from < to && (times[from] ?? 0) <= end - rangeNanos) from += 1;
    if (from === to) continue;
    if (hasError) throw new LogqlPipelineError(series.labels);
    builder.set(index, compute({ times, values, from, to, end }));
  }
  return builder;
}

/** Returns 1 for every step without samples, with the labels that the selector requires. */
function absent(expr: RangeExpr, grid: NanoGrid, series: readonly SeriesSamples[]): readonly StepSeries[] {
  const present = new Uint8Array(grid.count);
  for (const one of series) {
    const { kinds } = windows(expr, grid, one, () => 1);
    for (const [index, kind] of kinds.entries()) if (kind !== 0) present[index] = 1;
  }
  const builder = new SeriesBuilder(grid.count);
  for (const [index, isPresent] of present.entries()) if (isPresent === 0) builder.set(index, 1);
  if (builder.points === 0) return [];
  return [builder.build(absentLabels(expr), false)];
}

function absentLabels({ log: { matchers } }: RangeExpr): Labels {
  const once = matchers.filter(({ name }) => matchers.filter((other) => other.name === name).length === 1);
  return Labels.from(once.flatMap(({ name, operator, value }) => (operator === '=' ? [[name, value] as const] : [])));
}
