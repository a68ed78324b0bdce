import { DEFAULT_TENANT } from '@otelier/otlp';
import type { Clock } from '@otelier/transport';
import { LIMITS } from '../api/limits.ts';
import { ApiProblem } from '../api/problem.ts';
import type { ItemTapRequest, OpenedTap, PipelineInspector, TapRequest } from '../endpoints/endpoint.ts';
import { EventStream } from './event-stream.ts';
import { streamSlots, tooManyClients } from './log-tail.ts';
import type { StreamSlots } from './stream-slots.ts';

/** Options for `TapStream`. */
export interface TapStreamOptions {
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

/** Returns the stream of a tap, once it is open. */
type Opened = () => EventStream | undefined;

/** Sends items that pass a point of the pipelines to clients. Each client has its own condition and rate. */
export class TapStream {
  readonly #options: TapStreamOptions;
  readonly #streams = new Set<EventStream>();
  readonly #slots: StreamSlots;

  constructor(options: TapStreamOptions) {
    this.#options = options;
    this.#slots = streamSlots(options.clock);
  }

  /**
   * Opens a stream of `telemetry` events. Throws an `ApiProblem` for parameters that the pipelines do not have, and if there
   * are too many clients.
   */
  open(request: TapRequest, inspector: PipelineInspector): Response {
    let left = request.limit ?? Number.POSITIVE_INFINITY;
    return this.#open(request, (stream) =>
      inspector.tap(request, {
        items(batches) {
          for (const { signal, request: data, itemCount } of batches) {
            if (left <= 0) return;
            left -= itemCount;
            stream()?.send('telemetry', [{ signal, itemCount, request: data }], itemCount);
          }
          if (left <= 0) stream()?.end();
        },
        skipped: (itemCount) => stream()?.skip(itemCount),
        failed: (message, cause) => this.#fail(stream(), message, cause),
      }),
    );
  }

  /** Opens a stream of `item` and `counts` events. Throws as `open` does. */
  openItems(request: ItemTapRequest, inspector: PipelineInspector): Response {
    return this.#open(request, (stream) =>
      inspector.tapItems(request, {
        item: (item) => stream()?.send('item', [item]),
        counts: (counts) => stream()?.send('counts', [counts], 0),
        failed: (message, cause) => this.#fail(stream(), message, cause),
      }),
    );
  }

  /** Ends all streams. */
  close(): void {
    for (const stream of this.#streams) stream.end();
  }

  #open(
    { client: address, tenant = DEFAULT_TENANT }: Pick<TapRequest, 'client' | 'tenant'>,
    openTap: (stream: Opened) => OpenedTap,
  ): Response {
    if (!this.#slots.makeSpace(address, tenant)) throw tooManyClients();
    let stream: EventStream | undefined;
    const opened = openTap(() => stream);
    if (opened.kind === 'invalid') throw new ApiProblem('bad_request', opened.reason);
    const created = new EventStream({
      clock: this.#options.clock,
      queueBytes: LIMITS.streamQueueBytes,
      onEnd: () => {
        opened.stop();
        release();
        this.#streams.delete(created);
      },
    });
    const release = this.#slots.take(address, tenant, created);
    this.#streams.add(created);
    stream = created;
    return created.response;
  }

  #fail(stream: EventStream | undefined, message: string, cause: unknown): void {
    this.#options.onError(cause);
    stream?.fail('bad_request', message);
  }
}
