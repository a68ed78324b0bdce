import type { Condition } from '../requests.ts';
import type { TraceIdQuery } from '../traces.ts';
import type { RangeQuery } from '../values.ts';

/** Selects traces with a span in the range that satisfies the conditions. */
export interface MatchingTraces extends RangeQuery {
  /** Conditions that a single span must satisfy together. */
  readonly conditions: readonly Condition[];
  /** Case-insensitive search string for span names, attribute values and status messages. */
  readonly text?: string;
}

export interface TraceHeatmapQuery extends MatchingTraces {
  readonly steps: number;
}

/** Traces by start time and duration. */
export interface TraceHeatmap {
  readonly times: readonly bigint[];
  /** Lower bound of each bucket in nanoseconds, ascending. Durations below the first bound are in the first bucket. */
  readonly bounds: readonly number[];
  /** Trace counts as `counts[step][bucket]`. */
  readonly counts: readonly (readonly number[])[];
  /** Counts of traces with a failed span. */
  readonly failed: readonly (readonly number[])[];
  /** One in this many traces was read, and counts are scaled accordingly. */
  readonly sampling: number;
}

/** Traces that started in a range of time and took a certain time. */
export interface TraceBox {
  readonly start: bigint;
  readonly end: bigint;
  readonly minDurationNanos: number;
  readonly maxDurationNanos: number;
}

export interface PopulationsQuery extends MatchingTraces {
  /** The selected traces. A selected trace is in the box and has a span that satisfies all conditions. */
  readonly selection: TraceBox & { readonly conditions: readonly Condition[] };
  /** The traces to compare with: all that are not selected, or only those that started before the selection. */
  readonly baseline: 'rest' | 'before';
}

/** A population of traces: their number, and how many were read. */
export interface Population {
  readonly total: number;
  readonly read: number;
  /** A trace with the median duration of those that were read. */
  readonly sampleTraceId: string | undefined;
}

/** How many of the traces that were read have a value. */
export interface ValueShare {
  readonly value: string;
  /** The range of a numeric value that is compared as a range. */
  readonly range?: { readonly from: number; readonly below: number };
  readonly selected: number;
  readonly baseline: number;
}

/** A property in which two populations differ. */
export interface PopulationDifference {
  /**
   * `attribute` and `resource`: an attribute of a service's spans or resource. `span`: an operation that is in the
   * trace. `calls`: the number of calls of an operation. `status`: a failed span.
   */
  readonly kind: 'attribute' | 'resource' | 'span' | 'calls' | 'status';
  readonly service: string;
  /** The attribute's key, or the operation's name. */
  readonly key: string;
  /** Whether the property is a result of what the trace did, and therefore rarely a cause. */
  readonly isOutcome: boolean;
  /** The value that differs most. */
  readonly best: ValueShare;
  /** Difference of the shares of traces, from −1 to 1. */
  readonly difference: number;
  /** The part of the difference that is not explained by chance: its absolute value less two standard errors. */
  readonly effect: number;
  /** The values that differ most, including the best. */
  readonly values: readonly ValueShare[];
  /** Identifies the set of traces with the best value. Equal marks cannot be told apart in these traces. */
  readonly mark: string;
}

/** The time that traces spend in an operation. */
export interface TimeDifference {
  readonly service: string;
  readonly name: string;
  /** Median of the sum of durations in a trace. */
  readonly selectedNanos: number;
  readonly baselineNanos: number;
  readonly selected: number;
  readonly baseline: number;
}

/** How two populations of traces differ. Differences are in order of effect, times in order of change. */
export interface PopulationsComparison {
  readonly selected: Population;
  readonly baseline: Population;
  readonly differences: readonly PopulationDifference[];
  readonly times: readonly TimeDifference[];
}

/** A value and the number of spans that have it. */
export interface SpanValue {
  readonly value: string;
  readonly count: number;
}

/** What refers to a trace from elsewhere. */
export interface TraceReferences {
  /** Spans of other traces that link to a span of the trace, latest first. */
  readonly links: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly service: string;
    readonly name: string;
    readonly start: bigint;
    /** The span of the trace that is linked to. */
    readonly toSpanId: string;
  }[];
  /** Exemplars of metrics that were recorded in the trace. */
  readonly exemplars: readonly {
    readonly metric: string;
    readonly unit: string;
    readonly service: string;
    readonly time: bigint;
    readonly value: number;
    readonly spanId: string;
  }[];
}

export interface ServiceGraphQuery extends RangeQuery {
  /** Maximum number of edges to return, those with the most calls first. */
  readonly limit: number;
}

/** The calls from one service to another, or to a peer that sends no spans. */
export interface ServiceGraphEdge {
  readonly caller: string;
  readonly called: string;
  /** Key of the caller's attribute that names the peer. Absent if a service is called. */
  readonly peerAttribute?: string;
  /** Whether all calls are messages. */
  readonly isMessage: boolean;
  readonly calls: number;
  readonly errors: number;
  /** Percentiles of the durations in nanoseconds. */
  readonly p50: number;
  readonly p95: number;
}

/** The calls between services in a range, most calls first. */
export interface ServiceGraph {
  readonly edges: readonly ServiceGraphEdge[];
  /** Number of edges, including those beyond the limit. */
  readonly total: number;
  /** One in this many traces was read, and counts are scaled accordingly. */
  readonly sampling: number;
}

export interface FailedSpansQuery extends RangeQuery {
  /** Number of spans to return, approximately. If there are more, only some of the traces are read. */
  readonly limit: number;
}

/** A span with the status error. What is not recorded is empty. */
export interface FailedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly service: string;
  readonly name: string;
  /** Span kind, such as `SERVER`. */
  readonly kind: string;
  readonly start: bigint;
  readonly statusMessage: string;
  /** The type and the message, of at most 1,000 characters, of the last exception event. */
  readonly exceptionType: string;
  readonly exceptionMessage: string;
  /** The attribute `http.response.status_code`. */
  readonly httpStatus: string;
  /** What a client or producer span called, as in `ServiceGraphEdge`. */
  readonly peer: string;
  readonly version: string;
  /** The attribute `service.instance.id`, `k8s.pod.name` or `host.name` of the resource. */
  readonly instance: string;
  /** The attribute `user.id` or `enduser.id`. */
  readonly user: string;
}

/** The failed spans of whole traces in a range. */
export interface FailedSpans {
  readonly spans: readonly FailedSpan[];
  /** One in this many traces was read. */
  readonly sampling: number;
}

/** The parts of a store that examine sets of traces. */
export interface PopulationsCapability {
  /** Returns the most frequent values of a field, named as in conditions, among the matching spans. */
  spanValues(query: MatchingTraces & { readonly field: string; readonly limit: number }): Promise<readonly SpanValue[]>;
  /** Returns what refers to a trace in a range. */
  traceReferences(query: TraceIdQuery & RangeQuery): Promise<TraceReferences>;
  traceHeatmap(query: TraceHeatmapQuery): Promise<TraceHeatmap>;
  /** Returns the calls between services, and to their peers. */
  serviceGraph(query: ServiceGraphQuery): Promise<ServiceGraph>;
  /** Returns the failed spans in a range, from which chains of failed calls follow. */
  failedSpans(query: FailedSpansQuery): Promise<FailedSpans>;
  /** Compares the traces in a selection with others. Reads a limited sample of both. */
  comparePopulations(query: PopulationsQuery): Promise<PopulationsComparison>;
}
