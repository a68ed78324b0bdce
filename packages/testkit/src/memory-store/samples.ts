import type {
  Distribution,
  ExponentialBuckets,
  MetricIdentity,
  MetricSamples,
  MetricSamplesQuery,
  MetricStream,
  MetricStreamsQuery,
  PointExemplar,
} from '@otelier/store';
import { QueryLimitError } from '@otelier/store/contract';
import type { DataPointJson } from '../otlp-json.ts';
import { attributesOf, type PointRow } from './rows.ts';

/** Returns the metrics of points. */
export function metricIdentities(points: readonly PointRow[]): MetricIdentity[] {
  const identities = points.map(({ metric, unit, kind, monotonic }) => ({ name: metric, unit, kind, monotonic }));
  return [...new Map(identities.map((one) => [JSON.stringify(one), one])).values()];
}

/** Returns the streams of points. */
export function metricStreams(points: readonly PointRow[], { names, limit }: MetricStreamsQuery): MetricStream[] {
  const wanted = points.filter(({ metric }) => names === undefined || names.includes(metric));
  const streams = [...Map.groupBy(wanted, streamId)].map(([id, group]) => streamOf(id, group));
  if (streams.length > limit) throw new QueryLimitError(`the query selects more than ${limit} series`);
  return streams.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1));
}

function streamId({ series, unit, kind, temporality, monotonic }: PointRow): string {
  return JSON.stringify([series, unit, kind, temporality, monotonic]);
}

function streamOf(id: string, group: readonly PointRow[]): MetricStream {
  const [row] = group;
  if (row === undefined) throw new Error('expected a point');
  const times = group.map(millisOf);
  return {
    id,
    name: row.metric,
    description: row.description,
    unit: row.unit,
    kind: row.kind,
    monotonic: row.monotonic,
    temporality: row.temporality,
    scopeName: row.scopeName,
    attributes: row.attributes,
    resourceAttributes: row.resourceAttributes,
    first: Math.min(...times),
    last: Math.max(...times),
  };
}

function millisOf({ time }: { readonly time: bigint }): number {
  return Number(time / 1_000_000n);
}

/** Returns the points of streams as columns. */
export function metricSamples(points: readonly PointRow[], query: MetricSamplesQuery): MetricSamples[] {
  const byId = Map.groupBy(points, streamId);
  const found = query.streams.flatMap((stream) => {
    const own = (byId.get(stream.id) ?? []).toSorted((a, b) => (a.time < b.time ? -1 : 1));
    return own.length === 0 ? [] : [samplesOf(stream, own, query.exemplars === true)];
  });
  if (found.reduce((sum, { times }) => sum + times.length, 0) > query.limit) {
    throw new QueryLimitError(`the query reads more than ${query.limit} points`);
  }
  return found;
}

function samplesOf(stream: MetricStream, points: readonly PointRow[], withExemplars: boolean): MetricSamples {
  const isNumber = stream.kind === 'gauge' || stream.kind === 'sum';
  return {
    stream,
    times: Float64Array.from(points, millisOf),
    startTimes: Float64Array.from(points, ({ point }) => Number(BigInt(point.startTimeUnixNano ?? 0) / 1_000_000n)),
    values: Float64Array.from(points, ({ point }) => Number(point.asDouble ?? point.asInt ?? Number.NaN)),
    stale: Uint8Array.from(points, ({ point }) => (point.flags ?? 0) & 1),
    distributions: isNumber ? undefined : points.map(({ point }) => distributionOf(point)),
    exemplars: withExemplars ? points.flatMap(({ point }) => exemplarsOf(point)) : [],
  };
}

function distributionOf(point: DataPointJson): Distribution {
  return {
    count: Number(point.count ?? 0),
    sum: Number(point.sum ?? 0),
    bounds: (point.explicitBounds ?? []).map(Number),
    bucketCounts: (point.bucketCounts ?? []).map(Number),
    scale: point.scale ?? 0,
    zeroCount: Number(point.zeroCount ?? 0),
    zeroThreshold: Number(point.zeroThreshold ?? 0),
    positive: bucketsOf(point.positive),
    negative: bucketsOf(point.negative),
    quantiles: (point.quantileValues ?? []).map(({ quantile, value }) => ({
      quantile: Number(quantile ?? 0),
      value: Number(value ?? 0),
    })),
  };
}

function bucketsOf(buckets: DataPointJson['positive']): ExponentialBuckets {
  return { offset: buckets?.offset ?? 0, counts: (buckets?.bucketCounts ?? []).map(Number) };
}

function exemplarsOf({ exemplars = [] }: DataPointJson): PointExemplar[] {
  return exemplars.map((exemplar) => ({
    time: Number(BigInt(exemplar.timeUnixNano ?? 0) / 1_000_000n),
    value: Number(exemplar.asDouble ?? exemplar.asInt ?? 0),
    traceId: exemplar.traceId ?? '',
    spanId: exemplar.spanId ?? '',
    attributes: attributesOf(exemplar.filteredAttributes),
  }));
}
