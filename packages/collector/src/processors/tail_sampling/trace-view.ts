import { findField, type ItemCursor, payloadEnd, payloadStart, SPAN_FIELDS, varintSize } from '@otelier/otlp';
import type { SpanContext, SpanStore } from './span-store.ts';

/** A test of the spans in a trace, in order of arrival. */
export interface SpanTest {
  /** Called for each resource before its spans, with the range of the `Resource`. */
  resource?(bytes: Uint8Array, start: number, end: number): boolean;
  /** Called for each scope before its spans. */
  enter?(cursor: ItemCursor): void;
  span(bytes: Uint8Array, start: number, end: number): boolean;
}

/** The trace that policies evaluate. One view is reused for all traces. */
export class TraceView {
  /** The trace ID, as four integers. */
  id0 = 0;
  id1 = 0;
  id2 = 0;
  id3 = 0;
  /** Number of spans that have arrived, including those that `some` does not visit. */
  spanCount = 0;
  /** Name of the sub-policy with which a composite policy sampled the trace. */
  compositePolicy: string | undefined;
  readonly #store: SpanStore;
  #first = -1;

  constructor(store: SpanStore) {
    this.#store = store;
  }

  /** Moves to the runs of a trace, starting at `first`. */
  moveTo(ids: Int32Array, index: number, first: number, spanCount: number): this {
    const at = 4 * index;
    this.id0 = ids[at];
    this.id1 = ids[at + 1];
    this.id2 = ids[at + 2];
    this.id3 = ids[at + 3];
    this.#first = first;
    this.spanCount = spanCount;
    this.compositePolicy = undefined;
    return this;
  }

  /** Reports whether a test returns true for any resource or span. */
  some(test: SpanTest): boolean {
    const { starts, ends, runContexts, next, contexts } = this.#store;
    let context: SpanContext | undefined;
    let bytes = EMPTY;
    let resourceGroup = -1;
    for (let run = this.#first; run >= 0; run = next[run]) {
      const current = contexts[runContexts[run]];
      if (current !== context) {
        const isNewResource = current.slab !== context?.slab || current.resourceGroupStart !== resourceGroup;
        context = current;
        bytes = current.slab.bytes;
        resourceGroup = current.resourceGroupStart;
        if (test.resource !== undefined && isNewResource && testResource(test, current)) return true;
        test.enter?.(moveCursor(current));
      }
      const end = ends[run];
      for (let pos = starts[run]; pos < end; ) {
        const spanStart = payloadStart(bytes, pos + 1);
        pos = payloadEnd(bytes, pos + 1);
        if (test.span(bytes, spanStart, pos)) return true;
      }
    }
    return false;
  }

  /** Visits the runs and their contexts. */
  forEachRun(visit: (context: SpanContext, start: number, end: number) => void): void {
    const { starts, ends, runContexts, next, contexts } = this.#store;
    for (let run = this.#first; run >= 0; run = next[run]) visit(contexts[runContexts[run]], starts[run], ends[run]);
  }

  /** Returns the size of the spans as received, in bytes. */
  sizeBytes(): number {
    let size = 0;
    this.forEachRun((_context, start, end) => {
      size += end - start;
    });
    return size;
  }

  /**
   * Returns the size of the trace as encoded by the Collector, in bytes: the sum of its resources with their spans,
   * each including its tag and length if `asRequest` is set.
   */
  encodedSizeBytes(asRequest: boolean): number {
    const size = new EncodedSize(asRequest);
    this.forEachRun((context, start, end) => size.add(context, start, end));
    return size.finish();
  }
}

const EMPTY = new Uint8Array();

function testResource(test: SpanTest, { slab, resourceGroupStart, resourceGroupEnd }: SpanContext): boolean {
  const { bytes } = slab;
  const value = findField(bytes, resourceGroupStart, resourceGroupEnd, OWNER_FIELD);
  const start = value < 0 ? resourceGroupStart : payloadStart(bytes, value);
  const end = value < 0 ? resourceGroupStart : payloadEnd(bytes, value);
  return test.resource?.(bytes, start, end) === true;
}

function moveCursor(context: SpanContext): ItemCursor {
  const { cursor } = context.slab;
  cursor.enterResource(context.resourceGroupStart, context.resourceGroupEnd);
  cursor.enterScope(context.scopeGroupStart, context.scopeGroupEnd);
  return cursor;
}

/** Sums the encoded size of the spans in a trace. The Collector always writes resource, scope, IDs and status. */
class EncodedSize {
  readonly #asRequest: boolean;
  #total = 0;
  #resource: SpanContext | undefined;
  #resourceBytes = 0;
  #scope: SpanContext | undefined;
  #scopeBytes = 0;

  constructor(asRequest: boolean) {
    this.#asRequest = asRequest;
  }

  add(context: SpanContext, start: number, end: number): void {
    const { bytes } = context.slab;
    if (context !== this.#scope) {
      this.#endScope();
      this.#scope = context;
      this.#scopeBytes = ownerBytes(bytes, context.scopeGroupStart, context.scopeGroupEnd);
    }
    if (context.slab !== this.#resource?.slab || context.resourceGroupStart !== this.#resource.resourceGroupStart) {
      this.#endResource();
      this.#resource = context;
      this.#resourceBytes = ownerBytes(bytes, context.resourceGroupStart, context.resourceGroupEnd);
    }
    for (let pos = start; pos < end; ) {
      const spanStart = payloadStart(bytes, pos + 1);
      pos = payloadEnd(bytes, pos + 1);
      this.#scopeBytes += messageBytes(pos - spanStart + omittedBytes(bytes, spanStart, pos));
    }
  }

  finish(): number {
    this.#endScope();
    this.#endResource();
    return this.#total;
  }

  #endScope(): void {
    if (this.#scope !== undefined) this.#resourceBytes += messageBytes(this.#scopeBytes);
    this.#scope = undefined;
  }

  #endResource(): void {
    if (this.#resource !== undefined)
      this.#total += this.#asRequest ? messageBytes(this.#resourceBytes) : this.#resourceBytes;
    this.#resource = undefined;
  }
}

/** Returns the encoded size of the resource or scope field in its group. */
function ownerBytes(bytes: Uint8Array, start: number, end: number): number {
  const value = findField(bytes, start, end, OWNER_FIELD);
  return messageBytes(value < 0 ? 0 : payloadEnd(bytes, value) - payloadStart(bytes, value));
}

function messageBytes(length: number): number {
  return 1 + varintSize(length) + length;
}

/** Returns the size of the empty fields that the Collector writes and other encoders omit. */
function omittedBytes(bytes: Uint8Array, start: number, end: number): number {
  let size = 0;
  for (const field of ALWAYS_WRITTEN) if (findField(bytes, start, end, field) < 0) size += 2;
  return size;
}

const ALWAYS_WRITTEN = [SPAN_FIELDS.traceId, SPAN_FIELDS.spanId, SPAN_FIELDS.parentSpanId, SPAN_FIELDS.status];

/** The field of a group that contains its resource or scope. */
const OWNER_FIELD = 1;
