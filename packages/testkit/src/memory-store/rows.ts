import type { Attributes, AttributeValue, LogRow, MetricKind, SpanRow } from '@otelier/store';
import type {
  AnyValueJson,
  DataPointJson,
  Int64Json,
  KeyValueJson,
  LogsJson,
  MetricJson,
  MetricsJson,
  TracesJson,
} from '../otlp-json.ts';

/** A data point together with its metric, scope and resource. */
export interface PointRow {
  readonly metric: string;
  readonly description: string;
  readonly unit: string;
  readonly kind: MetricKind;
  readonly monotonic: boolean;
  readonly temporality: 'delta' | 'cumulative' | 'unspecified';
  readonly time: bigint;
  readonly point: DataPointJson;
  readonly service: string;
  readonly scopeName: string;
  readonly attributes: Attributes;
  readonly resourceAttributes: Attributes;
  /** The key of the series that the point belongs to. */
  readonly series: string;
}

/** The service of a resource without a service name. */
const UNKNOWN_SERVICE = '';
/** Span kinds by number. */
export const SPAN_KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
/** Status codes by number. */
export const STATUS_CODES = ['UNSET', 'OK', 'ERROR'];
const TEMPORALITIES = ['unspecified', 'delta', 'cumulative'] as const;

/** Yields the spans of a request. */
export function* spanRows(request: TracesJson): Generator<SpanRow> {
  for (const { resource, scopeSpans = [] } of request.resourceSpans ?? []) {
    const origin = originOf(resource?.attributes);
    for (const { scope, spans = [] } of scopeSpans) {
      for (const span of spans) {
        const start = BigInt(span.startTimeUnixNano ?? 0);
        yield {
          traceId: span.traceId ?? '',
          spanId: span.spanId ?? '',
          parentSpanId: present(span.parentSpanId),
          traceState: present(span.traceState),
          name: span.name ?? '',
          kind: SPAN_KINDS[span.kind ?? 0] ?? String(span.kind),
          start,
          durationNanos: Number(BigInt(span.endTimeUnixNano ?? start) - start),
          statusCode: STATUS_CODES[span.status?.code ?? 0] ?? String(span.status?.code),
          statusMessage: present(span.status?.message),
          ...origin,
          scopeName: scope?.name ?? '',
          attributes: attributesOf(span.attributes),
          events: (span.events ?? []).map((event) => ({
            time: BigInt(event.timeUnixNano ?? 0),
            name: event.name ?? '',
            attributes: attributesOf(event.attributes),
          })),
          links: (span.links ?? []).map((link) => ({
            traceId: link.traceId ?? '',
            spanId: link.spanId ?? '',
            attributes: attributesOf(link.attributes),
          })),
        };
      }
    }
  }
}

/**
 * Yields the log records of a request. A record without a time gets its observed time or arrival time. Its cursor is
 * its time and arrival position.
 */
export function* logRows(request: LogsJson, arrivalMillis: number, nextSequence: () => number): Generator<LogRow> {
  for (const { resource, scopeLogs = [] } of request.resourceLogs ?? []) {
    const origin = originOf(resource?.attributes);
    for (const { scope, logRecords = [] } of scopeLogs) {
      for (const record of logRecords) {
        const time = firstTime(record.timeUnixNano, record.observedTimeUnixNano, arrivalMillis);
        yield {
          cursor: `${time}-${nextSequence()}`,
          time,
          observedTime: optionalTime(record.observedTimeUnixNano),
          severityNumber: record.severityNumber ?? 0,
          severityText: record.severityText ?? '',
          body: bodyText(record.body),
          ...origin,
          scopeName: scope?.name ?? '',
          traceId: present(record.traceId),
          spanId: present(record.spanId),
          eventName: present(record.eventName),
          attributes: attributesOf(record.attributes),
        };
      }
    }
  }
}

