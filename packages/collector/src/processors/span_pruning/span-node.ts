import {
  findField,
  payloadEnd,
  payloadStart,
  readString,
  readVarintLow,
  SPAN_FIELDS,
  STATUS_FIELDS,
} from '@otelier/otlp';

/** A byte range within a request. */
export interface SpanRange {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly scope: Scope;
}

/** The encoded scope message of spans, compared by identity. */
export interface Scope {
  readonly start: number;
}

/** A span in the tree of its trace. */
export class SpanNode {
  readonly range: SpanRange;
  readonly id: string;
  readonly parentId: string;
  parent: SpanNode | undefined;
  /** An earlier span with the same ID. */
  duplicate: SpanNode | undefined;
  childCount = 0;
  prunedChildCount = 0;
  /** Whether the span is replaced with a summary. */
  isPruned = false;
  /** ID of the summary that replaces the span. */
  summaryId: Uint8Array | undefined;

  constructor(range: SpanRange) {
    this.range = range;
    this.id = this.#text(SPAN_FIELDS.spanId);
    this.parentId = this.#text(SPAN_FIELDS.parentSpanId);
  }

  get name(): string {
    const { bytes, start, end } = this.range;
    const value = findField(bytes, start, end, SPAN_FIELDS.name);
    return value < 0 ? '' : readString(bytes, payloadStart(bytes, value), payloadEnd(bytes, value));
  }

  get traceState(): string {
    return this.#text(SPAN_FIELDS.traceState);
  }

  /** The span kind. All numbers that the protocol does not define are equal. */
  get kind(): number {
    const { bytes, start, end } = this.range;
    const value = findField(bytes, start, end, SPAN_FIELDS.kind);
    return value < 0 ? 0 : Math.min(readVarintLow(bytes, value), UNKNOWN_KIND);
  }

  get statusCode(): number {
    const { bytes, start, end } = this.range;
    const status = findField(bytes, start, end, SPAN_FIELDS.status);
    if (status < 0) return 0;
    const value = findField(bytes, payloadStart(bytes, status), payloadEnd(bytes, status), STATUS_FIELDS.code);
    return value < 0 ? 0 : Math.min(readVarintLow(bytes, value), UNKNOWN_STATUS);
  }

  /** Returns a field's bytes as a string with one character per byte. */
  #text(field: number): string {
    const { bytes, start, end } = this.range;
    const value = findField(bytes, start, end, field);
    if (value < 0) return '';
    let text = '';
    const to = payloadEnd(bytes, value);
    for (let at = payloadStart(bytes, value); at < to; at++) text += String.fromCharCode(bytes[at] as number);
    return text;
  }
}

const UNKNOWN_KIND = 6;
const UNKNOWN_STATUS = 3;
