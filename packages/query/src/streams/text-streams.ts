import type { Clock } from '@otelier/transport';
import { LIMITS } from '../api/limits.ts';
import { ApiProblem } from '../api/problem.ts';
import { type SlottedStream, StreamSlots } from './stream-slots.ts';

/** Options for `TextStreams`. */
export interface TextStreamOptions {
  readonly clock: Clock;
  /** Maximum number of concurrent streams of each tenant. */
  readonly slots: number;
  /** Plural name of the streams, used in messages. */
  readonly name: string;
  /** Called once for each stream that ends early, after its response has started and without its client's doing. */
  readonly onFailure: (failure: StreamFailure) => void;
}

/** A stream that ended early. Its client sees only that the connection ended. */
export interface StreamFailure {
  /** Path of the endpoint, such as `/api/v1/export`. */
  readonly path: string;
  readonly client: string;
  readonly error: Error;
}

/** The response of a stream. */
export interface TextResponse {
  /** Path of the endpoint. */
  readonly path: string;
  readonly contentType: string;
  /** Key that identifies the client, such as an address. */
  readonly client: string;
  /** The tenant whose streams it counts among. */
  readonly tenant: string;
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
  async open(
    pieces: AsyncGenerator<string, undefined>,
    { path, contentType, client, tenant }: TextResponse,
  ): Promise<Response> {
    const { clock, slots, name, onFailure } = this.#options;
    if (!this.#slots.makeSpace(client, tenant)) {
      throw new ApiProblem('unavailable', `expected at most ${slots} ${name} at the same time; try again later`);
    }
    const running = new RunningText(pieces, clock, (error) => onFailure({ path, client, error }));
    running.onEnd = this.#slots.take(client, tenant, running);
    await running.begin();
    return new Response(running.body, { headers: { 'content-type': contentType } });
  }
}

class RunningText implements SlottedStream {
  stalledSinceMillis: number | undefined;
  onEnd: () => void = () => {};
  readonly body: ReadableStream<Uint8Array>;
  readonly #pieces: AsyncGenerator<string, undefined>;
  readonly #clock: Clock;
  readonly #failed: (error: Error) => void;
  readonly #encoder = new TextEncoder();
  #first: IteratorResult<string, undefined> | undefined;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  /** `failed` is called when the stream ends early. */
  constructor(pieces: AsyncGenerator<string, undefined>, clock: Clock, failed: (error: Error) => void) {
    this.#pieces = pieces;
    this.#clock = clock;
    this.#failed = failed;
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
      this.stalledSinceMillis = this.#clock.monotonic();
    } catch (error) {
      await this.#end();
      throw error;
    }
  }

  displace(reason: string): void {
    this.#fail(new Error(reason));
  }

  #fail(error: Error): void {
    const controller = this.#controller;
    // The client has ended the stream, or its failure has been reported.
    if (controller === undefined) return;
    this.#failed(error);
    // The stream has failed already.
    this.#end().catch(() => {});
    // Breaks the connection, so that the client does not mistake a partial response for a complete one.
    controller.error(error);
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
        this.stalledSinceMillis = this.#clock.monotonic();
      }
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  async #end(): Promise<void> {
    if (this.#controller === undefined) return;
    this.#controller = undefined;
    this.onEnd();
    await this.#pieces.return(undefined);
  }
}
