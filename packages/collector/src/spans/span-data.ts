/** A value of an attribute: text, bytes, a Boolean, an integer (`bigint`) or a floating-point number (`number`). */
export type SpanAttribute = string | boolean | bigint | number | Uint8Array;

/** Attributes in order, by key. */
export type SpanAttributes = Map<string, SpanAttribute>;

/** The spans of one resource, decoded from another protocol. */
export interface ResourceSpansData {
  readonly attributes: SpanAttributes;
  readonly scopes: ScopeSpansData[];
}

/** The spans of one instrumentation scope. */
export interface ScopeSpansData {
  readonly name: string;
  readonly version: string;
  readonly spans: SpanData[];
}

/** A span of another protocol. IDs that are empty or zero are missing, and times are nanoseconds since the Unix epoch. */
export interface SpanData {
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly parentSpanId: Uint8Array;
  readonly traceState: string;
  /** W3C trace flags. */
  readonly flags: number;
  readonly name: string;
  readonly kind: SpanKind;
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: SpanAttributes;
  readonly events: readonly EventData[];
  readonly links: readonly LinkData[];
  readonly status: StatusData;
}

/** An event of a span. */
export interface EventData {
  readonly time: bigint;
  readonly name: string;
  readonly attributes: SpanAttributes;
  readonly droppedAttributesCount: number;
}

/** A link to another span. */
export interface LinkData {
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly traceState: string;
  readonly attributes: SpanAttributes;
  readonly droppedAttributesCount: number;
}

/** The status of a span. */
export interface StatusData {
  readonly code: number;
  readonly message: string;
}

/** The kinds of spans in OTLP. */
export const SPAN_KIND = { unspecified: 0, internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;

/** The kind of a span in OTLP. */
export type SpanKind = (typeof SPAN_KIND)[keyof typeof SPAN_KIND];

/** The status codes of OTLP. */
export const STATUS_CODE = { unset: 0, ok: 1, error: 2 } as const;
