import type { ItemFilter } from './items.ts';
import type { TraceIdQuery } from './traces.ts';
import type { RangeQuery } from './values.ts';

/** Which variable parts of spans a query returns. Parts that are left out are empty. */
export interface SpanParts {
  /** Span attributes with these keys, or all of them. */
  readonly attributes?: 'all' | readonly string[];
  readonly resource?: boolean;
  /** The attributes of the instrumentation scope. */
  readonly scope?: boolean;
  readonly events?: boolean;
  readonly links?: boolean;
}

/** Selects spans. */
export interface SelectSpansQuery extends RangeQuery {
  readonly filter?: ItemFilter;
  /** Selects the spans of these traces (lowercase hex) at any time, regardless of the range. */
  readonly traceIds?: readonly string[];
  readonly parts: SpanParts;
  /** `newest` returns the newest spans first; without it, the order is undefined. */
  readonly order?: 'newest';
}

/**
 * An attribute value whose type is the recorded one: integers are `bigint`, doubles are `number`, and bytes are base64
 * in `{ bytes }`.
 */
export type RecordedValue =
  | string
  | boolean
  | bigint
  | number
  | null
  | readonly RecordedValue[]
  | { readonly [key: string]: RecordedValue };
export type RecordedAttributes = ReadonlyMap<string, RecordedValue>;

/** A span with the types of its attributes. IDs are lowercase hex; a missing parent, name or message is empty. */
export interface SelectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  /** Span kind, such as `SERVER`. */
  readonly kind: string;
  readonly start: bigint;
  readonly durationNanos: bigint;
  /** Status code: `UNSET`, `OK` or `ERROR`. */
  readonly statusCode: string;
  readonly statusMessage: string;
  readonly service: string;
  readonly scopeName: string;
  readonly scopeVersion: string;
  readonly attributes: RecordedAttributes;
  readonly resourceAttributes: RecordedAttributes;
  readonly scopeAttributes: RecordedAttributes;
  readonly events: readonly SelectedEvent[];
  readonly links: readonly SelectedLink[];
}

export interface SelectedEvent {
  readonly time: bigint;
  readonly name: string;
  readonly attributes: RecordedAttributes;
}

export interface SelectedLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: RecordedAttributes;
}

/** The parts of a store that return spans as they were recorded. */
export interface SpansCapability {
  /** Streams spans in parts of bounded size. */
  selectSpans(query: SelectSpansQuery): AsyncIterable<readonly SelectedSpan[]>;
  /** Exports a trace as OTLP requests equal to the received ones; none if the trace is unknown. */
  exportTrace(query: TraceIdQuery): AsyncIterable<Uint8Array>;
}
