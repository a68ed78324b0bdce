import type { Batch } from '@otelier/otlp';
import type { Clock, TextSocket } from '@otelier/transport';
import { LIMITS } from '../../api/limits.ts';
import type { Pipeline } from '../../logql/pipeline/compile.ts';
import type { LogEntry, PipelineEntry } from '../../logql/pipeline/stage.ts';
import type { Matcher } from '../../promql/labels/matcher.ts';
import { logRowsOf } from '../../streams/log-records.ts';
import { streamSlots, tooManyClients } from '../../streams/log-tail.ts';
import { PerSecond } from '../../streams/per-second.ts';
import type { StreamSlots } from '../../streams/stream-slots.ts';
import { streamData } from '../api/format.ts';
import { entryOf } from '../model/entry.ts';
import { isSelected } from '../store-source.ts';

/** Options for `LokiTail`. */
export interface LokiTailOptions {
  readonly clock: Clock;
  /** Subscribes to log batches until the returned function is called. */
  readonly subscribe: (listener: (batch: Batch) => void) => () => void;
  readonly onError: (error: unknown) => void;
}

/** What a client of the tail wants to see. */
export interface TailRequest {
  readonly tenant: string;
  readonly address: string;
  readonly matchers: readonly Matcher[];
  readonly pipeline: Pipeline;
  readonly isCategorized: boolean;
}

interface Client extends TailRequest {
  readonly socket: TextSocket;
  readonly shown: PerSecond;
  readonly evaluation: PerSecond;
  /** The first entries that were left out since the last message. */
  dropped: LogEntry[];
}

/** Time per second that the pipelines of a client may take on the ingest thread, in microseconds. */
const EVALUATION_MICROS = 50_000;
/** Maximum length of a line that a pipeline processes, and of the list of dropped entries. */
const MAX_LINE = 65_536;
const MAX_DROPPED = 100;
/** How long a client can stay connected, as in Loki. */
const MAX_DURATION_MILLIS = 3_600_000;

/**
 * Sends log entries to WebSocket clients as they pass through the pipeline. Runs on the ingest thread, so that the
 * number of decoded records and the time of pipelines are bounded per second; what exceeds them is reported as dropped.
 */
export class LokiTail {
  readonly #options: LokiTailOptions;
  readonly #clients = new Set<Client>();
  readonly #slots: StreamSlots;
  readonly #inspected: PerSecond;
  #unsubscribe: (() => void) | undefined;

  constructor(options: LokiTailOptions) {
    this.#options = options;
    this.#slots = streamSlots(options.clock);
    this.#inspected = new PerSecond(LIMITS.tailRecordsPerSecond, options.clock);
  }

  /** Requires a free slot. Throws an `ApiProblem` if there are too many clients. */
  requireSlot(address: string): void {
    if (!this.#slots.makeSpace(address)) throw tooManyClients();
  }

  /** Sends the entries of the past, then those that pass through, until the client disconnects. */
  open(request: TailRequest, socket: TextSocket, past: readonly PipelineEntry[]): void {
    const { clock, subscribe } = this.#options;
    const client: Client = {
      ...request,
      socket,
      shown: new PerSecond(LIMITS.shownRecordsPerSecond, clock),
      evaluation: new PerSecond(EVALUATION_MICROS, clock),
      dropped: [],
    };
    const release = this.#slots.take(request.address, {
      get stalledSinceMillis() {
        return socket.bufferedBytes > LIMITS.streamQueueBytes
          ? clock.monotonic() - LIMITS.streamYieldMillis
          : undefined;
      },
      displace: (reason) => socket.close(1013, reason.slice(0, 100)),
    });
    const cancel = clock.setTimeout(() => socket.close(1000, 'reached the maximum duration'), MAX_DURATION_MILLIS);
    socket.onClose(() => {
      cancel();
      release();
      this.#leave(client);
    });
    this.#clients.add(client);
    if (past.length > 0) this.#send(client, past);
    this.#unsubscribe ??= subscribe((batch) => this.#take(batch));
  }

  /** Ends all connections. */
  close(): void {
    for (const { socket } of this.#clients) socket.close(1001, 'otelier is shutting down');
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
      if (clients.length === 0) return;
      const rows = logRowsOf(batch, this.#inspected.take(batch.itemCount), () => '');
      const entries = rows.map(entryOf);
      for (const client of clients) this.#show(client, entries);
    } catch (error) {
      this.#options.onError(error);
    }
  }

  #show(client: Client, entries: readonly LogEntry[]): void {
    const kept: PipelineEntry[] = [];
    for (const entry of entries) {
      if (!isSelected(entry, client.matchers)) continue;
      if (entry.line.length > MAX_LINE || client.socket.bufferedBytes > LIMITS.streamQueueBytes) {
        drop(client, entry);
        continue;
      }
      const found = this.#evaluate(client, entry);
      if (found === undefined) continue;
      if (found === 'too-slow' || client.shown.take(1) === 0) drop(client, entry);
      else kept.push(found);
    }
    if (kept.length > 0) this.#send(client, kept);
  }

  #evaluate(client: Client, entry: LogEntry): PipelineEntry | 'too-slow' | undefined {
    if (client.evaluation.take(1) === 0) return 'too-slow';
    const started = this.#options.clock.monotonic();
    const found = client.pipeline(entry);
    client.evaluation.take(Math.round((this.#options.clock.monotonic() - started) * 1000));
    return found;
  }

  #send(client: Client, entries: readonly PipelineEntry[]): void {
    const { result, encodingFlags } = streamData(entries, client.isCategorized);
    const dropped = client.dropped.map(({ time, stream }) => ({
      labels: Object.fromEntries(stream),
      timestamp: `${time}`,
    }));
    client.dropped = [];
    client.socket.send(
      JSON.stringify({
        streams: result,
        ...(encodingFlags !== undefined && { encodingFlags }),
        ...(dropped.length > 0 && { dropped_entries: dropped }),
      }),
    );
  }
}

function drop(client: Client, entry: LogEntry): void {
  if (client.dropped.length < MAX_DROPPED) client.dropped.push(entry);
}
