import { encodeAttributes } from '../../metrics/encoded-attributes.ts';
import type { PointFields } from '../../metrics/point-fields.ts';
import type { FieldValue, LinePoint } from './line-protocol.ts';
import { originOf, PointCollector, type PointOrigin } from './metrics.ts';

/** The measurement of all metrics in the schema 2 of Telegraf. */
const PROMETHEUS = 'prometheus';
/** A time in a text, which some plugins of Telegraf send. */
const START_TIME = 'start_time';
const NO_TAGS: ReadonlySet<string> = new Set();
const SERIES_TAGS: ReadonlySet<string> = new Set(['le', 'quantile']);

/** A point whose time is in nanoseconds. */
export interface TimedPoint extends Omit<LinePoint, 'time'> {
  readonly timeUnixNano: bigint;
}

/** Converts points to a metrics request; `undefined` if they have no numbers. */
export function convertPoints(points: readonly TimedPoint[]) {
  const collector = new PointCollector();
  const series = new SeriesGroups();
  for (const point of points) {
    if (point.measurement === PROMETHEUS) series.add(point, collector);
    else addMeasurement(point, collector);
  }
  series.finish(collector);
  return collector.finish();
}

/** Adds a point of the schema 1 of Telegraf, where a measurement is a metric, or of any other. */
function addMeasurement({ measurement, tags, fields, timeUnixNano }: TimedPoint, collector: PointCollector): void {
  const origin = originOf(tags, NO_TAGS);
  const common = commonOf(origin, fields, timeUnixNano);
  const gauge = numberOf(fields.get('gauge'));
  const counter = numberOf(fields.get('counter'));
  const rest = new Map(fields);
  if (gauge !== undefined) {
    rest.delete('gauge');
    collector.add(measurement, origin, { kind: 'gauge', point: { ...common, value: gauge } });
  } else if (counter !== undefined) {
    rest.delete('counter');
    collector.add(measurement, origin, { kind: 'sum', point: { ...common, value: counter } });
  } else if (isDistribution(fields)) {
    const bounds = [...fields].flatMap(([key, value]) => (isNumeric(key) ? [[Number(key), value] as const] : []));
    collector.add(measurement, origin, { kind: 'histogram', point: { ...common, ...histogramOf(fields, bounds) } });
    return;
  }
  for (const [key, value] of rest) {
    const number = numberOf(value);
    if (number === undefined || key === START_TIME) continue;
    collector.add(`${measurement}_${key}`, origin, { kind: 'gauge', point: { ...common, value: number } });
  }
}

/** Whether the fields are those of a histogram. Those of a summary look the same. */
function isDistribution(fields: ReadonlyMap<string, FieldValue>): boolean {
  const isKnown = (key: string): boolean =>
    key === 'count' || key === 'sum' || key === 'min' || key === 'max' || key === START_TIME || isNumeric(key);
  return fields.has('count') && fields.has('sum') && [...fields.keys()].every(isKnown);
}

function isNumeric(text: string): boolean {
  return /^[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|Inf)$/.test(text);
}

function commonOf(
  origin: PointOrigin,
  fields: ReadonlyMap<string, FieldValue>,
  timeUnixNano: bigint,
): Pick<PointFields, 'attributes' | 'timeUnixNano' | 'startTimeUnixNano'> {
  const start = fields.get(START_TIME);
  const millis = typeof start === 'string' ? Date.parse(start) : Number.NaN;
  const startTimeUnixNano = millis > 0 ? BigInt(Math.floor(millis)) * 1_000_000n : 0n;
  return { attributes: encodeAttributes(origin.attributes), timeUnixNano, startTimeUnixNano };
}

const MAX_INTEGER = 2n ** 63n - 1n;

/** Integers without a sign that OTLP does not have become doubles. */
function numberOf(value: FieldValue | undefined): number | bigint | undefined {
  if (typeof value === 'bigint') return value > MAX_INTEGER ? Number(value) : value;
  return typeof value === 'number' ? value : undefined;
}

