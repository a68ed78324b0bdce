/** The kinds of telemetry that OTLP defines. */
export type Signal = 'traces' | 'metrics' | 'logs' | 'profiles';

/**
 * The properties of a signal that shared code needs, as data: field numbers on the path from the export request to the
 * item, paths, and names. Code for all signals reads this table and never compares signal names.
 */
export interface SignalDefinition {
  readonly signal: Signal;
  /** OTLP/HTTP path (specification, "OTLP/HTTP Request"). */
  readonly httpPath: string;
  /** Fully qualified gRPC service name. The method is always `Export`. */
  readonly grpcService: string;
  /** Noun for an item, used in messages. */
  readonly itemNoun: { readonly one: string; readonly many: string };
  /** Request field that contains each resource with its telemetry. */
  readonly resourceField: number;
  /** Field at the resource level that contains each scope with its telemetry. */
  readonly scopeField: number;
  /** Field at the scope level that contains each item (for metrics, each metric; see `points`). */
  readonly itemField: number;
  /**
   * Set if items are one level further down: the `Metric` fields that contain its data (gauge, sum, histogram,
   * exponential histogram, summary), and the data field that contains each point. The points are then the items.
   */
  readonly points: { readonly dataFields: readonly number[]; readonly pointField: number } | undefined;
  /** Item field that contains its trace ID, if it has one. */
  readonly traceIdField: number | undefined;
  /**
   * Whether the concatenation of two requests is a valid request. Profiles share a dictionary and cannot be
   * concatenated.
   */
  readonly mergeable: boolean;
}

/** The table of signals (opentelemetry-proto 1.x, `collector/<signal>/v1/<signal>_service.proto`). */
export const SIGNALS: Readonly<Record<Signal, SignalDefinition>> = {
  traces: {
    signal: 'traces',
    httpPath: '/v1/traces',
    grpcService: 'opentelemetry.proto.collector.trace.v1.TraceService',
    itemNoun: { one: 'span', many: 'spans' },
    resourceField: 1,
    scopeField: 2,
    itemField: 2,
    points: undefined,
    traceIdField: 1,
    mergeable: true,
  },
  metrics: {
    signal: 'metrics',
    httpPath: '/v1/metrics',
    grpcService: 'opentelemetry.proto.collector.metrics.v1.MetricsService',
    itemNoun: { one: 'data point', many: 'data points' },
    resourceField: 1,
    scopeField: 2,
    itemField: 2,
    points: { dataFields: [5, 7, 9, 10, 11], pointField: 1 },
    traceIdField: undefined,
    mergeable: true,
  },
  logs: {
    signal: 'logs',
    httpPath: '/v1/logs',
    grpcService: 'opentelemetry.proto.collector.logs.v1.LogsService',
    itemNoun: { one: 'log record', many: 'log records' },
    resourceField: 1,
    scopeField: 2,
    itemField: 2,
    points: undefined,
    traceIdField: 9,
    mergeable: true,
  },
  profiles: {
    signal: 'profiles',
    httpPath: '/v1development/profiles',
    grpcService: 'opentelemetry.proto.collector.profiles.v1development.ProfilesService',
    itemNoun: { one: 'profile', many: 'profiles' },
    resourceField: 1,
    scopeField: 2,
    itemField: 2,
    points: undefined,
    traceIdField: undefined,
    mergeable: false,
  },
};

/** All signals, in display order. */
export const SIGNAL_NAMES: readonly Signal[] = ['traces', 'metrics', 'logs', 'profiles'];
