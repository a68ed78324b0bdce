import type { LogRow } from '@otelier/store';
import type { Clock } from '@otelier/transport';
import { LIMITS } from '../api/limits.ts';
import { ApiProblem } from '../api/problem.ts';
import { logRecordOf } from '../endpoints/logs.ts';
import { EventStream } from './event-stream.ts';
import { type LiveClient, LiveLogs, type LiveLogsOptions } from './live-logs.ts';
import { type LogFilter, type LogSelector, logSelector } from './log-filter.ts';
import { PerSecond } from './per-second.ts';
import { StreamSlots } from './stream-slots.ts';

interface Client extends LiveClient {
  readonly select: LogSelector;
  readonly stream: EventStream;
  readonly shown: PerSecond;
}

/** Sends log records to clients as they pass through the pipeline. */
export class LogTail {
  readonly #clock: Clock;
  readonly #live: LiveLogs<Client>;
  readonly #slots: StreamSlots;

  constructor(options: LiveLogsOptions) {
    this.#clock = options.clock;
    this.#slots = streamSlots(options.clock);
    this.#live = new LiveLogs(options, (rows, clients, skipped) => this.#show(rows, clients, skipped));
  }

  /** Opens a stream of `log` events. Throws an `ApiProblem` if there are too many clients. */
  open(filter: LogFilter, address = '', masked: readonly string[] = []): Response {
    const clock = this.#clock;
    if (!this.#slots.makeSpace(address, filter.tenant)) throw tooManyClients();
    const onEnd = () => {
      release();
      this.#live.delete(client);
    };
    const stream = new EventStream({ clock, queueBytes: LIMITS.streamQueueBytes, onEnd });
    const release = this.#slots.take(address, filter.tenant, stream);
    const client: Client = {
      tenant: filter.tenant,
      masked,
      select: logSelector(filter),
      stream,
      shown: new PerSecond(LIMITS.shownRecordsPerSecond, clock),
    };
    this.#live.add(client);
    return stream.response;
  }

  /** Ends all streams. */
  close(): void {
    for (const { stream } of this.#live.clients) stream.end();
  }

  #show(rows: readonly LogRow[], clients: readonly Client[], skipped: number): void {
    for (const client of clients) {
      const selected = client.select(rows);
      if (selected === undefined) {
        client.stream.fail(
          'timeout',
          'where: the regular expression takes too long on these log records; use a simpler one',
        );
        continue;
      }
      this.#send(client, selected, skipped);
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
