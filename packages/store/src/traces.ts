export interface TraceSearchResult {
  /** Total number of matching traces, which may exceed the number returned. */
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
  /** Service and message of the first failed span. */
  readonly error: { readonly service: string; readonly message: string } | undefined;
}

/** A trace by its id, in lowercase hex. */
export interface TraceIdQuery {
  readonly tenant: string;
  readonly traceId: string;
}

export interface TraceSpansQuery extends TraceIdQuery {
  /** Selects the spans with this id: usually one, several when senders repeat an id. Lowercase hex. */
  readonly spanId?: string;
}

export interface TraceTextQuery extends TraceIdQuery {
  /** Case-insensitive text in names, services, status messages, attribute keys and values; or a whole span id. */
  readonly text: string;
}

/**
 * A part of the outline of a trace. An unknown trace has no parts. Spans are oldest first, those that start at the same
 * time longest first.
 */
export type TraceOutlinePart = TraceOutlineHead | TraceOperations | OutlineSpans;

export interface TraceOutlineHead {
  readonly kind: 'head';
  readonly start: bigint;
  readonly durationNanos: number;
  readonly spanCount: number;
  readonly errorCount: number;
}

/** Operations, which spans name by their position among all operations of the outline. */
export interface TraceOperations {
  readonly kind: 'operations';
  readonly operations: readonly TraceOperation[];
}

/** What many spans have in common. */
export interface TraceOperation {
  readonly service: string;
  readonly name: string;
  readonly spanKind: string;
  readonly statusCode: string;
  /** Peer that a client or producer span names by its attributes (`peer.service`, `db.system.name` …). */
  readonly peer: string | undefined;
}

/** Spans as columns of equal length. */
export interface OutlineSpans {
  readonly kind: 'spans';
  readonly spanIds: readonly string[];
  /** Empty text for a span without parent. */
  readonly parentSpanIds: readonly string[];
  /** Positions of the spans' operations. */
  readonly operations: readonly number[];
  /** Nanoseconds since the start of the trace. */
  readonly offsets: readonly number[];
  readonly durations: readonly number[];
  /** Events by position of their span in this part; at most 100 of a span. */
  readonly events: readonly OutlineEvent[];
}

export interface OutlineEvent {
  readonly span: number;
  /** Nanoseconds since the start of the span. */
  readonly offset: number;
  readonly isException: boolean;
}
