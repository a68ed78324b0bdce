import type { LogRow } from '@otelier/store';
import type { TextSocket } from '@otelier/transport';
import { LIMITS } from '../../api/limits.ts';
import type { Pipeline } from '../../logql/pipeline/compile.ts';
import type { LogEntry, PipelineEntry } from '../../logql/pipeline/stage.ts';
import type { Matcher } from '../../promql/labels/matcher.ts';
import { LiveLogs, type LiveLogsOptions } from '../../streams/live-logs.ts';
import { streamSlots, tooManyClients } from '../../streams/log-tail.ts';
import { PerSecond } from '../../streams/per-second.ts';
import type { StreamSlots } from '../../streams/stream-slots.ts';
import { streamData } from '../api/format.ts';
import { entryOf } from '../model/entry.ts';
import { isSelected } from '../store-source.ts';

/** What a client of the tail wants to see. */
export interface TailRequest {
  readonly tenant: string;
  /** Patterns of attributes whose values the client must not see. */
  readonly masked: readonly string[];
  readonly address: string;
  readonly matchers: readonly Matcher[];
  readonly pipeline: Pipeline;
  readonly isCategorized: boolean;
}

interface Client extends TailRequest {
  socket: TextSocket | undefined;
  readonly shown: PerSecond;
  readonly evaluation: PerSecond;
  /** The first entries that were left out since the last message. */
  dropped: DroppedEntry[];
  /** Entries that pass through until those of the past are sent. */
  waiting: PipelineEntry[] | undefined;
}

interface DroppedEntry {
  readonly labels: Readonly<Record<string, string>>;
  readonly timestamp: string;
}

/** A client that waits for the entries of the past. */
export interface WaitingTail {
  /** Sends the entries of the past, then those that passed through meanwhile and those that follow. */
  start(socket: TextSocket, past: readonly PipelineEntry[]): void;
  cancel(): void;
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
  readonly #options: LiveLogsOptions;
  readonly #live: LiveLogs<Client>;
  readonly #slots: StreamSlots;

  constructor(options: LiveLogsOptions) {
    this.#options = options;
    this.#slots = streamSlots(options.clock);
    this.#live = new LiveLogs(options, (rows, clients, skipped) => this.#take(rows, clients, skipped));
  }

  /** Requires a free slot. Throws an `ApiProblem` if there are too many clients. */
  requireSlot(address: string, tenant: string): void {
    if (!this.#slots.makeSpace(address, tenant)) throw tooManyClients();
  }

  /** Collects entries for a client until it starts, so that none are missing between those of the past and later ones. */
  open(request: TailRequest): WaitingTail {
    const { clock } = this.#options;
    const client: Client = {
      ...request,
      socket: undefined,
      shown: new PerSecond(LIMITS.shownRecordsPerSecond, clock),
      evaluation: new PerSecond(EVALUATION_MICROS, clock),
      dropped: [],
      waiting: [],
    };
    this.#live.add(client);
    // A client that disconnects during the upgrade never starts.
    const stopWaiting = clock.setTimeout(() => this.#live.delete(client), START_MILLIS);
    return {
      start: (socket, past) => {
        stopWaiting();
        this.#start(client, socket, past);
      },
      cancel: () => {
        stopWaiting();
        this.#live.delete(client);
      },
    };
  }

  /** Ends all connections. */
  close(): void {
    for (const { socket } of this.#live.clients) socket?.close(1001, 'otelier is shutting down');
  }

  #start(client: Client, socket: TextSocket, past: readonly PipelineEntry[]): void {
    const { clock } = this.#options;
    const release = this.#slots.take(client.address, client.tenant, {
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
      this.#live.delete(client);
    });
    const { waiting = [] } = client;
    client.waiting = undefined;
    client.socket = socket;
    const first = [...past, ...withoutStored(waiting, past)];
    if (first.length > 0 || client.dropped.length > 0) this.#send(client, socket, first);
  }

  #take(rows: readonly LogRow[], clients: readonly Client[], skipped: number): void {
    const entries = rows.map(entryOf);
    for (const client of clients) {
      this.#show(client, entries);
      // Records that were not decoded have no labels.
      if (skipped > 0) drop(client, { labels: {}, timestamp: `${BigInt(this.#options.clock.now()) * 1_000_000n}` });
    }
  }

  #show(client: Client, entries: readonly LogEntry[]): void {
    const kept: PipelineEntry[] = [];
    const before = client.dropped.length;
    const { socket, waiting } = client;
    const isFull = socket === undefined ? (waiting?.length ?? 0) >= MAX_WAITING : isStalled(socket);
    for (const entry of entries) {
      if (!isSelected(entry, client.matchers)) continue;
      if (entry.line.length > MAX_LINE || isFull) {
        drop(client, droppedOf(entry));
        continue;
      }
      const found = this.#evaluate(client, entry);
      if (found === undefined) continue;
      if (found === 'too-slow' || client.shown.take(1) === 0) drop(client, droppedOf(entry));
      else kept.push(found);
    }
    if (socket === undefined) client.waiting?.push(...kept);
    else if (kept.length > 0 || (before === 0 && client.dropped.length > 0 && !isFull))
      this.#send(client, socket, kept);
  }

  #evaluate(client: Client, entry: LogEntry): PipelineEntry | 'too-slow' | undefined {
    if (client.evaluation.take(1) === 0) return 'too-slow';
    const started = this.#options.clock.monotonic();
    const found = client.pipeline(entry);
    client.evaluation.take(Math.round((this.#options.clock.monotonic() - started) * 1000));
    return found;
  }

  #send(client: Client, socket: TextSocket, entries: readonly PipelineEntry[]): void {
    const { result, encodingFlags } = streamData(entries, client.isCategorized);
    const { dropped } = client;
    client.dropped = [];
    socket.send(
      JSON.stringify({
        streams: result,
        ...(encodingFlags !== undefined && { encodingFlags }),
        ...(dropped.length > 0 && { dropped_entries: dropped }),
      }),
    );
  }
}

/** Time in which a client must start. */
const START_MILLIS = 60_000;
/** Maximum number of entries that wait for those of the past. */
const MAX_WAITING = 5000;

function isStalled({ bufferedBytes }: TextSocket): boolean {
  return bufferedBytes > LIMITS.streamQueueBytes;
}

function droppedOf({ time, stream }: LogEntry): DroppedEntry {
  return { labels: Object.fromEntries(stream), timestamp: `${time}` };
}

function drop(client: Client, entry: DroppedEntry): void {
  if (client.dropped.length < MAX_DROPPED) client.dropped.push(entry);
}

/** Returns the entries that are not among those of the past: an entry passes through before or after it is stored. */
function withoutStored(entries: readonly PipelineEntry[], past: readonly PipelineEntry[]): readonly PipelineEntry[] {
  const stored = new Map<string, number>();
  for (const entry of past) stored.set(keyOf(entry), (stored.get(keyOf(entry)) ?? 0) + 1);
  return entries.filter((entry) => {
    const key = keyOf(entry);
    const count = stored.get(key) ?? 0;
    stored.set(key, count - 1);
    return count <= 0;
  });
}

function keyOf({ time, line, labels }: PipelineEntry): string {
  return JSON.stringify([`${time}`, line, [...labels.toMap()].sort()]);
}
