import type { Batch, Outcome, Signal } from '@otelier/otlp';
import type { BackupResult } from './backup/contract.ts';
import type { StoreEncryptionOptions } from './encryption/contract.ts';
import type { HoldsCapability } from './holds/contract.ts';
import type { ItemsCapability, SelectedLog } from './items.ts';
import type { PopulationsCapability } from './populations/contract.ts';
import type { Purpose, PurposesStats } from './purposes/contract.ts';
import type {
  Condition,
  ErrorGroup,
  Heatmap,
  QueryCaller,
  RedSeries,
  RouteSummary,
  ServiceSummary,
} from './requests.ts';
import type { SamplesCapability } from './samples.ts';
import type { SpansCapability } from './spans.ts';
import type { SqlCapability } from './sql.ts';
import type { SubjectsCapability } from './subjects/contract.ts';
import type { StoredSums, TenantStats, TenantsCapability } from './tenants/contract.ts';
import type { TraceIdQuery, TraceOutlinePart, TraceSearchResult, TraceSpansQuery, TraceTextQuery } from './traces.ts';
import type { Attributes, MetricKind, NearestData, RangeQuery } from './values.ts';
import type { VolumesCapability } from './volumes/contract.ts';

export type { StoreEncryptionOptions } from './encryption/contract.ts';
export type * from './holds/contract.ts';
export type * from './items.ts';
export type * from './populations/contract.ts';
export type * from './purposes/contract.ts';
export type * from './requests.ts';
export type * from './samples.ts';
export type * from './spans.ts';
export type * from './sql.ts';
export type * from './subjects/contract.ts';
export type * from './tenants/contract.ts';
export type * from './traces.ts';
export type * from './values.ts';
export type * from './volumes/contract.ts';

/**
 * A telemetry store. Every call names a tenant, and a tenant never sees another tenant's rows. Times are nanoseconds
 * since the epoch as `bigint`, and durations are nanoseconds. Ranges are half-open: `start <= time < end`. Every query
 * sees all rows that `append` acknowledged before the query started.
 *
 * Counts are exact. Percentiles of durations (`p50` to `p99`) differ from a duration in the range by at most 1.8 % or a
 * nanosecond; they are exact for the longest duration, and if all durations are equal. Negative durations count as 0.
 *
 * The span, log, series and aggregate queries do not depend on the engine, so that another engine can implement them. A
 * store with SQL support provides `sql`.
 */
export interface Store extends ItemsCapability, SamplesCapability, SpansCapability, VolumesCapability {
  /** Appends a batch. `accepted` means that it is durable (fsync); a full store returns `retry`. */
  append(batch: Batch): Promise<Outcome>;

  /** Resolves when all earlier appends are acknowledged or rejected, so that queries see what will be acknowledged. */
  settled(): Promise<void>;

  /** Resolves when all earlier appends are in files. Used by tests, backup and shutdown. */
  flush(): Promise<void>;

  /** Returns the same store for queries of a caller, which are canceled when the caller's signal aborts. */
  for?(caller: QueryCaller): Store;

  services(query: RangeQuery): Promise<readonly ServiceSummary[]>;
  /** Returns request rates, errors and durations (RED) in steps, by service or route. */
  red(query: RedQuery): Promise<readonly RedSeries[]>;
  /** Returns the durations of server and consumer spans over time, as counts in logarithmic buckets. */
  durationHeatmap(query: HeatmapQuery): Promise<Heatmap>;
  /** Returns the slowest and busiest operations by their share of total time. */
  routes(query: RangeQuery & { readonly service?: string; readonly limit: number }): Promise<readonly RouteSummary[]>;
  /** Returns failed spans, grouped by exception type or status message. */
  errors(
    query: RangeQuery & { readonly service?: string; readonly steps: number; readonly limit: number },
  ): Promise<readonly ErrorGroup[]>;

  searchTraces(query: TraceQuery): Promise<TraceSearchResult>;
  /** Streams a trace's spans in parts, oldest first; empty if the trace is unknown. */
  trace(query: TraceSpansQuery): AsyncIterable<readonly SpanRow[]>;
  /** Streams the data for a waterfall view of a trace: the head first, then operations, then spans. */
  traceOutline(query: TraceIdQuery): AsyncIterable<TraceOutlinePart>;
  /** Returns the IDs of a trace's spans that contain a string, in any order. */
  findSpans(query: TraceTextQuery): Promise<readonly string[]>;

  searchLogs(query: LogQuery): Promise<readonly LogRow[]>;
  /** Returns log record counts in steps, by severity. */
  logHistogram(query: LogQuery & { readonly steps: number }): Promise<readonly LogHistogramStep[]>;
  /**
   * Returns the most frequent values of a field among the matching records, with exact counts. If a field has more than
   * 100,000 different values, or more than 4 MB of them, some that are not frequent may be missing.
   */
  logFacet(query: LogQuery & { readonly field: string }): Promise<readonly FacetValue[]>;

