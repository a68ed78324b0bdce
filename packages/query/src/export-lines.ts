import { requestToJson, type Signal } from '@otelier/otlp';
import type { Store } from '@otelier/store';
import { ApiProblem } from './problem.ts';

/** What is exported. Times in nanoseconds since the epoch; without them everything. */
export interface ExportLinesQuery {
  readonly tenant: string;
  readonly signal: Signal;
  readonly start?: bigint;
  readonly end?: bigint;
}

const MAX_RUNNING = 4;

/** Writes stored telemetry as OTLP/JSON, one export request a line, as fast as the client reads. */
export class LineExporter {
  #running = 0;

  /** Begins one. Throws an `ApiProblem` when there are too many. */
  open(store: Store, query: ExportLinesQuery, onError: (error: unknown) => void): Response {
    if (this.#running >= MAX_RUNNING) {
      throw new ApiProblem('unavailable', `expected at most ${MAX_RUNNING} exports at the same time; try again later`);
    }
    this.#running++;
    const lines = this.#lines(store, query);
    const encoder = new TextEncoder();
    const body = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          try {
            const { value, done } = await lines.next();
            if (done === true) controller.close();
            else controller.enqueue(encoder.encode(value));
          } catch (error) {
            onError(error);
            // The client must not take what it has for everything: the connection breaks.
            controller.error(error);
          }
        },
        cancel: async () => {
          await lines.return(undefined);
        },
      },
      { highWaterMark: 1 },
    );
    return new Response(body, { headers: { 'content-type': 'application/x-ndjson' } });
  }

  async *#lines(store: Store, { signal, ...range }: ExportLinesQuery): AsyncGenerator<string, undefined> {
    try {
      for await (const request of store.export({ signal, ...range })) yield `${requestToJson(signal, request)}\n`;
      return undefined;
    } finally {
      this.#running--;
    }
  }
}
