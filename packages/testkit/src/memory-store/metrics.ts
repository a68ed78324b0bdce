import {
  type FacetValue,
  type LabelSummary,
  type MetricSeries,
  type MetricSeriesQuery,
  type MetricSummary,
  QueryError,
  type Store,
} from '@otelier/store/contract';
import { fieldValue, matcher, valueText } from './conditions.ts';
import { type Bucket, bucketQuantile, bucketsOf } from './histograms.ts';
import type { PointRow } from './rows.ts';
import { countValues, type Steps, stepsOf } from './steps.ts';

/** Returns the metrics in the range, sorted by name. */
export function metricNames(
  points: readonly PointRow[],
  { match, limit }: { readonly match?: string; readonly limit: number },
): MetricSummary[] {
  const wanted = (match ?? '').toLowerCase();
  return [...Map.groupBy(points, ({ metric }) => metric)]
    .filter(([name]) => name.toLowerCase().includes(wanted))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, limit)
    .flatMap(([name, group]) => {
      const last = group.at(-1);
      if (last === undefined) return [];
      const { description, unit, kind, monotonic, temporality } = last;
      const seriesCount = new Set(group.map(({ series }) => series)).size;
      const services = [...new Set(group.map(({ service }) => service))].toSorted();
      return [{ name, description, unit, kind, monotonic, temporality, seriesCount, services }];
    });
}

/** Returns the attribute keys of a metric's points. */
export function metricLabels(points: readonly PointRow[], name: string): LabelSummary[] {
  const own = points.filter(({ metric }) => metric === name);
  const keys = new Set(own.flatMap(({ attributes }) => Object.keys(attributes)));
  return [...keys].toSorted().map((key) => ({ key, values: new Set(labelTexts(own, key)).size }));
}

/** Returns the values of an attribute across a metric's points. */
export function labelValues(
  points: readonly PointRow[],
  { name, key, limit }: { readonly name: string; readonly key: string; readonly limit: number },
): FacetValue[] {
  return countValues(
    labelTexts(
      points.filter(({ metric }) => metric === name),
      key,
    ),
    limit,
  );
}

/** Returns the series of a metric, grouped by labels and aggregated per step. */
export function metricSeries(
  points: readonly PointRow[],
  query: MetricSeriesQuery,
): Awaited<ReturnType<Store['metricSeries']>> {
  const matches = matcher(query.conditions);
  const own = points
    .filter((point) => point.metric === query.name && matches(point))
    .toSorted((a, b) => (a.time < b.time ? -1 : 1));
  const steps = stepsOf(query);
  const groups = Map.groupBy(own, (point) => JSON.stringify(labelsOf(point, query.groupBy)));
  const series = [...groups]
    .map(([labels, group]) => ({
      labels: JSON.parse(labels) as Record<string, string>,
      times: steps.times,
      values: aggregate(group, query.aggregate, steps),
      exemplars: group.flatMap(exemplarsOf),
    }))
    .toSorted((a, b) => total(b.values) - total(a.values));
  return { series: series.slice(0, query.limit), total: series.length };
}

function labelTexts(points: readonly PointRow[], key: string): string[] {
  return points.flatMap(({ attributes }) => (attributes[key] === undefined ? [] : [valueText(attributes[key])]));
}

/** Returns the labels of a point. Keys name point attributes, except for `service` and `resource.KEY`. */
function labelsOf(point: PointRow, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    keys.map((key) => {
      const field = key === 'service' || /^(attributes|resource)\./.test(key) ? key : `attributes.${key}`;
      const value = fieldValue(point, field);
      return [key, value === undefined ? '' : valueText(value)];
    }),
  );
}

function aggregate(
  points: readonly PointRow[],
  how: MetricSeriesQuery['aggregate'],
  steps: Steps,
): (number | undefined)[] {
  if (how === 'rate') return rates(points, steps);
  const quantile = /^p(\d+)$/.exec(how)?.[1];
  if (quantile !== undefined) return quantiles(points, Number(quantile) / 100, steps);
  const byStep = Map.groupBy(points, ({ time }) => steps.indexOf(time));
  return steps.times.map((_, i) => {
    const values = (byStep.get(i) ?? []).flatMap((point) => scalarOf(point) ?? []);
    return values.length === 0 ? undefined : OVER_VALUES[how as keyof typeof OVER_VALUES](values);
  });
}