  /** Returns metrics by name. `match` is a case-insensitive substring of the name. */
  metricNames(
    query: RangeQuery & { readonly match?: string; readonly limit: number },
  ): Promise<readonly MetricSummary[]>;
  /** Returns a metric's attribute keys, with the number of distinct values of each. */
  metricLabels(query: RangeQuery & { readonly name: string }): Promise<readonly LabelSummary[]>;
  labelValues(
    query: RangeQuery & { readonly name: string; readonly key: string; readonly limit: number },
  ): Promise<readonly FacetValue[]>;
  /** Returns the points of the largest matching series, in steps, and the total number of matching series. */
  metricSeries(query: MetricSeriesQuery): Promise<{ readonly series: readonly MetricSeries[]; readonly total: number }>;

  /** Returns the attribute keys of spans or logs in the range, for autocompletion. */
  attributeKeys(
    query: RangeQuery & { readonly signal: Signal; readonly limit: number },
  ): Promise<readonly FacetValue[]>;

  /** Returns where a signal's telemetry is, as a hint for a query that finds nothing in its range. */
  nearestData(query: RangeQuery & { readonly signal: Signal }): Promise<NearestData>;

  /** Exports stored telemetry as OTLP requests equal to the received ones, of at most a few megabytes each. */
  export(query: ExportQuery): AsyncIterable<Uint8Array>;

  /**
   * Backs up the store to a directory while it is running: everything acknowledged before, and of an earlier backup in
   * the same directory only what is new.
   */
  backup(directory: string): Promise<BackupResult>;

  stats(): Promise<StoreStats>;

  /** Reports whether telemetry can be stored. If not, `append` returns `retry`. */
  health(): StoreHealth;

  /** Like `health`, but first checks that the store's directory still exists. For health checks of an idle store. */
  checkHealth(): Promise<StoreHealth>;

  /** Comparison of sets of traces, if the engine supports it. */
  readonly populations?: PopulationsCapability | undefined;

  /** Read-only SQL, if the engine supports it. */
  readonly sql: SqlCapability | undefined;

  /** Limits and removal of single tenants, if the engine supports them. Administrators use them, not queries. */
  readonly tenants?: TenantsCapability | undefined;

  /** Search and erasure of what is stored of a person, if the engine supports them. */
  readonly subjects?: SubjectsCapability | undefined;

  /** Legal holds, if the engine supports them. */
  readonly holds?: HoldsCapability | undefined;

  /** Waits for pending appends, then stops the threads and unlocks the directory. Safe to call more than once. */
  close(): Promise<void>;
}

export interface RedQuery extends RangeQuery {
  readonly steps: number;
  readonly service?: string;
  readonly groupBy: 'service' | 'route' | 'none';
  /** Conditions that a request must satisfy. */
  readonly conditions?: readonly Condition[];
}

export interface HeatmapQuery extends RangeQuery {
  readonly steps: number;
  readonly service?: string;
  /** Conditions that a request must satisfy. */
  readonly conditions?: readonly Condition[];
}

export interface TraceQuery extends RangeQuery {
  /** Conditions that a single span must satisfy together. */
  readonly conditions: readonly Condition[];
  /** Case-insensitive search string for span names, attribute values and status messages. */
  readonly text?: string;
  readonly limit: number;
  readonly orderBy: 'time' | 'duration';
}

export interface SpanRow {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly traceState: string | undefined;
  readonly name: string;
  /** Span kind, such as `SERVER` or `CLIENT`. */
  readonly kind: string;
  readonly start: bigint;
  readonly durationNanos: number;
  /** Status code: `UNSET`, `OK` or `ERROR`. */
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
  /** Case-insensitive search string for bodies and attribute values. */
  readonly text?: string;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly limit: number;
  readonly order: 'newest' | 'oldest';
  /** Cursor of the record after which the page starts (`LogRow.cursor`). */
  readonly after?: string;
}

export interface LogRow extends SelectedLog {
  readonly cursor: string;
}

export interface LogHistogramStep {
  readonly time: bigint;
  /** Record counts per severity. */
  readonly counts: Readonly<Record<SeverityName, number>>;
}
export type SeverityName = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'unspecified';

export interface FacetValue {
  readonly value: string;
  readonly count: number;
}

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
  /** Conditions on `attributes.KEY`, `resource.KEY` and `service`. */
  readonly conditions: readonly Condition[];
  /** Labels to group by: point attribute keys, `service` or `resource.KEY`. Missing values are `''`. */
  readonly groupBy: readonly string[];
  /**
   * `rate` is the per-second rate, corrected for resets (monotonic sums and histogram counts). A point's increase is
   * spread over the time since the previous point, so that steps shorter than the collection interval do not oscillate.
   * `p50`…`p99` are computed from histograms. `sum`, `avg`, `min`, `max`, `last` and `count` apply to the points in a
   * step.
   */
  readonly aggregate: 'rate' | 'sum' | 'avg' | 'min' | 'max' | 'last' | 'count' | 'p50' | 'p90' | 'p95' | 'p99';
  readonly steps: number;
  /** Maximum number of series to return, largest first. */
  readonly limit: number;
}

