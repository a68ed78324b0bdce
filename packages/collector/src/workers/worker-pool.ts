import { MessageChannel } from 'node:worker_threads';
import type { Batch, Outcome } from '@otelier/otlp';
import type { TraceDrops } from '@otelier/query';
import type { Clock } from '@otelier/transport/clock';
import { openConnections } from '@otelier/transport/connection-limit';
import type { Logger } from 'pino';
import type { BatchListener, TapFilter } from '../component/host.ts';
import { type DrainOrder, drainOrder } from '../graph/drain.ts';
import type { Forwarded } from '../graph/life.ts';
import type { SendersSnapshot } from '../senders/sender-snapshot.ts';
import type { SpanData } from '../telemetry/traces/span.ts';
import { Balancer } from './balance.ts';
import { shareOfConnections } from './connection-share.ts';
import type { FromWorker, WorkerOptions, WorkerState } from './protocol.ts';
import { SharedCounter } from './shared-counter.ts';
import { SharedPorts } from './shared-ports.ts';
import { ThreadMemory } from './thread-memory.ts';
import type { Deliver } from './worker-channel.ts';
import { type StartThread, WorkerHandle, type WorkerOwner } from './worker-handle.ts';

/** Options for a `WorkerPool`. */
export interface WorkerPoolOptions extends Omit<WorkerOptions, 'index' | 'channel'> {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly startThread: StartThread;
  /** Consumes the batches that workers send to the main thread. */
  readonly deliver: Deliver;
  /** Takes the spans of the process that ended in workers. */
  readonly takeSpans: (spans: readonly SpanData[]) => void;
  /** Whether workers exchange batches because a processor partitions them. */
  readonly partition: boolean;
}

/** A configuration for all workers. */
export interface PreparedConfig extends Pick<WorkerOptions, 'origin'> {
  /** IDs of the nodes that keep running. */
  readonly kept: ReadonlySet<string>;
  /** Whether a processor partitions its input. */
  readonly partition: boolean;
}

/** Interval at which worker loads are compared. */
const BALANCE_MILLIS = 500;

/** The worker threads of a service, controlled by the main thread. */
export class WorkerPool implements WorkerOwner {
  readonly clock: Clock;
  readonly deliver: Deliver;
  readonly startThread: StartThread;
  readonly #logger: Logger;
  readonly #takeSpans: WorkerPoolOptions['takeSpans'];
  #partition: boolean;
  readonly #memory: ThreadMemory;
  readonly #workers: readonly WorkerHandle[];
  readonly #ports: SharedPorts;
  readonly #taps = new Map<number, { readonly filter: TapFilter; readonly listener: BatchListener }>();
  readonly #balancer = new Balancer();
  #lastTap = 0;
  /** The workers that take part in the current reload. */
  #prepared: readonly WorkerHandle[] = [];
  #closed = false;
  #cancelBalance: (() => void) | undefined;