/** Yields the data points of a request. */
export function* pointRows(request: MetricsJson, arrivalMillis: number): Generator<PointRow> {
  for (const { resource, scopeMetrics = [] } of request.resourceMetrics ?? []) {
    const origin = originOf(resource?.attributes);
    for (const { scope, metrics = [] } of scopeMetrics) {
      for (const metric of metrics) {
        const { kind, data, monotonic } = dataOf(metric);
        for (const point of data.dataPoints ?? []) {
          const attributes = attributesOf(point.attributes);
          const scopeName = scope?.name ?? '';
          yield {
            metric: metric.name ?? '',
            description: metric.description ?? '',
            unit: metric.unit ?? '',
            kind,
            monotonic,
            temporality: TEMPORALITIES[data.aggregationTemporality ?? 0] ?? 'unspecified',
            time: firstTime(point.timeUnixNano, undefined, arrivalMillis),
            point,
            ...origin,
            scopeName,
            attributes,
            series: JSON.stringify([metric.name, scopeName, sorted(origin.resourceAttributes), sorted(attributes)]),
          };
        }
      }
    }
  }
}

function dataOf(metric: MetricJson): {
  kind: MetricKind;
  data: { readonly aggregationTemporality?: number; readonly dataPoints?: readonly DataPointJson[] };
  monotonic: boolean;
} {
  if (metric.sum !== undefined) return { kind: 'sum', data: metric.sum, monotonic: metric.sum.isMonotonic ?? false };
  if (metric.histogram !== undefined) return { kind: 'histogram', data: metric.histogram, monotonic: false };
  if (metric.exponentialHistogram !== undefined) {
    return { kind: 'exponential_histogram', data: metric.exponentialHistogram, monotonic: false };
  }
  if (metric.summary !== undefined) return { kind: 'summary', data: metric.summary, monotonic: false };
  return { kind: 'gauge', data: metric.gauge ?? {}, monotonic: false };
}

function originOf(attributes: readonly KeyValueJson[] | undefined): {
  service: string;
  resourceAttributes: Attributes;
} {
  const resourceAttributes = attributesOf(attributes);
  const service = resourceAttributes['service.name'];
  return { service: typeof service === 'string' ? service : UNKNOWN_SERVICE, resourceAttributes };
}

/** Returns attributes as plain data. */
export function attributesOf(list: readonly KeyValueJson[] | undefined): Attributes {
  return Object.fromEntries((list ?? []).map(({ key = '', value }) => [key, plain(value)]));
}

function plain(value: AnyValueJson | undefined): AttributeValue {
  if (value === undefined) return null;
  if (value.stringValue !== undefined) return value.stringValue;
  if (value.boolValue !== undefined) return value.boolValue;
  if (value.intValue !== undefined) return integer(BigInt(value.intValue));
  if (value.doubleValue !== undefined) return value.doubleValue;
  if (value.bytesValue !== undefined) return { bytes: value.bytesValue };
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(plain);
  return value.kvlistValue === undefined ? null : attributesOf(value.kvlistValue.values);
}

function integer(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function bodyText(body: AnyValueJson | undefined): string {
  const value = plain(body);
  if (value === null) return '';
  return typeof value === 'string' ? value : jsonText(value);
}

/** Returns an attribute value as JSON. Integers of any size retain all digits. */
export function jsonText(value: AttributeValue): string {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([key, entry]) => `${JSON.stringify(key)}:${jsonText(entry)}`)
      .join(',')}}`;
  }
  return JSON.stringify(value);
}

function sorted(attributes: Attributes): string {
  return jsonText(Object.fromEntries(Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1))));
}

function firstTime(time: Int64Json | undefined, observed: Int64Json | undefined, arrivalMillis: number): bigint {
  return optionalTime(time) ?? optionalTime(observed) ?? BigInt(arrivalMillis) * 1_000_000n;
}

function optionalTime(time: Int64Json | undefined): bigint | undefined {
  const nanos = BigInt(time ?? 0);
  return nanos === 0n ? undefined : nanos;
}

function present(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