/** Makes a histogram of counts below bounds, which are cumulative, except of a summary that looks like a histogram. */
function histogramOf(
  fields: ReadonlyMap<string, FieldValue>,
  bounds: readonly (readonly [bound: number, count: FieldValue])[],
) {
  const count = Number(fields.get('count'));
  const optional = (name: string): number | undefined => (fields.has(name) ? Number(fields.get(name)) : undefined);
  const sorted = bounds.filter(([bound]) => Number.isFinite(bound)).sort(([a], [b]) => a - b);
  const totals = sorted.map(([, total]) => Math.max(0, Number(total)));
  const isCumulative = totals.every((total, i) => total >= (totals[i - 1] ?? 0));
  const counts = totals.map((total, i) => (isCumulative ? total - (totals[i - 1] ?? 0) : total));
  const below = counts.reduce((sum, each) => sum + each, 0);
  const rest = count >= below ? count - below : 0;
  return {
    count: integer(Math.max(count, below)),
    sum: optional('sum'),
    min: optional('min'),
    max: optional('max'),
    explicitBounds: sorted.map(([bound]) => bound),
    bucketCounts: sorted.length === 0 ? [] : [...counts, rest].map(integer),
  };
}

function integer(value: number): bigint {
  return Number.isFinite(value) && value > 0 ? BigInt(Math.trunc(value)) : 0n;
}

/** The points of a metric in the schema 2 of Telegraf that have the same tags and time. */
interface Series {
  readonly name: string;
  readonly origin: PointOrigin;
  readonly timeUnixNano: bigint;
  readonly totals: Map<string, FieldValue>;
  readonly buckets: (readonly [bound: number, count: FieldValue])[];
  readonly quantiles: { readonly quantile: number; readonly value: number }[];
}

const TOTAL = /^(.+)_(count|sum|min|max)$/;

/** Joins the lines of histograms and summaries, which have one for each bucket and quantile. */
class SeriesGroups {
  readonly #groups = new Map<string, Series>();

  add({ tags, fields, timeUnixNano }: TimedPoint, collector: PointCollector): void {
    const origin = originOf(tags, SERIES_TAGS);
    const key = JSON.stringify([...tags].filter(([tag]) => !SERIES_TAGS.has(tag)).sort());
    const groupOf = (name: string): Series => {
      const id = `${timeUnixNano} ${key} ${name}`;
      const group = this.#groups.get(id) ?? {
        name,
        origin,
        timeUnixNano,
        totals: new Map(),
        buckets: [],
        quantiles: [],
      };
      this.#groups.set(id, group);
      return group;
    };
    const bound = tags.get('le');
    const quantile = tags.get('quantile');
    for (const [name, value] of fields) {
      const number = numberOf(value);
      if (number === undefined || name === START_TIME) continue;
      const [, base, total] = TOTAL.exec(name) ?? [];
      if (bound !== undefined && name.endsWith('_bucket')) {
        groupOf(name.slice(0, -'_bucket'.length)).buckets.push([boundOf(bound), number]);
      } else if (quantile !== undefined && isNumeric(quantile)) {
        groupOf(name).quantiles.push({ quantile: Number(quantile), value: Number(number) });
      } else if (base !== undefined && total !== undefined) groupOf(base).totals.set(total, number);
      else {
        const common = commonOf(origin, fields, timeUnixNano);
        collector.add(name, origin, { kind: 'gauge', point: { ...common, value: number } });
      }
    }
  }

  finish(collector: PointCollector): void {
    for (const { name, origin, timeUnixNano, totals, buckets, quantiles } of this.#groups.values()) {
      const common = commonOf(origin, totals, timeUnixNano);
      const isWhole = totals.has('count') && totals.has('sum');
      if (quantiles.length > 0) {
        const count = integer(Number(totals.get('count') ?? 0));
        const point = { ...common, count, sum: Number(totals.get('sum') ?? 0), quantileValues: quantiles };
        collector.add(name, origin, { kind: 'summary', point });
      } else if (isWhole || buckets.length > 0) {
        const count = totals.get('count') ?? Math.max(...buckets.map(([, total]) => Number(total)));
        const fields = new Map(totals).set('count', count);
        const point = { ...common, ...histogramOf(fields, buckets) };
        collector.add(name, origin, { kind: 'histogram', point });
      } else
        for (const [total, value] of totals) {
          const number = numberOf(value);
          const point = { ...common, value: number };
          collector.add(`${name}_${total}`, origin, { kind: 'gauge', point });
        }
    }
  }
}

function boundOf(text: string): number {
  return text === '+Inf' || text === 'Inf' ? Number.POSITIVE_INFINITY : Number(text);
}
