import type { Clock } from '@otelier/transport';
import { LIMITS } from '../api/limits.ts';
import { ApiProblem } from '../api/problem.ts';
import { type SlottedStream, StreamSlots } from './stream-slots.ts';

/** Options for `TextStreams`. */
export interface TextStreamOptions {
  readonly clock: Clock;
  /** Maximum number of concurrent streams. */
  readonly slots: number;
  /** Plural name of the streams, used in messages. */
  readonly name: string;
  /** Called with errors that occur after the response has started. */
  readonly onError: (error: unknown) => void;
}

/** Streams generated text to clients at the rate they read it. A client that stops reading loses its stream. */
export class TextStreams {
  readonly #options: TextStreamOptions;
  readonly #slots: StreamSlots;

  constructor(options: TextStreamOptions) {
    const { clock, slots } = options;
    const { streamYieldMillis, streamStallMillis } = LIMITS;
    this.#options = options;
    this.#slots = new StreamSlots({
      clock,
      slots,
      yieldMillis: streamYieldMillis,
      stallMillis: streamStallMillis,
      // Clients read such a response to its end, so a newer one must not end it early.
      replaceMillis: streamStallMillis,
    });
  }

  /**
   * Responds with the pieces as they are generated. Throws an `ApiProblem` if there are too many concurrent streams,
   * and any error that occurs before the first piece.
   */
  async open(pieces: AsyncGenerator<string, undefined>, contentType: string, address: string): Promise<Response> {
    const { slots, name } = this.#options;
    if (!this.#slots.makeSpace(address)) {
      throw new ApiProblem('unavailable', `expected at most ${slots} ${name} at the same time; try again later`);
    }
    const running = new RunningText(pieces, this.#options);
    running.onEnd = this.#slots.take(address, running);
    await running.begin();
    return new Response(running.body, { headers: { 'content-type': contentType } });
  }
}

class RunningText implements SlottedStream {
  stalledSinceMillis: number | undefined;
  onEnd: () => void = () => {};
  readonly body: ReadableStream<Uint8Array>;
  readonly #pieces: AsyncGenerator<string, undefined>;
  readonly #options: TextStreamOptions;
  readonly #encoder = new TextEncoder();
  #first: IteratorResult<string, undefined> | undefined;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(pieces: AsyncGenerator<string, undefined>, options: TextStreamOptions) {
    this.#pieces = pieces;
    this.#options = options;
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#next(),
        cancel: () => this.#end(),
      },
      { highWaterMark: 0 },
    );
  }

  /** Waits for the first piece. */
  async begin(): Promise<void> {
    try {
      this.#first = await this.#pieces.next();
      this.stalledSinceMillis = this.#options.clock.monotonic();
    } catch (error) {
      await this.#end();
      throw error;
    }
  }

  displace(reason: string): void {
    const controller = this.#controller;
    this.#end().catch(this.#options.onError);
    // Breaks the connection, so that the client does not mistake a partial response for a complete one.
    controller?.error(new Error(reason));
  }

  async #next(): Promise<void> {
    this.stalledSinceMillis = undefined;
    try {
      const { value, done } = this.#first ?? (await this.#pieces.next());
      this.#first = undefined;
      const controller = this.#controller;
      if (controller === undefined) return;
      if (done === true) {
        await this.#end();
        controller.close();
      } else {
        controller.enqueue(this.#encoder.encode(value));
        this.stalledSinceMillis = this.#options.clock.monotonic();
      }
    } catch (error) {
      this.#options.onError(error);
      this.displace(`one of the ${this.#options.name} failed`);
    }
  }

  async #end(): Promise<void> {
    if (this.#controller === undefined) return;
    this.#controller = undefined;
    this.onEnd();
    await this.#pieces.return(undefined);
  }
}
