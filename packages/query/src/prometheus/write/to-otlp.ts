import { requestFromJson } from '@otelier/otlp';
import { isPlainMetricName } from '../translate/names.ts';
import { explicitPoint, exponentialPoint } from './histogram-points.ts';
import {
  RemoteWriteError,
  type WrittenExemplar,
  type WrittenHistogram,
  type WrittenSample,
  type WrittenSeries,
} from './series.ts';

/** A remote write request as an OTLP request, and the series that it cannot contain. */
export interface ConvertedWrite {
  readonly bytes: Uint8Array;
  readonly itemCount: number;
  readonly samples: number;
  readonly histograms: number;
  readonly exemplars: number;
  /** Why series were left out, or `undefined`. */
  readonly problem: string | undefined;
}

/**
 * Converts a remote write request to OTLP. `job` and `instance` become the resource, other labels attributes. Names stay as
 * they are, so that queries find them. Throws a `RemoteWriteError`.
 */
export function convertWrite(series: readonly WrittenSeries[]): ConvertedWrite {
  const resources = new Map<string, Resource>();
  const counts = { samples: 0, histograms: 0, exemplars: 0 };
  let problem: string | undefined;
  for (const one of series) {
    try {
      addSeries(resources, one);
      counts.samples += one.samples.length;
      counts.histograms += one.histograms.length;
      counts.exemplars += one.exemplars.length;
    } catch (error) {
      if (!(error instanceof RemoteWriteError)) throw error;
      problem ??= error.message;
    }
  }
  const resourceMetrics = [...resources.values()].map(({ attributes, metrics }) => ({
    resource: { attributes },
    scopeMetrics: [{ metrics: [...metrics.values()].map((metric) => metric.json()) }],
  }));
  const converted = requestFromJson('metrics', JSON.stringify({ resourceMetrics }));
  if (!converted.ok) throw new RemoteWriteError(converted.reason);
  return { ...counts, bytes: converted.bytes, itemCount: converted.itemCount, problem };
}

interface Resource {
  readonly attributes: readonly object[];
  readonly metrics: Map<string, Metric>;
}

type PointKind = 'gauge' | 'sum' | 'exponentialHistogram' | 'histogram';

/** A metric under construction. */
class Metric {
  readonly #name: string;
  readonly #help: string;
  readonly #kind: PointKind;
  readonly points: object[] = [];

  constructor(name: string, help: string, kind: PointKind) {
    this.#name = name;
    this.#help = help;
    this.#kind = kind;
  }

  json(): object {
    const cumulative = this.#kind === 'gauge' ? {} : { aggregationTemporality: 2 };
    const monotonic = this.#kind === 'sum' ? { isMonotonic: true } : {};
    return {
      name: this.#name,
      description: this.#help,
      [this.#kind]: { ...cumulative, ...monotonic, dataPoints: this.points },
    };
  }
}

function addSeries(resources: Map<string, Resource>, series: WrittenSeries): void {
  const { labels, samples, histograms, exemplars, help } = series;
  const name = labels.get('__name__') ?? '';
  if (name === '') throw new RemoteWriteError('expected a label __name__ in every series, got none');
  const attributes = attributesOf([...labels].filter(([key]) => !RESERVED.has(key)));
  const points = [
    // A counter is a sum only if its name says so: otherwise translating it back would add the suffix.
    ...samples.map(
      (sample) => [name.endsWith('_total') && isPlainMetricName(name) ? 'sum' : 'gauge', numberPoint(sample)] as const,
    ),
    ...histograms.map(histogramPoint),
  ];
  const resource = resourceOf(resources, labels);
  for (const [index, [kind, point]] of points.entries()) {
    const key = `${kind} ${name}`;
    const metric = resource.metrics.get(key) ?? new Metric(name, help, kind);
    resource.metrics.set(key, metric);
    const own = index === points.length - 1 && exemplars.length > 0 ? { exemplars: exemplars.map(exemplarOf) } : {};
    metric.points.push({ ...point, ...own, attributes });
  }
}

const RESERVED: ReadonlySet<string> = new Set(['__name__', 'job', 'instance']);

function resourceOf(resources: Map<string, Resource>, labels: ReadonlyMap<string, string>): Resource {
  const [job, instance] = [labels.get('job') ?? '', labels.get('instance') ?? ''];
  const key = `${job}\xff${instance}`;
  const before = resources.get(key);
  if (before !== undefined) return before;
  const slash = job.indexOf('/');
  const names: [string, string][] = [
    ['service.namespace', slash > 0 ? job.slice(0, slash) : ''],
    ['service.name', slash > 0 ? job.slice(slash + 1) : job],
    ['service.instance.id', instance],
  ];
  const created = {
    attributes: attributesOf(names.filter(([, value]) => value !== '')),
    metrics: new Map<string, Metric>(),
  };
  resources.set(key, created);
  return created;
}

function attributesOf(entries: readonly (readonly [string, string])[]): readonly object[] {
  return entries.map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

function numberPoint({ time, startTime, value, isStale }: WrittenSample): object {
  if (isStale) return { ...timesOf(time, startTime), flags: 1 };
  return { ...timesOf(time, startTime), asDouble: Number.isFinite(value) ? value : jsonNumber(value) };
}

function histogramPoint(histogram: WrittenHistogram): readonly [PointKind, object] {
  const { time, startTime, isStale, sum, schema } = histogram;
  const common = { ...timesOf(time, startTime), sum: Number.isFinite(sum) ? sum : jsonNumber(sum) };
  const isCustom = schema === -53;
  if (isStale) return [isCustom ? 'histogram' : 'exponentialHistogram', { ...timesOf(time, startTime), flags: 1 }];
  return isCustom
    ? ['histogram', { ...common, ...explicitPoint(histogram) }]
    : ['exponentialHistogram', { ...common, ...exponentialPoint(histogram) }];
}

function jsonNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? 'Infinity' : '-Infinity';
}

/** The last millisecond whose nanoseconds fit in 64 bits. */
const MAX_MILLIS = 9_223_372_036_000;

function timesOf(time: number, startTime: number): object {
  if (time <= 0 || time > MAX_MILLIS) throw new RemoteWriteError(`expected a time after 1970, got ${time}`);
  const isKnown = startTime > 0 && startTime <= time;
  return { timeUnixNano: `${time}000000`, ...(isKnown && { startTimeUnixNano: `${startTime}000000` }) };
}

function exemplarOf({ labels, value, time }: WrittenExemplar): object {
  const traceId = idOf(labels.get('trace_id'), 32);
  const spanId = idOf(labels.get('span_id'), 16);
  const isId = (key: string): boolean =>
    (key === 'trace_id' && traceId !== undefined) || (key === 'span_id' && spanId !== undefined);
  return {
    timeUnixNano: `${Math.max(0, Math.min(MAX_MILLIS, time))}000000`,
    asDouble: Number.isFinite(value) ? value : jsonNumber(value),
    ...(traceId !== undefined && { traceId }),
    ...(spanId !== undefined && { spanId }),
    filteredAttributes: attributesOf([...labels].filter(([key]) => !isId(key))),
  };
}

function idOf(text: string | undefined, length: number): string | undefined {
  return text !== undefined && text.length === length && /^[0-9a-fA-F]+$/.test(text) ? text : undefined;
}
