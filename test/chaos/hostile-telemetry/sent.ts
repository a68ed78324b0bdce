import { requestFromJson } from '@otelier/otlp';
import type { HostileRequest } from '@otelier/testkit/hostile/request';
import type {
  AnyValueJson,
  KeyValueJson,
  LogRecordJson,
  LogsJson,
  MetricsJson,
  ResourceJson,
  TracesJson,
} from '@otelier/testkit/otlp-json';
import { decodeRequest, type RequestJson } from '@otelier/testkit/request-codec';

/** A request encoding. */
export type Encoding = 'protobuf' | 'json';

/** Names that were sent, by kind. */
export interface SentNames {
  readonly keys: ReadonlySet<string>;
  readonly services: ReadonlySet<string>;
  readonly metrics: ReadonlySet<string>;
  /** Trace IDs of spans and log records, in hexadecimal. */
  readonly traceIds: ReadonlySet<string>;
  readonly spanIds: ReadonlySet<string>;
  /** All other names and strings. */
  readonly others: ReadonlySet<string>;
}

/** The telemetry sent to a store, decoded independently of the code under test. */
export class SentTelemetry implements SentNames {
  readonly requests: Readonly<Record<keyof RequestJson, RequestJson[keyof RequestJson][]>> = {
    traces: [],
    logs: [],
    metrics: [],
  };
  readonly keys = new Set<string>();
  readonly services = new Set<string>();
  readonly metrics = new Set<string>();
  readonly traceIds = new Set<string>();
  readonly spanIds = new Set<string>();
  readonly others = new Set<string>();

  add(request: HostileRequest, encoding: Encoding): void {
    const { signal } = request;
    const decoded = decodeRequest(signal, bytesOf(request, encoding));
    this.requests[signal].push(decoded);
    this.#collect(decoded);
  }

  /** Yields spans with their resource's service name. */
  *spans() {
    for (const { resourceSpans = [] } of this.requests.traces as readonly TracesJson[]) {
      for (const { resource, scopeSpans = [] } of resourceSpans) {
        for (const { spans = [] } of scopeSpans) for (const span of spans) yield { resource, span };
      }
    }
  }

  *logRecords(): Generator<SentRecord> {
    for (const { resourceLogs = [] } of this.requests.logs as readonly LogsJson[]) {
      for (const { resource, scopeLogs = [] } of resourceLogs) {
        for (const { logRecords = [] } of scopeLogs) for (const record of logRecords) yield { resource, record };
      }
    }
  }

  *points() {
    for (const { resourceMetrics = [] } of this.requests.metrics as readonly MetricsJson[]) {
      for (const { scopeMetrics = [] } of resourceMetrics) {
        for (const { metrics = [] } of scopeMetrics) for (const metric of metrics) yield* pointsOf(metric);
      }
    }
  }

  #collect(value: unknown): void {
    if (Array.isArray(value)) {
      for (const entry of value) this.#collect(entry);
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, entry] of Object.entries(value)) {
        if (typeof entry === 'string') this.#collectText(name, entry);
        else this.#collect(entry);
      }
      this.#collectNames(value as Named);
    }
  }

  #collectText(field: string, text: string): void {
    if (text === '') return;
    if (field === 'traceId') this.traceIds.add(text);
    else if (field === 'spanId') this.spanIds.add(text);
    else if (['name', 'unit', 'stringValue', 'severityText', 'eventName'].includes(field)) this.others.add(text);
  }

  #collectNames({ attributes = [], name, gauge, sum, histogram, exponentialHistogram, summary }: Named): void {
    for (const { key = '', value } of attributes) {
      this.keys.add(key);
      if (key === 'service.name' && value?.stringValue !== undefined) this.services.add(value.stringValue);
    }
    if (name !== undefined && (gauge ?? sum ?? histogram ?? exponentialHistogram ?? summary) !== undefined) {
      this.metrics.add(name);
    }
  }
}

/** A log record with its resource. */
export interface SentRecord {
  readonly resource: ResourceJson | undefined;
  readonly record: LogRecordJson;
}

interface Named {
  readonly attributes?: readonly KeyValueJson[];
  readonly name?: string;
  readonly [kind: string]: unknown;
}

function* pointsOf({ gauge, sum, histogram, exponentialHistogram, summary }: NonNullable<MetricOf>) {
  for (const data of [gauge, sum, histogram, exponentialHistogram, summary]) yield* data?.dataPoints ?? [];
}
type MetricOf = NonNullable<
  NonNullable<NonNullable<MetricsJson['resourceMetrics']>[number]['scopeMetrics']>[number]['metrics']
>[number];

function bytesOf({ signal, bytes, json }: HostileRequest, encoding: Encoding): Uint8Array {
  if (encoding === 'protobuf') return bytes;
  const read = requestFromJson(signal, json);
  if (!read.ok) throw new Error(read.reason);
  return read.bytes;
}

/** Returns attributes as the API shows them. Of a repeated key, only the first value is shown. */
export function shownAttributes(list: readonly KeyValueJson[] = []): ReadonlyMap<string, unknown> {
  const shown = new Map<string, unknown>();
  for (const { key = '', value = {} } of list) if (!shown.has(key)) shown.set(key, shownValue(value));
  return shown;
}

/** Returns a value as the API shows it. */
export function shownValue(value: AnyValueJson): unknown {
  if (value.stringValue !== undefined) return value.stringValue;
  if (value.boolValue !== undefined) return value.boolValue;
  if (value.intValue !== undefined) {
    return Number.isSafeInteger(Number(value.intValue)) ? Number(value.intValue) : String(value.intValue);
  }
  if (value.doubleValue !== undefined) return shownDouble(value.doubleValue);
  if (value.bytesValue !== undefined) return { bytes: value.bytesValue };
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(shownValue);
  if (value.kvlistValue !== undefined) return shownAttributes(value.kvlistValue.values);
  return null;
}

/** Returns a double as the API shows it. JSON has no infinities, and `JSON.stringify` does not write negative zero. */
function shownDouble(value: number): unknown {
  if (!Number.isFinite(value)) return String(value);
  return value === 0 ? 0 : value;
}

/** Returns equal strings for equal values, regardless of key order. */
export function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries: readonly (readonly [string, unknown])[] = value instanceof Map ? [...value] : Object.entries(value);
  const texts = entries
    .filter(([, entry]) => entry !== undefined)
    .map(([key, entry]) => `${JSON.stringify(key)}:${canonicalText(entry)}`);
  return `{${texts.sort().join(',')}}`;
}
