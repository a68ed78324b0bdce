import type { Context } from '../../promql/evaluate/context.ts';
import { SeriesBuilder, type StepSeries } from '../../promql/evaluate/series.ts';
import { Labels } from '../../promql/labels/labels.ts';
import type { LineFilter, RangeExpr } from '../parse/ast.ts';
import type { CountSelection } from '../source.ts';
import type { NanoGrid } from './grid.ts';
import { EVALUATION_LIMITS, tooManySeries } from './limits.ts';
import type { Evaluation } from './read-entries.ts';

/** Maximum number of steps that a source counts. */
const MAX_STEPS = 10_000;

/** Reports whether the values of a range aggregation are numbers of entries or bytes. */
export function isCount(operator: string): boolean {
  return COUNTS.has(operator);
}

const COUNTS: ReadonlySet<string> = new Set(['count_over_time', 'rate', 'bytes_over_time', 'bytes_rate']);

/**
 * Evaluates a range aggregation from the numbers of entries in steps, without reading them. Returns `undefined` if the
 * source cannot count the entries.
 */
export async function countWindows(
  expr: RangeExpr,
  grid: NanoGrid,
  context: Context,
  { source, statistics }: Evaluation,
): Promise<readonly StepSeries[] | undefined> {
  const steps = stepsOf(expr, grid);
  const selection = steps && selectionOf(expr, grid, steps);
  if (steps === undefined || selection === undefined) return undefined;
  const counted = await source.count?.(selection);
  if (counted === undefined) return undefined;
  const sums = new Map<
    string,
    { readonly labels: Labels; readonly lines: Float64Array; readonly bytes: Float64Array }
  >();
  for (const { labels: own, step, entries: lines, bytes } of counted) {
    const labels = Labels.from(own);
    const sum = sums.get(labels.key) ?? {
      labels,
      lines: new Float64Array(steps.count),
      bytes: new Float64Array(steps.count),
    };
    sums.set(labels.key, sum);
    if (sums.size > EVALUATION_LIMITS.series) throw tooManySeries();
    sum.lines[step] = (sum.lines[step] ?? 0) + lines;
    sum.bytes[step] = (sum.bytes[step] ?? 0) + bytes;
    statistics.lines += lines;
    statistics.bytes += bytes;
    statistics.kept += lines;
  }
  const seconds = expr.operator.endsWith('rate') ? expr.rangeNanos / 1e9 : 1;
  return [...sums.values()].flatMap(({ labels, lines, bytes }) => {
    const [present, values] = [lines, selection.bytes ? bytes : lines].map((one) => slide(one, steps, grid.count));
    const builder = new SeriesBuilder(grid.count);
    for (let index = 0; index < grid.count; index++) {
      if (present?.[index]) builder.set(index, (values?.[index] ?? 0) / seconds);
    }
    context.count(builder.points);
    return builder.points === 0 ? [] : [builder.build(labels, false)];
  });
}

/** Steps of which every window consists: the windows begin `shift` steps after each other. */
interface WindowSteps {
  readonly count: number;
  readonly perWindow: number;
  readonly shift: number;
}

function stepsOf({ rangeNanos }: RangeExpr, { step, count }: NanoGrid): WindowSteps | undefined {
  const range = BigInt(rangeNanos);
  const length = count === 1 ? range : commonDivisor(range, step);
  const [perWindow, shift] = [range / length, count === 1 ? 0n : step / length];
  const total = shift * BigInt(count - 1) + perWindow;
  return total > MAX_STEPS ? undefined : { count: Number(total), perWindow: Number(perWindow), shift: Number(shift) };
}

function commonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : commonDivisor(b, a % b);
}

function selectionOf(expr: RangeExpr, grid: NanoGrid, { count }: WindowSteps): CountSelection | undefined {
  const { log, unwrap, operator, grouping, rangeNanos, offsetNanos } = expr;
  if (unwrap !== undefined || !isCount(operator) || grouping === undefined || grouping.without) return undefined;
  const lineFilters = log.stages.filter((stage): stage is LineFilter => stage.kind === 'line-filter');
  if (lineFilters.length < log.stages.length) return undefined;
  // The start of a window does not belong to it, its end does.
  const start = grid.start - BigInt(rangeNanos + offsetNanos) + 1n;
  const last = grid.start + grid.step * BigInt(Math.max(0, grid.count - 1));
  const end = last - BigInt(offsetNanos) + 1n;
  const bytes = operator.startsWith('bytes_');
  return { matchers: log.matchers, lineFilters, labels: grouping.labels, start, end, steps: count, bytes };
}

/** Returns the sum of the steps of each window. */
function slide(values: Float64Array, { perWindow, shift }: WindowSteps, count: number): Float64Array {
  const sums = new Float64Array(count);
  let [sum, begin, end] = [0, 0, 0];
  for (let index = 0; index < count; index++) {
    const from = index * shift;
    for (; end < from + perWindow; end++) sum += values[end] ?? 0;
    for (; begin < from; begin++) sum -= values[begin] ?? 0;
    sums[index] = sum;
  }
  return sums;
}
