export interface ServiceSummary {
  readonly service: string;
  readonly version: string | undefined;
  /** Number of server and consumer spans, or of root spans for services without them. */
  readonly requests: number;
  readonly errors: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly spans: number;
  readonly logs: number;
  readonly lastSeen: bigint;
}

export interface RedSeries {
  /** The service, the route, or `''`. */
  readonly key: string;
  /** Start time of each step. */
  readonly times: readonly bigint[];
  readonly requests: readonly number[];
  readonly errors: readonly number[];
  readonly p50: readonly (number | undefined)[];
  readonly p95: readonly (number | undefined)[];
}

export interface Heatmap {
  readonly times: readonly bigint[];
  /** Lower bound of each bucket in nanoseconds, ascending. */
  readonly bounds: readonly number[];
  /** Request counts as `counts[step][bucket]`. */
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
  /** Fraction of the total time spent in server spans, from 0 to 1. */
  readonly timeShare: number;
}

export interface ErrorGroup {
  readonly service: string;
  /** The exception type, an HTTP status such as `HTTP 502`, or `Error`. */
  readonly type: string;
  readonly message: string;
  readonly spanName: string;
  readonly count: number;
  readonly firstSeen: bigint;
  readonly lastSeen: bigint;
  readonly steps: readonly number[];
  readonly sampleTraceId: string;
}

/** The caller of a query. */
export interface QueryCaller {
  /** Key that identifies the client, such as an address. Clients take turns when only few statements can run. */
  readonly client: string;
  /** Cancels the queries. */
  readonly signal: AbortSignal;
  /** Memory that each query may use in the engine, if it is less than what the store permits. */
  readonly memoryBytes?: number;
}

/**
 * A condition on one field. Fields are `name`, `kind`, `status`, `service`, `duration` (nanoseconds), `severity` (the
 * severity number), `body`, `attributes.KEY`, `resource.KEY` and `scope.name`. A missing field satisfies no condition,
 * not even `!=` or `!~`.
 */
export interface Condition {
  readonly field: string;
  readonly op: '=' | '!=' | '>' | '>=' | '<' | '<=' | '~' | '!~' | 'exists';
  /** Compared numerically when both sides are numbers, otherwise as a string. `~` takes an RE2 regular expression. */
  readonly value: string | number | boolean;
  /** Alternatives: the condition holds if its comparison holds, or one of these. They may be on other fields. */
  readonly or?: readonly Condition[];
}

/** Returns a condition without its alternatives, and these, with theirs. */
export function alternativesOf({ or = [], ...own }: Condition): readonly Condition[] {
  return [own, ...or.flatMap(alternativesOf)];
}
