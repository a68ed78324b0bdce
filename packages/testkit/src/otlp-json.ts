import { Buffer } from 'node:buffer';

/**
 * OTLP requests as plain data with the structure of OTLP/JSON: hexadecimal IDs, base64 bytes, 64-bit integers as
 * decimal strings. Encoders also accept numbers and `bigint`; decoders return strings. Only the fields used in tests
 * have types here.
 */
export interface AnyValueJson {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: Int64Json;
  readonly doubleValue?: number;
  readonly arrayValue?: { readonly values?: readonly AnyValueJson[] };
  readonly kvlistValue?: { readonly values?: readonly KeyValueJson[] };
  readonly bytesValue?: string;
}
export type Int64Json = string | number | bigint;
export interface KeyValueJson {
  readonly key?: string;
  readonly value?: AnyValueJson;
}

export interface ResourceJson {
  readonly attributes?: readonly KeyValueJson[];
}
export interface ScopeJson {
  readonly name?: string;
  readonly version?: string;
  readonly attributes?: readonly KeyValueJson[];
}

export interface TracesJson {
  readonly resourceSpans?: readonly {
    readonly resource?: ResourceJson;
    readonly scopeSpans?: readonly { readonly scope?: ScopeJson; readonly spans?: readonly SpanJson[] }[];
  }[];
}
export interface SpanJson {
  readonly traceId?: string;
  readonly spanId?: string;
  readonly traceState?: string;
  readonly parentSpanId?: string;
  readonly name?: string;
  readonly kind?: number;
  readonly startTimeUnixNano?: Int64Json;
  readonly endTimeUnixNano?: Int64Json;
  readonly attributes?: readonly KeyValueJson[];
  readonly droppedAttributesCount?: number;
  readonly events?: readonly {
    readonly timeUnixNano?: Int64Json;
    readonly name?: string;
    readonly attributes?: readonly KeyValueJson[];
  }[];
  readonly links?: readonly {
    readonly traceId?: string;
    readonly spanId?: string;
    readonly attributes?: readonly KeyValueJson[];
  }[];
  readonly status?: { readonly message?: string; readonly code?: number };
  readonly flags?: number;
}

export interface LogsJson {
  readonly resourceLogs?: readonly {
    readonly resource?: ResourceJson;
    readonly scopeLogs?: readonly { readonly scope?: ScopeJson; readonly logRecords?: readonly LogRecordJson[] }[];
  }[];
}
export interface LogRecordJson {
  readonly timeUnixNano?: Int64Json;
  readonly observedTimeUnixNano?: Int64Json;
  readonly severityNumber?: number;
  readonly severityText?: string;
  readonly body?: AnyValueJson;
  readonly attributes?: readonly KeyValueJson[];
  readonly traceId?: string;
  readonly spanId?: string;
  readonly eventName?: string;
  readonly flags?: number;
}

export interface MetricsJson {
  readonly resourceMetrics?: readonly {
    readonly resource?: ResourceJson;
    readonly scopeMetrics?: readonly { readonly scope?: ScopeJson; readonly metrics?: readonly MetricJson[] }[];
  }[];
}
export interface MetricJson {
  readonly name?: string;
  readonly description?: string;
  readonly unit?: string;
  readonly gauge?: { readonly dataPoints?: readonly DataPointJson[] };
  readonly sum?: MetricDataJson & { readonly isMonotonic?: boolean };
  readonly histogram?: MetricDataJson;
  readonly exponentialHistogram?: MetricDataJson;
  readonly summary?: { readonly dataPoints?: readonly DataPointJson[] };
}
export interface MetricDataJson {
  /** 1 is delta, 2 is cumulative. */
  readonly aggregationTemporality?: number;
  readonly dataPoints?: readonly DataPointJson[];
}
/** A data point of any kind. Its fields depend on the kind. */
export interface DataPointJson {
  readonly startTimeUnixNano?: Int64Json;
  readonly timeUnixNano?: Int64Json;
  readonly attributes?: readonly KeyValueJson[];
  readonly flags?: number;
  readonly asDouble?: number;
  readonly asInt?: Int64Json;
  readonly count?: Int64Json;
  readonly sum?: number;
  readonly min?: number;
  readonly max?: number;
  readonly bucketCounts?: readonly Int64Json[];
  readonly explicitBounds?: readonly number[];
  readonly scale?: number;
  readonly zeroCount?: Int64Json;
  readonly zeroThreshold?: number;
  readonly positive?: BucketsJson;
  readonly negative?: BucketsJson;
  readonly quantileValues?: readonly { readonly quantile?: number; readonly value?: number }[];
  readonly exemplars?: readonly ExemplarJson[];
}
export interface BucketsJson {
  readonly offset?: number;
  readonly bucketCounts?: readonly Int64Json[];
}
export interface ExemplarJson {
  readonly timeUnixNano?: Int64Json;
  readonly asDouble?: number;
  readonly asInt?: Int64Json;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly filteredAttributes?: readonly KeyValueJson[];
}

/** An attribute value as written in tests: integers become `intValue`, other numbers `doubleValue`. */
export type PlainValue =
  | string
  | number
  | bigint
  | boolean
  | undefined
  | Uint8Array
  | readonly PlainValue[]
  | { readonly [key: string]: PlainValue };

/** Converts plain data to an `AnyValue`. `undefined` becomes the empty value. */
export function anyValue(value: PlainValue): AnyValueJson {
  if (value === undefined) return {};
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'bigint') return { intValue: value.toString() };
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString('base64') };
  if (isList(value)) return { arrayValue: { values: value.map(anyValue) } };
  return { kvlistValue: { values: keyValues(value) } };
}

/** Converts the entries of an object to a list of attributes. */
export function keyValues(object: { readonly [key: string]: PlainValue }): KeyValueJson[] {
  return Object.entries(object).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function isList(value: readonly PlainValue[] | { readonly [key: string]: PlainValue }): value is readonly PlainValue[] {
  return Array.isArray(value);
}