const OVER_VALUES = {
  sum: (values: readonly number[]) => values.reduce((a, b) => a + b, 0),
  avg: (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length,
  min: (values: readonly number[]) => Math.min(...values),
  max: (values: readonly number[]) => Math.max(...values),
  last: (values: readonly number[]) => values.at(-1),
  count: (values: readonly number[]) => values.length,
} as const;

/** Returns a point as a number: its value, or the sum of a histogram or summary. */
function scalarOf({ point }: PointRow): number | undefined {
  if ((Number(point.flags ?? 0) & NO_RECORDED_VALUE) !== 0) return undefined;
  return point.asDouble ?? (point.asInt === undefined ? point.sum : Number(point.asInt));
}
const NO_RECORDED_VALUE = 1;

function rates(points: readonly PointRow[], steps: Steps): (number | undefined)[] {
  const values: (number | undefined)[] = steps.times.map(() => undefined);
  for (const series of Map.groupBy(points, ({ series }) => series).values()) {
    const byStep = Map.groupBy(increases(series, totalOf), ({ time }) => steps.indexOf(time));
    for (const [i, added] of byStep) {
      const increase = total(added.map((point) => point.increase));
      values[i] = (values[i] ?? 0) + increase / secondsOf(added, steps.stepSeconds);
    }
  }
  return values;
}

/**
 * Returns the time covered by the increases, measured from the previous points. For deltas, at least the whole step.
 */
function secondsOf(added: readonly Increase[], stepSeconds: number): number {
  const seconds = total(added.map((point) => point.seconds));
  if (added.some(({ isDelta }) => isDelta)) return Math.max(stepSeconds, seconds);
  return seconds > 0 ? seconds : stepSeconds;
}

function totalOf({ point, kind }: PointRow): number {
  return kind === 'sum' || kind === 'gauge' ? Number(point.asDouble ?? point.asInt ?? 0) : Number(point.count ?? 0);
}

interface Increase {
  readonly time: bigint;
  readonly increase: number;
  readonly seconds: number;
  readonly isDelta: boolean;
}

/** Returns the increase of each point within its series. A total that has decreased was reset. */
function increases(points: readonly PointRow[], readTotal: (point: PointRow) => number): Increase[] {
  if (points.some(({ kind }) => kind === 'gauge')) throw new QueryError('aggregate: rate needs a sum or a histogram');
  return [...Map.groupBy(points, ({ series }) => series).values()].flatMap((series) =>
    series.flatMap((point, i): readonly Increase[] => {
      const { time } = point;
      if (point.temporality === 'delta') {
        const seconds = secondsBetween(BigInt(point.point.startTimeUnixNano ?? time), time);
        return [{ time, increase: readTotal(point), seconds, isDelta: true }];
      }
      const before = series[i - 1];
      if (before === undefined) return [];
      const [was, is] = [readTotal(before), readTotal(point)];
      return [{ time, increase: is < was ? is : is - was, seconds: secondsBetween(before.time, time), isDelta: false }];
    }),
  );
}

function secondsBetween(start: bigint, end: bigint): number {
  return Math.max(0, Number(end - start)) / 1e9;
}

function quantiles(points: readonly PointRow[], q: number, steps: Steps): (number | undefined)[] {
  const byStep: Bucket[][] = steps.times.map(() => []);
  for (const series of Map.groupBy(points, ({ series }) => series).values()) {
    const bounds = new Map(series.flatMap(({ point }) => bucketsOf(point)).map((b) => [`${b.lower},${b.upper}`, b]));
    for (const [key, bucket] of bounds) {
      const countIn = ({ point }: PointRow): number =>
        bucketsOf(point).find(({ lower, upper }) => `${lower},${upper}` === key)?.count ?? 0;
      for (const { time, increase } of increases(series, countIn)) {
        byStep[steps.indexOf(time)]?.push({ ...bucket, count: increase });
      }
    }
  }
  return byStep.map((buckets) => bucketQuantile(buckets, q));
}

function exemplarsOf({ point }: PointRow): MetricSeries['exemplars'] {
  return (point.exemplars ?? []).map(({ timeUnixNano, asDouble, asInt, traceId = '', spanId = '' }) => ({
    time: BigInt(timeUnixNano ?? 0),
    value: asDouble ?? Number(asInt ?? 0),
    traceId,
    spanId,
  }));
}

function total(values: readonly (number | undefined)[]): number {
  return values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}
