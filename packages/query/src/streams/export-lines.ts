import { requestToJson, type Signal } from '@otelier/otlp';
import type { Store } from '@otelier/store';
import { type Clock, systemClock } from '@otelier/transport';
import { LIMITS } from '../api/limits.ts';
import { ApiProblem } from '../api/problem.ts';
import { type SlottedStream, StreamSlots } from './stream-slots.ts';

/** The query of an export. Times are nanoseconds since the epoch; without them it exports everything. */
export interface ExportLinesQuery {
  readonly tenant: string;
  readonly signal: Signal;
  readonly start?: bigint;
  readonly end?: bigint;
}

/** Streams stored telemetry as OTLP/JSON, one export request per line, at the speed of the client. */
export class LineExporter {
  readonly #clock: Clock;
  readonly #slots: StreamSlots;

  constructor(clock: Clock = systemClock) {
    const { runningExports, streamYieldMillis, streamStallMillis } = LIMITS;
    this.#clock = clock;
    this.#slots = new StreamSlots({
      clock,
      slots: runningExports,
      yieldMillis: streamYieldMillis,
      stallMillis: streamStallMillis,
    });
  }

  /** Starts an export. Throws an `ApiProblem` at the limit of concurrent exports. */
  open(store: Store, query: ExportLinesQuery, onError: (error: unknown) => void, address = ''): Response {
    if (!this.#slots.makeSpace(address)) {
      throw new ApiProblem(
        'unavailable',
        `expected at most ${LIMITS.runningExports} exports at the same time; try again later`,
      );
    }
    const running = new RunningExport(linesOf(store, query), this.#clock, onError);
    running.onEnd = this.#slots.take(address, running);
    return new Response(running.body, { headers: { 'content-type': 'application/x-ndjson' } });
  }
}

/** A running export. */
class RunningExport implements SlottedStream {
  stalledSinceMillis: number | undefined;
  onEnd: () => void = () => {};
  readonly body: ReadableStream<Uint8Array>;
  readonly #lines: AsyncGenerator<string, undefined>;
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  readonly #encoder = new TextEncoder();
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(lines: AsyncGenerator<string, undefined>, clock: Clock, onError: (error: unknown) => void) {
    this.#lines = lines;
    this.#clock = clock;
    this.#onError = onError;
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#next(),
        cancel: () => this.#end(),
      },
      { highWaterMark: 1 },
    );
  }

  displace(reason: string): void {
    const controller = this.#controller;
    this.#end().catch(this.#onError);
    // Breaks the connection, so that the client does not take a partial export for a complete one.
    controller?.error(new Error(reason));
  }

  async #next(): Promise<void> {
    this.stalledSinceMillis = undefined;
    try {
      const { value, done } = await this.#lines.next();
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
      this.#onError(error);
      this.displace('the export failed');
    }
  }

  async #end(): Promise<void> {
    if (this.#controller === undefined) return;
    this.#controller = undefined;
    this.onEnd();
    await this.#lines.return(undefined);
  }
}

async function* linesOf(store: Store, { signal, ...range }: ExportLinesQuery): AsyncGenerator<string, undefined> {
  for await (const request of store.export({ signal, ...range })) yield `${requestToJson(signal, request)}\n`;
  return undefined;
}