export interface MetricSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly times: readonly bigint[];
  /** Values per step; `undefined` for steps without points. */
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
  /** Per signal, the number of files, their rows and bytes, and the rows that are only in the journal. */
  readonly signals: Readonly<Record<string, StoredSums>>;
  /** By tenant, in the order of their names, if the engine tells them apart. */
  readonly tenants?: readonly TenantStats[] | undefined;
  /** What is stored for which purpose, if there are purposes. */
  readonly purposes?: PurposesStats | undefined;
  /** What legal holds keep, if there are some. */
  readonly held?: HeldStats | undefined;
  /** Size of acknowledged data that is not yet in a file, in bytes. */
  readonly journalBytes: number;
}

/** The legal holds of a store, and the files that they keep. */
export interface HeldStats {
  readonly holds: number;
  readonly files: number;
  readonly rows: number;
  readonly bytes: number;
}

/** Whether a store can store telemetry and, if not, why. */
export type StoreHealth = { readonly kind: 'ok' } | { readonly kind: 'failing'; readonly reason: string };

/** An invalid query. The message states the position, what was expected and what was received. */
export class QueryError extends Error {
  override readonly name: string = 'QueryError';
}

/** A query that exceeded a memory, time or size limit. */
export class QueryLimitError extends QueryError {
  override readonly name = 'QueryLimitError';
}

/** A query to a store that is closed or closing. */
export class StoreClosedError extends QueryError {
  override readonly name = 'StoreClosedError';
}

/** A query that was not started because too many are running. Retrying it later may succeed. */
export class QueryBusyError extends QueryError {
  override readonly name = 'QueryBusyError';
}

/** A store that cannot be opened because it is locked, read-only, or was written by a newer version of the program. */
export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError';
}

/** Limits of the files of single signals. */
export type SignalRetention = Readonly<
  Partial<Record<Signal, { readonly maxAgeMillis?: number | undefined; readonly maxBytes?: number | undefined }>>
>;

/** Why files were removed: the age or size limit of their signal, or the size limit of their tenant or of the store. */
export type RemovalReason = 'age' | 'signal-size' | 'tenant-size' | 'size';

/** Options for a store. */
export interface StoreOptions {
  readonly directory: string;
  /** Age at which files are removed, measured from their newest row, in milliseconds. Default 7 days. */
  readonly retentionMillis?: number;
  /** Maximum total file size in bytes, beyond which the oldest files are removed. Default 10 GB. */
  readonly maxBytes?: number;
  /** Limits of single signals. A signal's age replaces `retentionMillis`; its size applies in addition to `maxBytes`. */
  readonly retention?: SignalRetention;
  /** Why some items are removed earlier or kept longer than others of their signal. Default: none. */
  readonly purposes?: readonly Purpose[];
  /**
   * Number of a signal's pending rows at which a file is written (default 250,000). A file is also written when the
   * oldest row is older than `maxFileAgeMillis` (default one hour).
   */
  readonly rowsPerFile?: number;
  readonly maxFileAgeMillis?: number;
  /** Size at which a new journal segment is started, in bytes. Default 64 MiB. */
  readonly segmentBytes?: number;
  /** How files and journals are encrypted. Default: they are not. */
  readonly encryption?: StoreEncryptionOptions | undefined;
  /** Called for background events: files written or removed, and disk errors. */
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
  /** Retention removed files of a signal. `newest` is the time of their newest row. */
  | {
      readonly kind: 'files-removed';
      readonly signal: Signal;
      readonly reason: RemovalReason;
      readonly files: number;
      readonly rows: number;
      readonly bytes: number;
      readonly newest: bigint;
    }
  /** Items of a file were removed whose longest purpose this is; `''` stands for none. The others of the file stay. */
  | {
      readonly kind: 'items-removed';
      readonly signal: Signal;
      readonly purpose: string;
      readonly items: number;
      readonly file: string;
    }
  /** The clock jumped ahead. Until retention by age catches up, it removes `stepMillis` of telemetry per hour. */
  | { readonly kind: 'retention-held'; readonly aheadMillis: number; readonly stepMillis: number }
  | { readonly kind: 'recovered'; readonly records: number; readonly cutBytes: number }
  /** A sentence without the final period. A persistent error is reported once. */
  | { readonly kind: 'error'; readonly message: string }
  /** Telemetry cannot be stored: `append` returns `retry` until `resumed`. */
  | { readonly kind: 'unavailable'; readonly reason: string }
  /** Telemetry can be stored again. */
  | { readonly kind: 'resumed' };
