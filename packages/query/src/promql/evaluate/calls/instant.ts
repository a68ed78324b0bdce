import { SCALAR_FUNCTIONS, VECTOR_FUNCTIONS } from '../../functions/instant-functions.ts';
import { HISTOGRAM_FUNCTIONS } from '../../functions/native-functions.ts';
import { Labels } from '../../labels/labels.ts';
import type { CallExpr, Expr } from '../../parse/ast.ts';
import { absentLabels, absentSeries } from '../absent.ts';
import type { Context, Value } from '../context.ts';
import { mapSamples, mergeSameLabels, POINT, SeriesBuilder, type StepSeries } from '../series.ts';
import { histogramFractionOf, histogramQuantileOf, histogramQuantilesOf } from './histogram.ts';
import type { InstantCall } from './instant-call.ts';
import { sortSeries } from './sort.ts';

type InstantFunction = (context: Context, call: InstantCall) => readonly StepSeries[] | Float64Array;

/** Evaluates a function of instant vectors and scalars. */
export async function callInstantFunction(
  context: Context,
  call: CallExpr,
  evaluate: (expr: Expr) => Promise<Value>,
): Promise<Value> {
  const vectors: (readonly StepSeries[])[] = [];
  const scalars: Float64Array[] = [];
  const strings: string[] = [];
  for (const arg of call.args) {
    const value = await evaluate(arg);
    if (value.kind === 'vector') vectors.push(value.series);
    else if (value.kind === 'scalar') scalars.push(value.values);
    else strings.push(value.value);
  }
  const result = functionOf(call.name)(context, { call, vectors, scalars, strings });
  if (result instanceof Float64Array) return { kind: 'scalar', values: result };
  return { kind: 'vector', series: result };
}

function functionOf(name: string): InstantFunction {
  const found = FUNCTIONS[name];
  if (found !== undefined) return found;
  const vector = VECTOR_FUNCTIONS.get(name);
  if (vector !== undefined)
    return elementwise((sample, scalars) => (typeof sample === 'number' ? vector(sample, scalars) : undefined));
  const native = HISTOGRAM_FUNCTIONS.get(name);
  if (native !== undefined) return elementwise((sample) => (typeof sample === 'number' ? undefined : native(sample)));
  const scalar = SCALAR_FUNCTIONS.get(name);
  if (scalar === undefined) throw new Error(`expected a function, got ${name}`);
  return (context, { scalars }) =>
    new Float64Array(context.grid.count).map((_, step) => scalar(scalars.map((values) => values[step] ?? 0)));
}

type Elementwise = (
  sample: Exclude<Parameters<Parameters<typeof mapSamples>[1]>[0], undefined>,
  scalars: readonly number[],
) => number | undefined;

/** Creates a function that maps every sample, and drops the names. */
function elementwise(f: Elementwise): InstantFunction {
  return (context, { vectors: [series = []], scalars }) => {
    const mapped = series.flatMap((one) => {
      const builder = mapSamples(one, (sample, step) =>
        f(
          sample,
          scalars.map((values) => values[step] ?? 0),
        ),
      );
      const { labels, dropName } = context.dropName(one);
      return builder.points === 0 ? [] : [builder.build(labels, dropName)];
    });
    return mergeSameLabels(mapped);
  };
}

function singleSeries(values: Float64Array): readonly StepSeries[] {
  const kinds = new Uint8Array(values.length).fill(POINT.float);
  return [{ labels: Labels.EMPTY, dropName: false, kinds, values, histograms: undefined }];
}

/** Creates a function of the date of a time in seconds; without an argument, of the time of evaluation. */
function ofDate(f: (date: Date) => number): InstantFunction {
  const ofSeconds = (seconds: number): number => {
    const date = new Date(Math.trunc(seconds) * 1000);
    return Number.isNaN(date.getTime()) ? Number.NaN : f(date);
  };
  const mapped = elementwise((sample) => (typeof sample === 'number' ? ofSeconds(sample) : undefined));
  return (context, call) => {
    if (call.call.args.length > 0) return mapped(context, call);
    return singleSeries(new Float64Array(context.grid.count).map((_, step) => ofSeconds(context.time(step) / 1000)));
  };
}

const DAY_MILLIS = 86_400_000;

const FUNCTIONS: Readonly<Record<string, InstantFunction>> = {
  absent: (context, { call, vectors: [series = []] }) =>
    absentSeries(context, call.args[0] === undefined ? Labels.EMPTY : absentLabels(call.args[0]), series).map(
      (one) => ({ ...one, dropName: false }),
    ),
  day_of_month: ofDate((date) => date.getUTCDate()),
  day_of_week: ofDate((date) => date.getUTCDay()),
  day_of_year: ofDate((date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MILLIS) + 1),
  days_in_month: ofDate((date) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()),
  hour: ofDate((date) => date.getUTCHours()),
  minute: ofDate((date) => date.getUTCMinutes()),
  month: ofDate((date) => date.getUTCMonth() + 1),
  year: ofDate((date) => date.getUTCFullYear()),
  histogram_fraction: histogramFractionOf,
  histogram_quantile: histogramQuantileOf,
  histogram_quantiles: histogramQuantilesOf,
  scalar: (context, { vectors: [series = []] }) =>
    new Float64Array(context.grid.count).map((_, step) => {
      const present = series.filter(({ kinds }) => kinds[step] === POINT.float);
      return present.length === 1 ? (present[0]?.values[step] ?? Number.NaN) : Number.NaN;
    }),
  sort: sortSeries,
  sort_desc: sortSeries,
  sort_by_label: sortSeries,
  sort_by_label_desc: sortSeries,
  // Start times are known only of selected samples, not of computed ones.
  start_timestamp: () => [],
  time: (context) => new Float64Array(context.grid.count).map((_, step) => context.time(step) / 1000),
  timestamp: (context, { vectors: [series = []] }) =>
    mergeSameLabels(
      series.map((one) => {
        const builder = new SeriesBuilder(context.grid.count);
        for (const [step, kind] of one.kinds.entries()) {
          if (kind !== POINT.none) builder.set(step, context.time(step) / 1000);
        }
        const { labels, dropName } = context.dropName(one);
        return builder.build(labels, dropName);
      }),
    ),
  vector: (_, { scalars: [values = new Float64Array()] }) => singleSeries(values),
};
