/**
 * The shapes that otelier's own JSON API answers with, under `/api/v1`. The page imports these types and nothing else
 * of the gateway. Times are decimal text of nanoseconds since the epoch where they are exact (`…Nanos` as `string`)
 * and numbers of milliseconds where they only place something on an axis (`…Millis`). Durations are nanoseconds.
 *
 * Common parameters: `start`, `end` (milliseconds since the epoch, half open), `steps` (1 to 1,000), `limit`,
 * and any number of `where=FIELD OP VALUE` (`where=service = checkout`, `where=duration > 500ms`,
 * `where=attributes.http.route ~ ^/api`, `where=attributes.user.id exists`), all of which must hold.
 */
export type NanosText = string;

/** Answer to every failed request, with its HTTP status. */
export interface ApiError {
  readonly error: {
    /** Stable, for programs: `bad_request`, `not_found`, `forbidden`, `timeout`, `unavailable`, `internal`. */
    readonly code: string;
    /** For people: what was wrong, where, what was expected. */
    readonly message: string;
  };
}

/** `GET /api/v1/status` */
export interface Status {
  readonly version: string;
  readonly startedMillis: number;
  readonly nowMillis: number;
  /** Whether telemetry is being accepted. */
  readonly accepting: boolean;
  /** Where telemetry may be sent: one entry a listening receiver. */
  readonly endpoints: readonly {
    readonly component: string;
    readonly protocol: 'grpc' | 'http' | 'websocket' | 'udp';
    readonly address: string;
  }[];
  readonly process: ProcessStats;
  readonly store: StoreStatus | undefined;
}

export interface StoreStatus {
  readonly sizeBytes: number;
  readonly maxBytes: number;
  readonly oldestNanos: NanosText | undefined;
  readonly pendingRows: number;
  readonly journalBytes: number;
  readonly rows: Readonly<Record<string, number>>;
}

/** `GET /api/v1/services` */
export interface ServicesResponse {
  readonly services: readonly Service[];
}
export interface Service {
  readonly service: string;
  readonly version: string | undefined;
  readonly requests: number;
  readonly errors: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly spans: number;
  readonly logs: number;
  readonly lastSeenNanos: NanosText;
}

/** `GET /api/v1/red?group_by=service|route|none&service=…&steps=…` */
export interface RedResponse {
  readonly timesMillis: readonly number[];
  readonly stepMillis: number;
  readonly series: readonly {
    readonly key: string;
    readonly requests: readonly number[];
    readonly errors: readonly number[];
    readonly p50: readonly (number | null)[];
    readonly p95: readonly (number | null)[];
  }[];
}

/** `GET /api/v1/heatmap?service=…&steps=…` */
export interface HeatmapResponse {
  readonly timesMillis: readonly number[];
  readonly stepMillis: number;
  /** Lower bound of each row in nanoseconds. */
  readonly bounds: readonly number[];
  readonly counts: readonly (readonly number[])[];
  readonly p95: readonly (number | null)[];
}

/** `GET /api/v1/routes?service=…&limit=…` */
export interface RoutesResponse {
  readonly routes: readonly {
    readonly service: string;
    readonly name: string;
    readonly calls: number;
    readonly errors: number;
    readonly p95: number;
    readonly p99: number;
    readonly timeShare: number;
  }[];
}

/** `GET /api/v1/errors?service=…&steps=…&limit=…` */
export interface ErrorsResponse {
  readonly errors: readonly {
    readonly service: string;
    readonly type: string;
    readonly message: string;
    readonly spanName: string;
    readonly count: number;
    readonly firstSeenNanos: NanosText;
    readonly lastSeenNanos: NanosText;
    readonly steps: readonly number[];
    readonly sampleTraceId: string;
  }[];
}

/** `GET /api/v1/traces?where=…&text=…&limit=…&order=time|duration` */
export interface TracesResponse {
  readonly total: number;
  readonly traces: readonly TraceHit[];
}
export interface TraceHit {
  readonly traceId: string;
  readonly rootService: string;
  readonly rootName: string;
  readonly startNanos: NanosText;
  readonly durationNanos: number;
  readonly spanCount: number;
  readonly errorCount: number;
  readonly services: readonly string[];
  readonly error: { readonly service: string; readonly message: string } | undefined;
}

/** Attribute values as JSON; 64-bit integers beyond 2^53 as text, bytes as `{ "bytes": base64 }`. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };
export type JsonAttributes = Readonly<Record<string, JsonValue>>;

/** `GET /api/v1/traces/{traceId}`: 404 when unknown. */
export interface TraceResponse {
  readonly traceId: string;
  readonly spans: readonly Span[];
}
export interface Span {
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly traceState: string | undefined;
  readonly name: string;
  readonly kind: string;
  readonly startNanos: NanosText;
  readonly durationNanos: number;
  readonly statusCode: string;
  readonly statusMessage: string | undefined;
  readonly service: string;
  readonly scopeName: string;
  readonly attributes: JsonAttributes;
  readonly resourceAttributes: JsonAttributes;
  readonly events: readonly {
    readonly timeNanos: NanosText;
    readonly name: string;
    readonly attributes: JsonAttributes;
  }[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string; readonly attributes: JsonAttributes }[];
}

