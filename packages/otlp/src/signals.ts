/** The kinds of telemetry that OTLP carries. */
export type Signal = 'traces' | 'metrics' | 'logs' | 'profiles';

/**
 * All that shared code needs to know of a signal, as data: field numbers on the way from the export request to the
 * item, paths, names. Code that serves all signals reads this table and never compares a signal's name.
 */
export interface SignalDefinition {
  readonly signal: Signal;
  /** Path of OTLP/HTTP (specification, "OTLP/HTTP Request"). */
  readonly httpPath: string;
  /** Fully qualified gRPC service; the method is always `Export`. */
  readonly grpcService: string;
  /** What one item is called, for messages to people. */
  readonly itemNoun: { readonly one: string; readonly many: string };
  /** Field of the request that holds each resource with its telemetry. */
  readonly resourceField: number;
  /** Field of the resource level that holds each scope with its telemetry. */
  readonly scopeField: number;
  /** Field of the scope level that holds each item (for metrics: each metric, see `points`). */
  readonly itemField: number;
  /**
   * Only where items are one level further down: the fields of a metric that hold its data (gauge, sum, histogram,
   * exponential histogram, summary), and the field of the data that holds each point. An item is then a point.
   */
  readonly points: { readonly dataFields: readonly number[]; readonly pointField: number } | undefined;
  /** Field of the item that holds its trace id, where it has one. */
  readonly traceIdField: number | undefined;
  /** Whether two requests may be joined by concatenation. Profiles share a dictionary and may not. */
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

/** Every signal, in the order in which they are shown. */
export const SIGNAL_NAMES: readonly Signal[] = ['traces', 'metrics', 'logs', 'profiles'];
