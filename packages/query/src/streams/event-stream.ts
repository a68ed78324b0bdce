import type { Clock } from '@otelier/transport';
import type { SlottedStream } from './stream-slots.ts';

/** How an event stream is set up. */
export interface EventStreamOptions {
  readonly clock: Clock;
  /** What may wait for a client that reads slowly; beyond it events are left out and counted. */
  readonly queueBytes: number;
  /** Called once when the stream has ended, whoever ended it. */
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
 * Server-sent events to one client. What does not fit into the queue is counted, and the client is told with an event
 * `skipped` as soon as there is room.
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
    // The first bytes let the client know at once that it is connected.
    this.#write(`retry: ${RETRY_MILLIS}\n\n`);
    this.#beat();
  }

  get ended(): boolean {
    return this.#controller === undefined;
  }

  /** Sends events of one name in one piece, or counts them as skipped when the client has too much to read. */
  send(event: string, data: readonly unknown[]): void {
    if (data.length === 0 || this.#controller === undefined) return;
    if ((this.#controller.desiredSize ?? 0) <= 0) {
      this.stalledSinceMillis ??= this.#clock.monotonic();
      this.skip(data.length);
      return;
    }
    this.#tellSkipped();
    this.#write(data.map((one) => `event: ${event}\ndata: ${JSON.stringify(one)}\n\n`).join(''));
  }

  /** Counts what was left out before it became an event. */
  skip(count: number): void {
    this.#skipped += count;
  }

  displace(reason: string): void {
    // What a client does not read cannot be told it, and would be kept for it.
    if ((this.#controller?.desiredSize ?? 0) <= 0) this.#cut(reason);
    else this.fail('unavailable', reason);
  }

  /** Tells the client what went wrong and ends the stream. */
  fail(code: string, message: string): void {
    this.#write(`event: failed\ndata: ${JSON.stringify({ error: { code, message } })}\n\n`);
    this.end();
  }

  /** Ends the stream; the client will connect again by itself. Safe twice. */
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

  /** A comment now and then shows proxies and both ends that the connection lives. */
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
