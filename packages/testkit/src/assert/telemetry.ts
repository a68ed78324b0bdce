/** The telemetry that a test has collected. */
export interface Telemetry {
  /** Spans that have ended, by start time. */
  readonly spans: readonly RecordedSpan[];
  readonly traces: readonly RecordedTrace[];
  readonly logs: readonly RecordedLog[];
  readonly metrics: readonly RecordedMetric[];
  /** Spans of this process that have started, but not ended. */
  readonly openSpans: readonly OpenSpan[];
}

/** The spans and log records with one trace ID. */
export interface RecordedTrace {
  readonly traceId: string;
  /** The spans without a collected parent, by start time. */
  readonly roots: readonly RecordedSpan[];
  readonly spans: readonly RecordedSpan[];
  readonly logs: readonly RecordedLog[];
}

export type SpanKind = 'unspecified' | 'internal' | 'server' | 'client' | 'producer' | 'consumer';

/** A span. Fields have OpenTelemetry's meaning. */
export interface RecordedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** `undefined` for the root of a trace. */
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly kind: SpanKind;
  readonly status: 'unset' | 'ok' | 'error';
  readonly statusMessage: string;
  readonly attributes: Attributes;
  readonly events: readonly RecordedEvent[];
  readonly links: readonly RecordedLink[];
  readonly resource: Attributes;
  readonly scope: string;
  readonly startNanos: bigint;
  readonly durationMillis: number;
  /**
   * Where the program started the span, as `path:line:column`: the first function outside libraries, or the attributes
   * `code.file.path` and `code.line.number`. `undefined` if unknown.
   */
  readonly place: string | undefined;
  /** The collected child spans, by start time. */
  readonly children: readonly RecordedSpan[];
}

/** An event of a span, such as an exception. */
export interface RecordedEvent {
  readonly name: string;
  readonly attributes: Attributes;
}

/** A link from a span to another span. */
export interface RecordedLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Attributes;
}

/** A span that has not ended. */
export interface OpenSpan {
  readonly name: string;
  readonly place: string | undefined;
}

/** A log record. */
export interface RecordedLog {
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: AttributeValue;
  readonly eventName: string;
  readonly attributes: Attributes;
  readonly resource: Attributes;
  readonly scope: string;
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
  readonly timeNanos: bigint;
}

/** A metric: its points since the collector was created. */
export interface RecordedMetric {
  readonly name: string;
  readonly unit: string;
  readonly kind: 'gauge' | 'sum' | 'histogram' | 'summary';
  readonly resource: Attributes;
  readonly scope: string;
  readonly points: readonly RecordedPoint[];
}

/** The value of a metric for one set of attributes. */
export interface RecordedPoint {
  readonly attributes: Attributes;
  /** The value of a gauge or a sum; the sum of a histogram or a summary. */
  readonly value: number;
  /** Number of measurements in a histogram or a summary. */
  readonly count: number | undefined;
}

export type Attributes = Readonly<Record<string, AttributeValue>>;

/** A value. Integers that a number cannot hold are `bigint`, and bytes are base64. */
export type AttributeValue =
  | string
  | number
  | bigint
  | boolean
  | undefined
  | readonly AttributeValue[]
  | { readonly [key: string]: AttributeValue };

/** Returns the service that recorded an item. */
export function serviceOf({ resource }: { readonly resource: Attributes }): string {
  return String(resource['service.name'] ?? '');
}
