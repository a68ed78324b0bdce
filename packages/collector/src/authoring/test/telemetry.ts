import type { AnyAttributeName } from '../../functions/views.ts';
import type { Double } from './double.ts';

/** A value of an attribute or body. Integers are encoded as integers, other numbers as doubles, `null` must be missing. */
export type TestValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Double
  | Uint8Array
  | readonly TestValue[]
  | { readonly [key: string]: TestValue };

/** Attributes by name. */
export type TestAttributes = { readonly [Name in AnyAttributeName]?: TestValue };

/** A 64-bit integer. Numbers are exact up to 2^53. */
export type TestInteger = number | bigint | string;

/** A time: nanoseconds since the epoch, a `Date`, or text such as `2026-01-31T12:00:00Z`. */
export type TestTime = TestInteger | Date;

/** The resource and scope of an item. */
export interface TestOrigin {
  readonly resource?: {
    readonly attributes?: TestAttributes;
    readonly droppedAttributesCount?: number;
    readonly schemaUrl?: string;
  };
  readonly scope?: {
    readonly name?: string;
    readonly version?: string;
    readonly attributes?: TestAttributes;
    readonly schemaUrl?: string;
  };
}

/** A span, with the field names of OTLP/JSON. */
export interface TestSpan extends TestOrigin {
  readonly traceId?: string;
  readonly spanId?: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly name?: string;
  readonly kind?: SpanKindName | number;
  readonly startTimeUnixNano?: TestTime;
  readonly endTimeUnixNano?: TestTime;
  readonly attributes?: TestAttributes;
  readonly droppedAttributesCount?: number;
  readonly events?: readonly {
    readonly timeUnixNano?: TestTime;
    readonly name?: string;
    readonly attributes?: TestAttributes;
  }[];
  readonly links?: readonly {
    readonly traceId?: string;
    readonly spanId?: string;
    readonly attributes?: TestAttributes;
  }[];
  readonly status?: { readonly code?: StatusCodeName | number; readonly message?: string };
  readonly flags?: number;
}

/** A log record, with the field names of OTLP/JSON. */
export interface TestLog extends TestOrigin {
  readonly timeUnixNano?: TestTime;
  readonly observedTimeUnixNano?: TestTime;
  readonly severityNumber?: string | number;
  readonly severityText?: string;
  readonly body?: TestValue;
  readonly attributes?: TestAttributes;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly eventName?: string;
  readonly flags?: number;
}

/** A metric, with the field names of OTLP/JSON. It has the data of one type. */
export interface TestMetric extends TestOrigin {
  readonly name?: string;
  readonly description?: string;
  readonly unit?: string;
  readonly metadata?: TestAttributes;
  readonly gauge?: { readonly dataPoints: readonly TestNumberPoint[] };
  readonly sum?: TestSumData;
  readonly histogram?: TestPoints;
  readonly exponentialHistogram?: TestPoints;
  readonly summary?: { readonly dataPoints: readonly TestPoint[] };
}

/** The data of a sum. */
export interface TestSumData {
  readonly dataPoints: readonly TestNumberPoint[];
  readonly aggregationTemporality?: TemporalityName | number;
  readonly isMonotonic?: boolean;
}

/** The data of a histogram. */
export interface TestPoints {
  readonly dataPoints: readonly TestPoint[];
  readonly aggregationTemporality?: TemporalityName | number;
}

/** A data point of a gauge or sum. */
export interface TestNumberPoint extends TestPointFields {
  readonly asInt?: TestInteger;
  readonly asDouble?: number;
}

/** A data point of another type, whose fields depend on the type. */
export interface TestPoint extends TestPointFields {
  readonly [field: string]: unknown;
}

interface TestPointFields {
  readonly attributes?: TestAttributes;
  readonly startTimeUnixNano?: TestTime;
  readonly timeUnixNano?: TestTime;
}

/** The kinds of spans. */
export type SpanKindName = `SPAN_KIND_${'UNSPECIFIED' | 'INTERNAL' | 'SERVER' | 'CLIENT' | 'PRODUCER' | 'CONSUMER'}`;
/** The status codes of spans. */
export type StatusCodeName = `STATUS_CODE_${'UNSET' | 'OK' | 'ERROR'}`;
/** The temporalities of metrics. */
export type TemporalityName = `AGGREGATION_TEMPORALITY_${'UNSPECIFIED' | 'DELTA' | 'CUMULATIVE'}`;
