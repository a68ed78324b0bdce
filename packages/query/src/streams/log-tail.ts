import type { Batch } from '@otelier/otlp';
import type { LogRow } from '@otelier/store';
import type { Clock } from '@otelier/transport';
import { LIMITS } from '../api/limits.ts';
import { ApiProblem } from '../api/problem.ts';
import { logRecordOf } from '../endpoints/logs.ts';
import { EventStream } from './event-stream.ts';
import { type LogFilter, type LogSelector, logSelector } from './log-filter.ts';
import { logRowsOf } from './log-records.ts';
import { PerSecond } from './per-second.ts';
import { StreamSlots } from './stream-slots.ts';

/** Options for `LogTail`. */
export interface LogTailOptions {
  readonly clock: Clock;
  /** Called when the first client connects. The returned function is called when the last client disconnects. */
  readonly subscribe: (listener: (batch: Batch) => void) => () => void;
  readonly onError: (error: unknown) => void;
}

interface Client {
  readonly tenant: string;
  readonly select: LogSelector;
  readonly stream: EventStream;
  readonly shown: PerSecond;
}

/**
 * Sends log records to clients as they pass through the pipeline. Costs nothing without clients. With clients, it
 * decodes a bounded number of records per second, once for all clients, because it runs on the ingest thread.
 */
export class LogTail {
  readonly #options: LogTailOptions;
  readonly #clients = new Set<Client>();
  readonly #slots: StreamSlots;
  readonly #inspected: PerSecond;
  readonly #prefix: string;
  #unsubscribe: (() => void) | undefined;
  #cursors = 0;

  constructor(options: LogTailOptions) {
    this.#options = options;
    this.#slots = streamSlots(options.clock);
    this.#inspected = new PerSecond(LIMITS.tailRecordsPerSecond, options.clock);
    this.#prefix = `live-${options.clock.now()}`;
  }

  /** Opens a stream of `log` events. Throws an `ApiProblem` if there are too many clients. */
  open(filter: LogFilter, address = ''): Response {
    const { clock, subscribe } = this.#options;
    if (!this.#slots.makeSpace(address)) throw tooManyClients();
    const onEnd = () => {
      release();
      this.#leave(client);
    };
    const stream = new EventStream({ clock, queueBytes: LIMITS.streamQueueBytes, onEnd });
    const release = this.#slots.take(address, stream);
    const client: Client = {
      tenant: filter.tenant,
      select: logSelector(filter),
      stream,
      shown: new PerSecond(LIMITS.shownRecordsPerSecond, clock),
    };
    this.#clients.add(client);
    this.#unsubscribe ??= subscribe((batch) => this.#take(batch));
    return stream.response;
  }

  /** Ends all streams. */
  close(): void {
    for (const { stream } of this.#clients) stream.end();
  }

  #leave(client: Client): void {
    this.#clients.delete(client);
    if (this.#clients.size > 0) return;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  /** Called by the pipeline. Errors must not propagate into it. */
  #take(batch: Batch): void {
    try {
      const clients = [...this.#clients].filter(({ tenant }) => tenant === batch.context.tenant);
      if (clients.length > 0) this.#show(batch, clients);
    } catch (error) {
      this.#options.onError(error);
    }
  }

  #show(batch: Batch, clients: readonly Client[]): void {
    const rows = logRowsOf(batch, this.#inspected.take(batch.itemCount), () => `${this.#prefix}-${this.#cursors++}`);
    for (const client of clients) {
      const selected = client.select(rows);
      if (selected === undefined) {
        client.stream.fail(
          'timeout',
          'where: the regular expression takes too long on these log records; use a simpler one',
        );
        continue;
      }
      this.#send(client, selected, batch.itemCount - rows.length);
    }
  }

  #send({ stream, shown }: Client, selected: readonly LogRow[], notInspected: number): void {
    // Keeps the newest records, because a person cannot read more.
    const count = shown.take(selected.length);
    if (notInspected + selected.length > count) stream.skip(notInspected + selected.length - count);
    stream.send('log', selected.slice(selected.length - count).map(logRecordOf));
  }
}

/** Creates the slots for the clients of a stream. */
export function streamSlots(clock: Clock): StreamSlots {
  const { streamClients, streamYieldMillis, streamStallMillis, streamReplaceMillis } = LIMITS;
  return new StreamSlots({
    clock,
    slots: streamClients,
    yieldMillis: streamYieldMillis,
    stallMillis: streamStallMillis,
    replaceMillis: streamReplaceMillis,
  });
}

/** Returns the error for a client that exceeds the limit. */
export function tooManyClients(): ApiProblem {
  return new ApiProblem(
    'unavailable',
    `expected at most ${LIMITS.streamClients} clients of this stream; close one and try again`,
    { 'retry-after': '10' },
  );
}
