import type { SelectedSpan } from '@otelier/store';
import type { Static } from '../values/static.ts';

/** What all spans of a trace have in common. */
export interface TraceFacts {
  readonly traceId: string;
  /** Empty if the trace has no root span. */
  readonly rootName: string;
  readonly rootServiceName: string;
  readonly start: bigint;
  readonly durationNanos: bigint;
  /** Numbers of spans and of failed spans, by service. */
  readonly services: ReadonlyMap<string, { readonly spans: number; readonly errors: number }>;
}

/** The position of a span in its trace. */
export interface SpanPosition {
  /** The nested set of the tree of spans: a span contains its descendants. */
  readonly left: number;
  readonly right: number;
  /** `left` of the parent; −1 for a root span and 0 for a span whose parent is not in the trace. */
  readonly parent: number;
  readonly childCount: number;
}

/** A span of a query. */
export interface QuerySpan {
  readonly span: SelectedSpan;
  /** Undefined if the query does not need the whole trace. */
  readonly trace: TraceFacts | undefined;
  readonly position: SpanPosition | undefined;
}

/** Spans of one trace that satisfy a query so far. */
export interface Spanset {
  readonly spans: readonly QuerySpan[];
  /** The groups and aggregates that were calculated, by their text. */
  readonly attributes: ReadonlyMap<string, Static>;
}
