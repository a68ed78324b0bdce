import type { Batch, Outcome, Signal } from '@otelier/otlp';
import type { SqlCapability } from './sql.ts';

export type * from './sql.ts';

/**
 * A telemetry store. Every call names a tenant; a tenant never sees another's rows. Times are nanoseconds since the
 * epoch as `bigint`, durations nanoseconds. Ranges are half open: `start <= time < end`. What was acknowledged by
 * `append` is seen by every query that begins afterwards.
 *
 * Queries ask for spans, logs, series and aggregates, never in one engine's language, so that another engine can serve
 * them; a store that also speaks SQL says so by having `sql`.
 */
export interface Store {
  /** Takes a batch; `accepted` means it is on disk (fsync). Full: `retry`. */
  append(batch: Batch): Promise<Outcome>;

  /** Resolves when all that was appended before is in files of its own (tests, backup, shutdown). */
  flush(): Promise<void>;

  services(query: RangeQuery): Promise<readonly ServiceSummary[]>;
  /** Rate, errors, duration in steps, by service or route. */
  red(query: RedQuery): Promise<readonly RedSeries[]>;
  /** How server and consumer spans' durations spread over time: counts on logarithmic steps. */
  durationHeatmap(query: RangeQuery & { readonly steps: number; readonly service?: string }): Promise<Heatmap>;
  /** Slowest and busiest operations by share of all time spent. */
  routes(query: RangeQuery & { readonly service?: string; readonly limit: number }): Promise<readonly RouteSummary[]>;
  /** Failed spans, grouped by exception type or status message. */
  errors(
    query: RangeQuery & { readonly service?: string; readonly steps: number; readonly limit: number },
  ): Promise<readonly ErrorGroup[]>;

  searchTraces(query: TraceQuery): Promise<TraceSearchResult>;
  /** All spans of a trace, oldest first; empty when unknown. `traceId` is lowercase hex. */
  trace(query: { readonly tenant: string; readonly traceId: string }): Promise<readonly SpanRow[]>;

  searchLogs(query: LogQuery): Promise<readonly LogRow[]>;
  /** Log records in steps by severity. */
  logHistogram(query: LogQuery & { readonly steps: number }): Promise<readonly LogHistogramStep[]>;
  /** Most frequent values of one field among the matching records. */
  logFacet(query: LogQuery & { readonly field: string }): Promise<readonly FacetValue[]>;

  /** By name. `match` is a part of the name, in any case of letters. */
  metricNames(
    query: RangeQuery & { readonly match?: string; readonly limit: number },
  ): Promise<readonly MetricSummary[]>;
  /** Attribute keys of a metric, with how many values each has. */
  metricLabels(query: RangeQuery & { readonly name: string }): Promise<readonly LabelSummary[]>;
  labelValues(
    query: RangeQuery & { readonly name: string; readonly key: string; readonly limit: number },
  ): Promise<readonly FacetValue[]>;
  /** Points of the matching series, in steps. */
  metricSeries(query: MetricSeriesQuery): Promise<readonly MetricSeries[]>;

  /** Keys of attributes seen on spans or logs in the range, for completion. */
  attributeKeys(
    query: RangeQuery & { readonly signal: Signal; readonly limit: number },
  ): Promise<readonly FacetValue[]>;

  /** Stored telemetry back as OTLP export requests, equal to what came in, at most a few megabytes each. */
  export(query: ExportQuery): AsyncIterable<Uint8Array>;

  /** Copies a consistent state into an empty folder while running. */
  backup(directory: string): Promise<{ readonly files: number; readonly bytes: number }>;

  stats(): Promise<StoreStats>;

  /** Whether telemetry can be stored now. While it cannot, `append` answers `retry`. */
  health(): StoreHealth;

  /** Read-only SQL, where the engine has it. */
  readonly sql: SqlCapability | undefined;

  /** Waits for appends in flight, then stops threads and releases the folder. Safe twice. */
  close(): Promise<void>;
}

export interface RangeQuery {
  readonly tenant: string;
  readonly start: bigint;
  readonly end: bigint;
}

/**
 * A condition on one field. Fields are `name`, `kind`, `status`, `service`, `duration` (nanoseconds), `severity` (the
 * number), `body`, `attributes.KEY`, `resource.KEY`, `scope.name`. A field that is absent satisfies no condition, `!=`
 * and `!~` included.
 */
export interface Condition {
  readonly field: string;
  readonly op: '=' | '!=' | '>' | '>=' | '<' | '<=' | '~' | '!~' | 'exists';
  /** Compared as number when both sides are numbers, otherwise as text; `~` is a regular expression (RE2). */
  readonly value: string | number | boolean;
}

