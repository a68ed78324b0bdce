export interface TraceSearchResult {
  /** Total number of matching traces, which may exceed the number returned. */
  readonly total: number;
  /**
   * Set if `total` counts only the traces that were read: a search for the newest traces in a large range stops when it
   * has found them.
   */
  readonly totalIsLowerBound?: true;
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
  /** Where its failure began: the service, and the exception or the message of the status. */
  readonly error:
    | {
        readonly service: string;
        /** Type of the exception; empty without one. */
        readonly type: string;
        readonly message: string;
      }
    | undefined;
}

/** A query for a trace by its ID in lowercase hex. */
export interface TraceIdQuery {
  readonly tenant: string;
  readonly traceId: string;
}

export interface TraceSpansQuery extends TraceIdQuery {
  /** Selects the spans with this ID (lowercase hex): usually one, or several if a sender repeats an ID. */
  readonly spanId?: string;
}

export interface TraceTextQuery extends TraceIdQuery {
  /**
   * Case-insensitive search string for names, services, status messages, attribute keys and values, or a complete span
   * ID.
   */
  readonly text: string;
}

/**
 * A part of a trace's outline. An unknown trace has no parts. Spans are ordered oldest first and, among spans with the
 * same start time, longest first.
 */
export type TraceOutlinePart = TraceOutlineHead | TraceOperations | OutlineSpans;

export interface TraceOutlineHead {
  readonly kind: 'head';
  readonly start: bigint;
  readonly durationNanos: number;
  readonly spanCount: number;
  readonly errorCount: number;
}

/** Operations. Spans refer to them by index among all operations of the outline. */
export interface TraceOperations {
  readonly kind: 'operations';
  readonly operations: readonly TraceOperation[];
}

/** The properties that many spans share. */
export interface TraceOperation {
  readonly service: string;
  readonly name: string;
  readonly spanKind: string;
  readonly statusCode: string;
  /** The peer named by a client or producer span's attributes (`peer.service`, `db.system.name` …). */
  readonly peer: string | undefined;
}

/** Spans in columnar form. All columns have the same length. */
export interface OutlineSpans {
  readonly kind: 'spans';
  readonly spanIds: readonly string[];
  /** Empty for a span without a parent. */
  readonly parentSpanIds: readonly string[];
  /** Index of each span's operation. */
  readonly operations: readonly number[];
  /** Start of each span in nanoseconds since the start of the trace. */
  readonly offsets: readonly number[];
  readonly durations: readonly number[];
  /** Events, each with the index of its span in this part. At most 100 per span. */
  readonly events: readonly OutlineEvent[];
}

export interface OutlineEvent {
  readonly span: number;
  /** Nanoseconds since the start of the span. */
  readonly offset: number;
  readonly isException: boolean;
}
