import type { BatchTrace, Outcome, SpanIdentity } from '@otelier/otlp';
import type { Clock } from '@otelier/transport';
import type { BatchSpan } from '../../component/tracing/tracer.ts';

/** Values of attributes by name. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** An ended span. Threads send it to the main thread. */
export interface SpanData {
  readonly identity: SpanIdentity;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly startMillis: number;
  readonly endMillis: number;
  readonly attributes: SpanAttributes;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanIdentity[];
  /** Why it failed. */
  readonly error: string | undefined;
}

/** An event of a span. */
interface SpanEvent {
  readonly name: string;
  readonly timeMillis: number;
  readonly attributes: SpanAttributes;
}

/** What a recording span begins with. */
export interface SpanStart extends Pick<SpanData, 'parentSpanId' | 'name' | 'links'> {
  readonly attributes: SpanAttributes;
  /** Names of the attributes with the number of items that were accepted, and of the others. */
  readonly counts: { readonly accepted: string; readonly refused: string };
}

/** More would be retries of one batch over many hours. */
const MAX_EVENTS = 128;

/** A span that is exported when it ends. */
export class RecordingSpan implements BatchSpan {
  readonly trace: BatchTrace;
  readonly #identity: SpanIdentity;
  readonly #start: SpanStart;
  readonly #clock: Clock;
  readonly #onEnd: (span: SpanData) => void;
  readonly #startMillis: number;
  readonly #startedAt: number;
  readonly #events: SpanEvent[] = [];
  #attempts = 0;

  constructor(
    identity: SpanIdentity,
    trace: BatchTrace,
    start: SpanStart,
    clock: Clock,
    onEnd: (span: SpanData) => void,
  ) {
    this.trace = trace;
    this.#identity = identity;
    this.#start = start;
    this.#clock = clock;
    this.#onEnd = onEnd;
    this.#startMillis = clock.now();
    this.#startedAt = clock.monotonic();
  }

  attempt(): void {
    this.#event('Sending request.', { retry_num: this.#attempts });
    this.#attempts += 1;
  }

  retry(waitMillis: number, reason: string): void {
    const interval = `${(waitMillis / 1000).toFixed(3)}s`;
    this.#event('Exporting failed. Will retry the request after interval.', { interval, error: reason });
  }

  end(itemCount: number, outcome: Outcome): void {
    const { accepted, refused } = this.#start.counts;
    const refusedItems = refusedOf(outcome, itemCount);
    this.#onEnd({
      identity: this.#identity,
      parentSpanId: this.#start.parentSpanId,
      name: this.#start.name,
      startMillis: this.#startMillis,
      endMillis: this.#now(),
      attributes: { ...this.#start.attributes, [accepted]: itemCount - refusedItems, [refused]: refusedItems },
      events: this.#events,
      links: this.#start.links,
      // A destination that rejects some items has accepted the request.
      error: outcome.kind === 'retry' || outcome.kind === 'refused' ? outcome.reason : undefined,
    });
  }

  #event(name: string, attributes: SpanAttributes): void {
    if (this.#events.length < MAX_EVENTS) this.#events.push({ name, timeMillis: this.#now(), attributes });
  }

  /** The time by the monotonic clock, so that no event precedes the start after a clock change. */
  #now(): number {
    return this.#startMillis + this.#clock.monotonic() - this.#startedAt;
  }
}

/** A span that is not exported: its trace is not sampled, or its batch is own telemetry. */
export class UnrecordedSpan implements BatchSpan {
  readonly trace: BatchTrace;

  constructor(trace: BatchTrace) {
    this.trace = trace;
  }

  attempt(): void {}
  retry(): void {}
  end(): void {}
}

function refusedOf(outcome: Outcome, itemCount: number): number {
  if (outcome.kind === 'accepted') return 0;
  return outcome.kind === 'partial' ? outcome.rejectedItems : itemCount;
}