export interface ServiceSummary {
  readonly service: string;
  readonly version: string | undefined;
  /** Server and consumer spans; where a service has none, its root spans. */
  readonly requests: number;
  readonly errors: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly spans: number;
  readonly logs: number;
  readonly lastSeen: bigint;
}

export interface RedQuery extends RangeQuery {
  readonly steps: number;
  readonly service?: string;
  readonly groupBy: 'service' | 'route' | 'none';
}

export interface RedSeries {
  /** Service, route or `''`. */
  readonly key: string;
  /** Start of each step. */
  readonly times: readonly bigint[];
  readonly requests: readonly number[];
  readonly errors: readonly number[];
  readonly p50: readonly (number | undefined)[];
  readonly p95: readonly (number | undefined)[];
}

export interface Heatmap {
  readonly times: readonly bigint[];
  /** Lower bound of each row of cells in nanoseconds, ascending. */
  readonly bounds: readonly number[];
  /** `counts[step][row]`. */
  readonly counts: readonly (readonly number[])[];
  readonly p95: readonly (number | undefined)[];
}

export interface RouteSummary {
  readonly service: string;
  readonly name: string;
  readonly calls: number;
  readonly errors: number;
  readonly p95: number;
  readonly p99: number;
  /** Part of all time spent in server spans, 0 to 1. */
  readonly timeShare: number;
}

export interface ErrorGroup {
  readonly service: string;
  /** Exception type, `HTTP 502`, or `Error`. */
  readonly type: string;
  readonly message: string;
  readonly spanName: string;
  readonly count: number;
  readonly firstSeen: bigint;
  readonly lastSeen: bigint;
  readonly steps: readonly number[];
  readonly sampleTraceId: string;
}

export interface TraceQuery extends RangeQuery {
  /** All must hold on one and the same span. */
  readonly conditions: readonly Condition[];
  /** Free text, found in span names, attribute values and status messages in any case of letters. */
  readonly text?: string;
  readonly limit: number;
  readonly orderBy: 'time' | 'duration';
}

export interface TraceSearchResult {
  /** Traces that match in all, which may exceed the number returned. */
  readonly total: number;
  readonly traces: readonly TraceSummary[];
}

export interface TraceSummary {
  readonly traceId: string;
  readonly rootService: string;
  readonly rootName: string;
  readonly start: bigint;
  readonly durationNanos: number;
  readonly spanCount: number;
  readonly errorCount: number;
  readonly services: readonly string[];
  /** Of the first failed span: service and what went wrong. */
  readonly error: { readonly service: string; readonly message: string } | undefined;
}

/** Values of attributes as OTLP/JSON-like plain data: 64-bit integers beyond 2^53 as `bigint`, bytes as base64 in `{ bytes }`. */
export type AttributeValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly AttributeValue[]
  | { readonly [key: string]: AttributeValue };
export type Attributes = Readonly<Record<string, AttributeValue>>;

export interface SpanRow {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly traceState: string | undefined;
  readonly name: string;
  /** `SERVER`, `CLIENT` … */
  readonly kind: string;
  readonly start: bigint;
  readonly durationNanos: number;
  /** `UNSET`, `OK`, `ERROR`. */
  readonly statusCode: string;
  readonly statusMessage: string | undefined;
  readonly service: string;
  readonly scopeName: string;
  readonly attributes: Attributes;
  readonly resourceAttributes: Attributes;
  readonly events: readonly { readonly time: bigint; readonly name: string; readonly attributes: Attributes }[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string; readonly attributes: Attributes }[];
}

export interface LogQuery extends RangeQuery {
  readonly conditions: readonly Condition[];
  /** Free text, found in bodies and attribute values in any case of letters. */
  readonly text?: string;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly limit: number;
  readonly order: 'newest' | 'oldest';
  /** Continue behind this record (as given by `LogRow.cursor`). */
  readonly after?: string;
}

export interface LogRow {
  readonly cursor: string;
  readonly time: bigint;
  readonly observedTime: bigint | undefined;
  readonly severityNumber: number;
  readonly severityText: string;
  /** Text of the body; a structured body as JSON text. */
  readonly body: string;
  readonly service: string;
  readonly scopeName: string;
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
  readonly eventName: string | undefined;
  readonly attributes: Attributes;
  readonly resourceAttributes: Attributes;
}

export interface LogHistogramStep {
  readonly time: bigint;
  /** Counts by severity: trace, debug, info, warn, error, fatal, unspecified. */
  readonly counts: Readonly<Record<SeverityName, number>>;
}
export type SeverityName = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'unspecified';

export interface FacetValue {
  readonly value: string;
  readonly count: number;
}

export type MetricKind = 'gauge' | 'sum' | 'histogram' | 'exponential_histogram' | 'summary';