/** `GET /api/v1/logs?where=…&text=…&trace_id=…&span_id=…&order=newest|oldest&limit=…&after=…` */
export interface LogsResponse {
  readonly logs: readonly LogRecord[];
  /** Pass as `after` to go on; absent at the end. */
  readonly next: string | undefined;
}
/** Also the data of each `log` event of `GET /api/v1/logs/tail?where=…&text=…` (server-sent events; an event `skipped` with `{ count }` says what was too much to show). */
export interface LogRecord {
  readonly cursor: string;
  readonly timeNanos: NanosText;
  readonly observedTimeNanos: NanosText | undefined;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: string;
  readonly service: string;
  readonly scopeName: string;
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
  readonly eventName: string | undefined;
  readonly attributes: JsonAttributes;
  readonly resourceAttributes: JsonAttributes;
}

/** `GET /api/v1/logs/histogram?where=…&text=…&steps=…` */
export interface LogHistogramResponse {
  readonly timesMillis: readonly number[];
  readonly stepMillis: number;
  readonly total: number;
  readonly severities: Readonly<
    Record<'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'unspecified', readonly number[]>
  >;
}

/** `GET /api/v1/logs/facets?field=…` (repeatable) and `GET /api/v1/attributes?signal=…` */
export interface FacetsResponse {
  readonly facets: readonly {
    readonly field: string;
    readonly values: readonly { readonly value: string; readonly count: number }[];
  }[];
}

/** `GET /api/v1/metrics?match=…&limit=…` */
export interface MetricsResponse {
  readonly metrics: readonly {
    readonly name: string;
    readonly description: string;
    readonly unit: string;
    readonly kind: 'gauge' | 'sum' | 'histogram' | 'exponential_histogram' | 'summary';
    readonly monotonic: boolean;
    readonly temporality: 'delta' | 'cumulative' | 'unspecified';
    readonly seriesCount: number;
    readonly services: readonly string[];
  }[];
}

/** `GET /api/v1/metrics/labels?name=…`, and with `&key=…` the values of one. */
export interface MetricLabelsResponse {
  readonly labels: readonly { readonly key: string; readonly values: number }[];
}
export interface MetricLabelValuesResponse {
  readonly values: readonly { readonly value: string; readonly count: number }[];
}

/** `GET /api/v1/metrics/series?name=…&aggregate=rate|sum|avg|min|max|last|count|p50|p90|p95|p99&group_by=KEY…&where=…&steps=…&limit=…` */
export interface MetricSeriesResponse {
  readonly timesMillis: readonly number[];
  readonly stepMillis: number;
  readonly unit: string;
  readonly series: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly values: readonly (number | null)[];
    readonly exemplars: readonly {
      readonly timeMillis: number;
      readonly value: number;
      readonly traceId: string;
      readonly spanId: string;
    }[];
  }[];
}

/** `GET /api/v1/pipeline`, and each event `pipeline` of `GET /api/v1/pipeline/stream` (one a second). */
export interface PipelineGraph {
  readonly atMillis: number;
  readonly nodes: readonly PipelineNode[];
  readonly edges: readonly PipelineEdge[];
  readonly admission: { readonly inFlightBytes: number; readonly limitBytes: number; readonly refusedRequests: number };
  readonly process: ProcessStats;
}
export interface ProcessStats {
  readonly cpuCores: number;
  readonly rssBytes: number;
  /** JavaScript's objects, of all threads. */
  readonly heapBytes: number;
  /** Buffers and what else lies beside the heap, of all threads. */
  readonly externalBytes: number;
  /** Of the thread where it is longest. */
  readonly eventLoopDelayP99Millis: number;
  /** Only with `service.workers`: the part of `cpuCores` that each worker thread has used. */
  readonly workerCpuCores?: readonly number[];
}
export interface PipelineNode {
  /** Unique in the graph: `receiver:otlp`, `processor:traces/batch`, `exporter:traces:store`. */
  readonly id: string;
  readonly kind: 'receiver' | 'processor' | 'exporter' | 'connector';
  /** As the user wrote it: `batch/2`. */
  readonly component: string;
  readonly type: string;
  readonly signal: string | undefined;
  /** The pipeline it stands in; receivers and exporters may stand in several. */
  readonly pipelines: readonly string[];
  /** A few words on its configuration, such as `4317, 4318`. */
  readonly summary: string;
  readonly queue: { readonly sizeBytes: number; readonly limitBytes: number; readonly requests: number } | undefined;
  /** Words when something is wrong right now: `retrying, 503`. */
  readonly problem: string | undefined;
  /** Items this component dropped, by reason, since the start. */
  readonly dropped: Readonly<Record<string, number>>;
}
export interface PipelineEdge {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly signal: string;
  readonly pipeline: string;
  /** Totals since the start; rates come from the difference of two snapshots. */
  readonly items: number;
  readonly bytes: number;
  readonly batches: number;
  readonly refusedItems: number;
  readonly consumeMicros: number;
}

/** `POST /api/v1/sql` with `{ "statement": "…", "maxRows": 1000 }` */
export interface SqlResponse {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly JsonValue[])[];
  readonly truncated: boolean;
  readonly elapsedMillis: number;
}
