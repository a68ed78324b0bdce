import type { Clock } from '@otelier/transport';
import type { SlottedStream } from './stream-slots.ts';

/** Options for `EventStream`. */
export interface EventStreamOptions {
  readonly clock: Clock;
  /** Maximum number of bytes queued for a slow client. Further events are skipped and counted. */
  readonly queueBytes: number;
  /** Called once when either side ends the stream. */
  readonly onEnd: () => void;
}

const HEARTBEAT_MILLIS = 15_000;
const RETRY_MILLIS = 2_000;
const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
};

/**
 * Server-sent events to a single client. Events that do not fit in the queue are counted and reported in a `skipped`
 * event as soon as the queue has capacity.
 */
export class EventStream implements SlottedStream {
  stalledSinceMillis: number | undefined;
  readonly response: Response;
  readonly #clock: Clock;
  readonly #onEnd: () => void;
  readonly #encoder = new TextEncoder();
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #skipped = 0;
  #cancelHeartbeat: () => void = () => {};

  constructor({ clock, queueBytes, onEnd }: EventStreamOptions) {
    this.#clock = clock;
    this.#onEnd = onEnd;
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => {
          this.stalledSinceMillis = undefined;
          this.#tellSkipped();
        },
        cancel: () => this.#end(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: queueBytes }),
    );
    this.response = new Response(body, { headers: HEADERS });
    // Sends the headers immediately, so that the client sees that the connection is open.
    this.#write(`retry: ${RETRY_MILLIS}\n\n`);
    this.#beat();
  }

  get ended(): boolean {
    return this.#controller === undefined;
  }

  /**
   * Sends events with the same name in one chunk, or counts them, or the number of items in them, as skipped while the
   * queue is full.
   */
  send(event: string, data: readonly unknown[], itemCount: number = data.length): void {
    if (data.length === 0 || this.#controller === undefined) return;
    if ((this.#controller.desiredSize ?? 0) <= 0) {
      this.stalledSinceMillis ??= this.#clock.monotonic();
      this.skip(itemCount);
      return;
    }
    this.#tellSkipped();
    this.#write(data.map((one) => `event: ${event}\ndata: ${JSON.stringify(one)}\n\n`).join(''));
  }

  /** Counts items that were dropped before they became events. */
  skip(count: number): void {
    this.#skipped += count;
  }

  displace(reason: string): void {
    // A client that is not reading would never receive the reason.
    if ((this.#controller?.desiredSize ?? 0) <= 0) this.#cut(reason);
    else this.fail('unavailable', reason);
  }

  /** Sends an error to the client and ends the stream. */
  fail(code: string, message: string): void {
    this.#write(`event: failed\ndata: ${JSON.stringify({ error: { code, message } })}\n\n`);
    this.end();
  }

  /** Ends the stream. The client reconnects automatically. Idempotent. */
  end(): void {
    const controller = this.#controller;
    this.#end();
    controller?.close();
  }

  #end(): void {
    if (this.#controller === undefined) return;
    this.#controller = undefined;
    this.#cancelHeartbeat();
    this.#onEnd();
  }

  #cut(reason: string): void {
    const controller = this.#controller;
    this.#end();
    controller?.error(new Error(reason));
  }

  #tellSkipped(): void {
    if (this.#skipped === 0 || (this.#controller?.desiredSize ?? 0) <= 0) return;
    const count = this.#skipped;
    this.#skipped = 0;
    this.#write(`event: skipped\ndata: ${JSON.stringify({ count })}\n\n`);
  }

  /** Sends periodic comments that keep the connection through proxies alive. */
  #beat(): void {
    this.#cancelHeartbeat = this.#clock.setTimeout(() => {
      if ((this.#controller?.desiredSize ?? 0) > 0) this.#write(': \n\n');
      this.#beat();
    }, HEARTBEAT_MILLIS);
  }

  #write(text: string): void {
    this.#controller?.enqueue(this.#encoder.encode(text));
  }
}