  constructor({ clock, logger, startThread, deliver, takeSpans, partition, ...options }: WorkerPoolOptions) {
    this.clock = clock;
    this.startThread = startThread;
    this.deliver = deliver;
    this.#logger = logger;
    this.#takeSpans = takeSpans;
    this.#partition = partition;
    this.#memory = new ThreadMemory(options.memory, options.count);
    openConnections.limit = shareOfConnections(options.count);
    this.#workers = Array.from({ length: options.count }, (_, index) => {
      return new WorkerHandle(index, options, new SharedCounter(options.inFlight, index), this);
    });
    this.#ports = new SharedPorts((component, endpoint) => {
      logger.warn({ component, endpoint }, 'listening in one worker only: threads cannot share a socket path');
    });
  }

  /** Starts all workers. Rejects with the error of the first worker that fails to start. */
  async start(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.start()));
    this.#balance();
  }

  /** Returns the drain order of the nodes, which is the same in all workers. */
  drainOrder(): DrainOrder {
    return drainOrder(this.#workers[0]?.state.nodes.toReversed() ?? []);
  }

  /** Drains the given nodes in all workers. */
  async drain(nodes: readonly string[], remainingMillis: number): Promise<void> {
    await Promise.all(
      this.#workers.map(async (worker) => {
        // A worker that fails in the meantime has already reported its failure and has nothing left to drain.
        if (worker.running) await worker.drain(nodes, remainingMillis).catch(() => undefined);
      }),
    );
  }

  /**
   * Prepares a configuration in all workers. Rejects with the error of the first that fails; call `rollBack` then. A worker
   * that is restarting gets the configuration with its next start.
   */
  async prepare({ origin, kept, partition }: PreparedConfig): Promise<void> {
    if (partition && !this.#partition) {
      this.#partition = true;
      for (const worker of this.#workers) this.#connect(worker);
    }
    this.#prepared = this.#workers.filter(({ running }) => running);
    const results = await Promise.allSettled(
      this.#prepared.map((worker) => worker.request({ kind: 'prepare', origin, kept: [...kept] })),
    );
    const failed = results.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }

  /** Switches all workers to the prepared configuration. */
  async switch(changed: Pick<WorkerOptions, 'origin' | 'memoryLimitBytes' | 'level'>): Promise<void> {
    const { memoryLimitBytes, level } = changed;
    for (const worker of this.#workers) worker.configure(changed);
    await Promise.all(
      this.#workers.map(async (worker) => {
        if (!this.#prepared.includes(worker)) await worker.restart();
        else await worker.request({ kind: 'switch', memoryLimitBytes, level }).catch(() => undefined);
      }),
    );
  }

  /** Shuts down what `prepare` started. */
  async rollBack(): Promise<void> {
    await this.#ask(this.#prepared, { kind: 'roll back' });
  }

  /** Drains replaced nodes in all workers. */
  async drainReplaced(nodes: readonly string[], remainingMillis: number): Promise<void> {
    await this.#ask(this.#prepared, { kind: 'drain replaced', nodes, remainingMillis });
  }

  /** Shuts down the replaced nodes. */
  async closeReplaced(): Promise<void> {
    await this.#ask(this.#prepared, { kind: 'close replaced' });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelBalance?.();
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }

  forwarded(): readonly Forwarded[] {
    return this.states().map(({ forwarded }) => forwarded);
  }

  /** Sends a batch to a node in one of the workers. */
  async send(worker: number, nodeId: string, batch: Batch): Promise<Outcome> {
    const handle = this.#workers[worker];
    if (handle?.channel === undefined || !handle.running)
      return { kind: 'retry', afterMillis: undefined, reason: `worker ${worker} is not running` };
    return await handle.channel.send(nodeId, batch);
  }

  /** Makes the states of all workers current. */
  async refresh(): Promise<void> {
    await this.#ask(this.#workers, { kind: 'report' });
  }

  /** Returns where a trace was dropped in the workers that run. */
  async drops(traceId: string): Promise<readonly TraceDrops[]> {
    const running = this.#workers.filter((worker) => worker.running);
    const found = await Promise.all(running.map((worker) => worker.drops(traceId).catch(() => undefined)));
    return found.filter((drops) => drops !== undefined);
  }

  /** Returns who sends to the workers that run. */
  async senders(): Promise<readonly SendersSnapshot[]> {
    const running = this.#workers.filter((worker) => worker.running);
    const found = await Promise.all(running.map((worker) => worker.senders().catch(() => undefined)));
    return found.filter((senders) => senders !== undefined);
  }

  states(): readonly WorkerState[] {
    return this.#workers.map(({ state }) => state);
  }

  errors(): readonly string[] {
    return this.#workers.flatMap(({ error }) => (error === undefined ? [] : [error]));
  }

  subscribe(filter: TapFilter, listener: BatchListener): () => void {
    const tap = ++this.#lastTap;
    this.#taps.set(tap, { filter, listener });
    for (const worker of this.#workers) worker.post({ kind: 'watch', tap, filter });
    return () => {
      this.#taps.delete(tap);
      for (const worker of this.#workers) worker.post({ kind: 'unwatch', tap });
    };
  }

  started(worker: WorkerHandle): void {
    for (const [tap, { filter }] of this.#taps) worker.post({ kind: 'watch', tap, filter });
    if (this.#partition) this.#connect(worker);
  }

  /** Connects a worker with those before it and those that run. */
  #connect(worker: WorkerHandle): void {
    for (const peer of this.#workers) {
      if (peer === worker || peer.channel === undefined) continue;
      const { port1, port2 } = new MessageChannel();
      worker.post({ kind: 'peer', index: peer.index, port: port1 }, [port1]);
      peer.post({ kind: 'peer', index: worker.index, port: port2 }, [port2]);
    }
  }

  failed({ index }: WorkerHandle, error: unknown, restartMillis: number | undefined): void {
    const fields = { worker: index, err: error, ...(restartMillis !== undefined && { restartMillis }) };
    this.#logger.error(fields, 'worker failed, telemetry in its memory is lost');
  }

  received(worker: WorkerHandle, message: Exclude<FromWorker, { kind: 'reply' | 'state' | 'found' }>): void {
    switch (message.kind) {
      case 'log':
        this.#log(message.line);
        return;
      case 'spans':
        this.#takeSpans(message.spans);
        return;
      case 'passed':
        this.#taps.get(message.tap)?.listener(message.batch, message.skippedItems);
        worker.post({ kind: 'seen', tap: message.tap, bytes: message.batch.sizeBytes });
        return;
      case 'socket': {
        const { id, endpoint, place } = message;
        void this.#ports
          .claim(worker.index, endpoint, place)
          .then((reply) => worker.post({ kind: 'socket', id, reply }));
        return;
      }
    }
  }

  /** Sends a request to workers. One that fails meanwhile has reported the failure, and starts again with all it needs. */
  async #ask(workers: readonly WorkerHandle[], request: Parameters<WorkerHandle['request']>[0]): Promise<void> {
    await Promise.all(
      workers.map(async (worker) => {
        if (worker.running) await worker.request(request).catch(() => undefined);
      }),
    );
  }

  /** Writes a worker's log line with this thread's logger. */
  #log(line: string): void {
    const { level, time: _, msg, ...fields } = JSON.parse(line) as { level: number; time: string; msg?: string };
    const name = this.#logger.levels.labels[level] as 'info' | undefined;
    this.#logger[name ?? 'info'](fields, msg);
  }

  #balance(): void {
    if (this.#closed) return;
    this.#cancelBalance = this.clock.setTimeout(() => this.#balance(), BALANCE_MILLIS);
    this.#memory.bytes();
    const move = this.#balancer.decide(this.#workers.map(({ running, state }) => (running ? state.load : undefined)));
    if (move) this.#workers[move.worker]?.post({ kind: 'move', connections: move.connections });
  }
}