export interface MetricSummary {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly kind: MetricKind;
  readonly monotonic: boolean;
  readonly temporality: 'delta' | 'cumulative' | 'unspecified';
  readonly seriesCount: number;
  readonly services: readonly string[];
}

export interface LabelSummary {
  readonly key: string;
  readonly values: number;
}

export interface MetricSeriesQuery extends RangeQuery {
  readonly name: string;
  /** Conditions on `attributes.KEY`, `resource.KEY`, `service`. */
  readonly conditions: readonly Condition[];
  /** Keys of the points' attributes; also `service` and `resource.KEY`. Labels carry them as given, `''` where absent. */
  readonly groupBy: readonly string[];
  /**
   * `rate`: per second, resets handled (monotonic sums, histogram counts); what a point added counts over the time
   * since the point before it, so that steps which do not fit the points' interval show no saw. `p50`…`p99`: from histograms.
   * `sum`, `avg`, `min`, `max`, `last`, `count`: over the points of a step.
   */
  readonly aggregate: 'rate' | 'sum' | 'avg' | 'min' | 'max' | 'last' | 'count' | 'p50' | 'p90' | 'p95' | 'p99';
  readonly steps: number;
  /** Most series returned, the largest first. */
  readonly limit: number;
}

export interface MetricSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly times: readonly bigint[];
  /** `undefined` where the step has no point: gaps stay gaps. */
  readonly values: readonly (number | undefined)[];
  readonly exemplars: readonly {
    readonly time: bigint;
    readonly value: number;
    readonly traceId: string;
    readonly spanId: string;
  }[];
}

export interface ExportQuery {
  readonly tenant: string;
  readonly signal: Signal;
  readonly start?: bigint;
  readonly end?: bigint;
}

export interface StoreStats {
  readonly directory: string;
  readonly sizeBytes: number;
  readonly maxBytes: number;
  readonly oldest: bigint | undefined;
  /** By signal: files with their rows and bytes, and rows that are in the journal only. */
  readonly signals: Readonly<
    Record<
      string,
      { readonly files: number; readonly rows: number; readonly bytes: number; readonly pendingRows: number }
    >
  >;
  /** Bytes acknowledged and not yet in a file. */
  readonly journalBytes: number;
}

/** Whether a store can store telemetry, and if not, why. */
export type StoreHealth = { readonly kind: 'ok' } | { readonly kind: 'failing'; readonly reason: string };

/** A query that the caller got wrong: the message is for them, and says where, what was expected, what came. */
export class QueryError extends Error {
  override readonly name: string = 'QueryError';
}

/** A query that was stopped at a limit of memory, time or size. */
export class QueryLimitError extends QueryError {
  override readonly name = 'QueryLimitError';
}

/** A query of a store that is shut down or shutting down. */
export class StoreClosedError extends QueryError {
  override readonly name = 'StoreClosedError';
}

/** A query that was not begun because others run; the same query may succeed later. */
export class QueryBusyError extends QueryError {
  override readonly name = 'QueryBusyError';
}

/** A store that cannot be opened: another process has it, it is newer than this program, its folder is not writable. */
export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError';
}

/** What a store is opened with. */
export interface StoreOptions {
  readonly directory: string;
  /** Files whose newest row is older are removed. Default 7 days. */
  readonly retentionMillis?: number;
  /** When files exceed it together, the oldest go. Default 10 GB. */
  readonly maxBytes?: number;
  /** A file is written at this many waiting rows of a signal (default 250,000), or when the oldest waits longer than `maxFileAgeMillis` (default one hour). */
  readonly rowsPerFile?: number;
  readonly maxFileAgeMillis?: number;
  /** A file of the journal is closed at this many bytes. Default 64 MiB. */
  readonly segmentBytes?: number;
  /** Told of what happens in the background: files written, files removed, disk errors. */
  readonly onEvent?: (event: StoreEvent) => void;
}

export type StoreEvent =
  | {
      readonly kind: 'file-written';
      readonly signal: Signal;
      readonly rows: number;
      readonly bytes: number;
      readonly millis: number;
    }
  | { readonly kind: 'file-removed'; readonly path: string; readonly reason: 'age' | 'size' }
  /** The clock jumped ahead, so only `stepMillis` of telemetry is removed by age in an hour until retention has caught up. */
  | { readonly kind: 'retention-held'; readonly aheadMillis: number; readonly stepMillis: number }
  | { readonly kind: 'recovered'; readonly records: number; readonly cutBytes: number }
  /** A sentence without its full stop; trouble that lasts is told once. */
  | { readonly kind: 'error'; readonly message: string }
  /** Telemetry cannot be stored: `append` answers `retry` until `resumed`. */
  | { readonly kind: 'unavailable'; readonly reason: string }
  /** Telemetry can be stored again. */
  | { readonly kind: 'resumed' };
