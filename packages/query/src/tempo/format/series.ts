import { type Intervals, intervalMillis } from '../../traceql/metrics/intervals.ts';
import type { Exemplar, Label, SeriesSet, TimeSeries } from '../../traceql/metrics/series.ts';
import { plainText } from '../../traceql/values/format.ts';
import { stringOf } from '../../traceql/values/static.ts';
import { anyValue } from './any-value.ts';

/** Maximum number of series in a response. */
const MAX_SERIES = 1000;

/** A series of a response. */
export interface SeriesJson {
  readonly value?: number | string;
  readonly samples?: readonly { readonly value: number | string }[];
}

/** The response to a metrics query. */
export interface SeriesResponse {
  readonly series: readonly SeriesJson[];
  readonly metrics: object;
  readonly status?: string;
  readonly message?: string;
}

/** Reports whether a series has a value that is not 0, which is that of no spans. */
export function hasValue({ value, samples = [] }: SeriesJson): boolean {
  return (value !== undefined && value !== 0) || samples.some((sample) => sample.value !== 0);
}

/** Converts series to the response of a range query. */
export function rangeResponse(set: SeriesSet, intervals: Intervals): SeriesResponse {
  return response(set, (series) => {
    const samples = [...series.values].flatMap((value, interval) =>
      Number.isNaN(value) ? [] : [{ timestampMs: `${intervalMillis(intervals, interval)}`, value: jsonNumber(value) }],
    );
    if (samples.length === 0) return undefined;
    const exemplars = series.exemplars.filter((one) => !Number.isNaN(series.values[one.interval] ?? Number.NaN));
    return {
      ...labelsOf(series.labels),
      samples,
      ...(exemplars.length > 0 && { exemplars: exemplars.map((one) => exemplarOf(one, series)) }),
    };
  });
}

/** Converts series to the response of an instant query. */
export function instantResponse(set: SeriesSet): SeriesResponse {
  return response(set, (series) => {
    const [value = Number.NaN] = series.values;
    return Number.isNaN(value) ? undefined : { ...labelsOf(series.labels), value: jsonNumber(value) };
  });
}

function response(set: SeriesSet, convert: (series: TimeSeries) => SeriesJson | undefined): SeriesResponse {
  const all = [...set].toSorted(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, series]) => convert(series) ?? []);
  return {
    series: all.slice(0, MAX_SERIES),
    metrics: { completedJobs: 1, totalJobs: 1 },
    ...(all.length > MAX_SERIES && {
      status: 'PARTIAL',
      message: `Response exceeds maximum series limit of ${MAX_SERIES}, a partial response is returned. Warning: the accuracy of each individual value is not guaranteed.`,
    }),
  };
}

function labelsOf(labels: readonly Label[]): object {
  return { labels: keyValues(labels), promLabels: prometheusLabels(labels) };
}

function keyValues(labels: readonly Label[]): readonly object[] {
  return labels.map(({ name, value }) => ({ key: name, value: anyValue(value) }));
}

/** Formats labels as Prometheus does, for clients that identify series by them. */
function prometheusLabels(labels: readonly Label[]): string {
  const sorted = labels.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return `{${sorted.map(({ name, value }) => `${plainName(name)}=${JSON.stringify(labelText(value))}`).join(', ')}}`;
}

function plainName(name: string): string {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? name : JSON.stringify(name);
}

function labelText(value: Label['value']): string {
  if (value.type === 'nil' || (value.type === 'string' && value.value === 'nil')) return '<nil>';
  if (value.type === 'string' && value.value === '') return '<empty>';
  return value.type === 'int' ? `int(${value.value})` : plainText(value);
}

function exemplarOf({ traceId, spanId, labels, millis, interval, value }: Exemplar, series: TimeSeries): object {
  const own = { name: 'trace:id', value: stringOf(traceId) };
  return {
    labels: keyValues([own, { name: 'span:id', value: stringOf(spanId) }, ...labels]),
    value: jsonNumber(value ?? series.values[interval] ?? 0),
    timestampMs: `${millis}`,
  };
}

function jsonNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
