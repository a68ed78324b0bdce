import { forEachItem, SpanView } from '@otelier/otlp';
import type { Span } from '../views.ts';

/** A trace: the spans that arrived within the decision wait. */
export interface Trace {
  /** Lower-case hexadecimal. */
  readonly traceId: string;
  /** The spans in order of arrival. They are valid until the function returns. */
  readonly spans: readonly Span[];
  /** The first span without a parent, if it has arrived. */
  readonly root: Span | undefined;
  /** Whether any span has the status error. */
  readonly hasError: boolean;
  /** Time from the earliest start to the latest end, in nanoseconds. */
  readonly durationNanos: bigint;
}

/** Reads a trace from a request that contains all of its spans. Spans are decoded when they are used. */
export class EncodedTrace implements Trace {
  readonly #request: Uint8Array;
  #spans: readonly Span[] | undefined;

  constructor(request: Uint8Array) {
    this.#request = request;
  }

  get spans(): readonly Span[] {
    if (this.#spans !== undefined) return this.#spans;
    const spans: SpanView[] = [];
    forEachItem('traces', this.#request, (cursor) => {
      const { bytes, start, end } = cursor;
      const span = new SpanView().reset(bytes, start, end);
      const { resourceStart, resourceEnd, resourceGroupStart, resourceGroupEnd } = cursor;
      span.resource.reset(bytes, resourceStart, resourceEnd).inGroup(bytes, resourceGroupStart, resourceGroupEnd);
      const { scopeStart, scopeEnd, scopeGroupStart, scopeGroupEnd } = cursor;
      span.scope.reset(bytes, scopeStart, scopeEnd).inGroup(bytes, scopeGroupStart, scopeGroupEnd);
      spans.push(span);
    });
    this.#spans = spans;
    return spans;
  }

  get traceId(): string {
    return this.spans[0]?.traceId ?? '';
  }

  get root(): Span | undefined {
    return this.spans.find(({ isRoot }) => isRoot);
  }

  get hasError(): boolean {
    return this.spans.some(({ hasError }) => hasError);
  }

  get durationNanos(): bigint {
    let start: bigint | undefined;
    let end = 0n;
    for (const span of this.spans) {
      if (start === undefined || span.startTimeUnixNano < start) start = span.startTimeUnixNano;
      if (span.endTimeUnixNano > end) end = span.endTimeUnixNano;
    }
    return start === undefined || end < start ? 0n : end - start;
  }
}
