/** How long parents are awaited after their children arrived. */
const WAIT_MILLIS = 30_000;
/** How long after its first request a watch takes further parents. */
const TAKE_MILLIS = 5_000;
/** Pause between two watches of a sender. */
const PAUSE_MILLIS = 120_000;
/** Maximum number of parents that are awaited at once. */
const MAX_WATCHED = 64;
/** `SpanFlags`: whether the span tells where its parent is, and whether the parent is in another process. */
const HAS_IS_REMOTE = 0x100;
const IS_REMOTE = 0x200;

/** The parts of a span that the watch reads. */
export interface LinkedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly flags: number;
}

/**
 * Waits for the parents of spans in the same process, which the same sender sends later. Requests are read only during a
 * watch, and then all of them: if one is left out, the watch says nothing.
 */
export class WatchedParents {
  /** Number of parents whose watch is over. */
  watched = 0;
  /** Number of those that did not arrive. */
  missing = 0;
  readonly #awaited = new Set<string>();
  #taken = 0;
  #startMillis = Number.NEGATIVE_INFINITY;
  #untilMillis = Number.NEGATIVE_INFINITY;
  #isActive = false;

  /** Whether a watch runs, so that every request with spans must be read. */
  isActive(nowMillis: number): boolean {
    this.#finish(nowMillis);
    return this.#isActive;
  }

  /** Reads all spans of a request. Begins a watch if the last one ended long ago. */
  add(spans: readonly LinkedSpan[], nowMillis: number): void {
    this.#finish(nowMillis);
    if (!this.#isActive) {
      if (nowMillis < this.#untilMillis + PAUSE_MILLIS) return;
      this.#startMillis = nowMillis;
      this.#taken = 0;
      this.#awaited.clear();
    }
    if (nowMillis <= this.#startMillis + TAKE_MILLIS && this.#taken < MAX_WATCHED) this.#take(spans, nowMillis);
    this.#isActive = this.#taken > 0;
    if (this.#awaited.size === 0) return;
    for (const { traceId, spanId } of spans) this.#awaited.delete(`${traceId} ${spanId}`);
  }

  /** Ends the watch without a result, because a request was not read. */
  abort(): void {
    this.#isActive = false;
    this.#awaited.clear();
  }

  #take(spans: readonly LinkedSpan[], nowMillis: number): void {
    for (const { traceId, parentSpanId, flags } of spans) {
      if ((flags & (HAS_IS_REMOTE | IS_REMOTE)) !== HAS_IS_REMOTE || parentSpanId === '') continue;
      if (this.#taken >= MAX_WATCHED) return;
      const key = `${traceId} ${parentSpanId}`;
      if (this.#awaited.has(key)) continue;
      this.#awaited.add(key);
      this.#taken += 1;
      this.#untilMillis = nowMillis + WAIT_MILLIS;
    }
  }

  #finish(nowMillis: number): void {
    if (!this.#isActive || nowMillis < this.#untilMillis) return;
    this.#isActive = false;
    this.watched += this.#taken;
    this.missing += this.#awaited.size;
    this.#awaited.clear();
  }
}
