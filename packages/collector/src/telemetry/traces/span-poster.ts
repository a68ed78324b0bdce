import type { Clock } from '@otelier/transport';
import type { SpanData } from './span.ts';

/** Spans of a message at most, and how long they wait. */
const MAX_SPANS = 256;
const DELAY_MILLIS = 100;

/** Collects ended spans, and posts them to another thread together. */
export class SpanPoster {
  readonly #clock: Clock;
  readonly #post: (spans: readonly SpanData[]) => void;
  #spans: SpanData[] = [];
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, post: (spans: readonly SpanData[]) => void) {
    this.#clock = clock;
    this.#post = post;
  }

  readonly add = (span: SpanData): void => {
    this.#spans.push(span);
    if (this.#spans.length >= MAX_SPANS) this.flush();
    else this.#cancel ??= this.#clock.setTimeout(() => this.flush(), DELAY_MILLIS);
  };

  /** Posts the spans that wait. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#spans.length === 0) return;
    this.#post(this.#spans);
    this.#spans = [];
  }
}
