import { DEFAULT_TENANT } from '@otelier/otlp';
import type { Clock } from '@otelier/transport';
import type { PipelineGraph } from '../api/api.ts';
import { LIMITS } from '../api/limits.ts';
import { EventStream } from './event-stream.ts';
import { streamSlots, tooManyClients } from './log-tail.ts';
import type { StreamSlots } from './stream-slots.ts';

/** Options for `PipelineStream`. */
export interface PipelineStreamOptions {
  readonly clock: Clock;
  readonly graph: () => PipelineGraph | Promise<PipelineGraph>;
  readonly onError: (error: unknown) => void;
}

const INTERVAL_MILLIS = 1000;

/** Sends a snapshot of the pipeline to all clients once per second while there are any. */
export class PipelineStream {
  readonly #options: PipelineStreamOptions;
  readonly #clients = new Set<EventStream>();
  readonly #slots: StreamSlots;
  #cancel: (() => void) | undefined;

  constructor(options: PipelineStreamOptions) {
    this.#options = options;
    this.#slots = streamSlots(options.clock);
  }

  /**
   * Opens a stream of `pipeline` events, of which the first is sent immediately. Throws an `ApiProblem` if there are
   * too many clients.
   */
  open(address = ''): Response {
    const { clock } = this.#options;
    if (!this.#slots.makeSpace(address, DEFAULT_TENANT)) throw tooManyClients();
    const onEnd = () => {
      release();
      this.#leave(stream);
    };
    const stream = new EventStream({ clock, queueBytes: LIMITS.streamQueueBytes, onEnd });
    const release = this.#slots.take(address, DEFAULT_TENANT, stream);
    this.#clients.add(stream);
    void this.#send([stream]);
    this.#cancel ??= this.#schedule();
    return stream.response;
  }

  /** Ends all streams. */
  close(): void {
    for (const stream of this.#clients) stream.end();
  }

  #leave(stream: EventStream): void {
    this.#clients.delete(stream);
    if (this.#clients.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #schedule(): () => void {
    return this.#options.clock.setTimeout(() => {
      this.#cancel = this.#schedule();
      void this.#send([...this.#clients]);
    }, INTERVAL_MILLIS);
  }

  async #send(streams: readonly EventStream[]): Promise<void> {
    try {
      const graph = await this.#options.graph();
      for (const stream of streams) stream.send('pipeline', [graph]);
    } catch (error) {
      this.#options.onError(error);
    }
  }
}
