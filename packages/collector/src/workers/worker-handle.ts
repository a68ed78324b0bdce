import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import type { Clock } from '@otelier/transport';
import { StartError } from '../graph/start-error.ts';
import { type Counts, mergeCounts } from './merge.ts';
import type { Failure, FromWorker, ToWorker, WorkerOptions, WorkerState } from './protocol.ts';
import type { SharedCounter } from './shared-counter.ts';
import { type Deliver, WorkerChannel } from './worker-channel.ts';

/** Starts a worker thread. */
export type StartThread = (options: {
  readonly name: string;
  readonly workerData: WorkerOptions;
  readonly transferList: MessagePort[];
}) => Worker;

/** What a member of the crew asks of it. */
export interface WorkerOwner {
  readonly clock: Clock;
  readonly deliver: Deliver;
  readonly startThread: StartThread;
  /** What the worker says besides answers and how it is. */
  heard(worker: WorkerHandle, message: Exclude<FromWorker, { kind: 'reply' | 'state' }>): void;
  /** A thread has started, the first or in place of one that failed. */
  started(worker: WorkerHandle): void;
  /** A thread has failed; it is started again after so long, unless the service is about to end. */
  failed(worker: WorkerHandle, error: unknown, restartMillis: number | undefined): void;
}

const FIRST_RESTART_MILLIS = 500;
const LONGEST_RESTART_MILLIS = 30_000;
/** A thread that ran so long has not failed because of how it started. */
const PROVEN_MILLIS = 60_000;

/** The main thread's side of one worker. A thread that fails while it runs is replaced, with what it counted kept. */
export class WorkerHandle {
  readonly index: number;
  readonly #options: Omit<WorkerOptions, 'index' | 'channel'>;
  readonly #counter: SharedCounter;
  readonly #owner: WorkerOwner;
  readonly #waiting = new Map<number, PromiseWithResolvers<void>>();
  #worker: Worker | undefined;
  #channel: WorkerChannel | undefined;
  #state = SILENT;
  /** What threads that have failed had counted. */
  #past: Counts = SILENT;
  #pastForwarded = SILENT.forwarded;
  #lastId = 0;
  #startedMillis = 0;
  #failures = 0;
  #failing = false;
  #running = false;
  #closed = false;
  /** Whether the service is about to end, and a thread that fails is not replaced. */
  #ending = false;
  #cancelRestart: (() => void) | undefined;

  constructor(
    index: number,
    options: Omit<WorkerOptions, 'index' | 'channel'>,
    counter: SharedCounter,
    owner: WorkerOwner,
  ) {
    this.index = index;
    this.#options = options;
    this.#counter = counter;
    this.#owner = owner;
  }

  /** Whether its thread runs and takes telemetry. */
  get running(): boolean {
    return this.#running;
  }

  /** What is wrong with it, in a few words. */
  get error(): string | undefined {
    return this.#failing ? `worker ${this.index}: failed` : undefined;
  }

  /** The way for batches to its thread. */
  get channel(): WorkerChannel | undefined {
    return this.#channel;
  }

  /** How it is, with what threads before had counted. */
  get state(): WorkerState {
    const state = this.#state;
    const { forwardedItems, lostItems } = this.#pastForwarded;
    return {
      ...state,
      ...mergeCounts([state, this.#past]),
      forwarded: {
        forwardedItems: state.forwarded.forwardedItems + forwardedItems,
        lostItems: state.forwarded.lostItems + lostItems,
      },
    };
  }

  /** Starts the thread and everything in it. Rejects with a `StartError` or, for a bug, with what the thread threw. */
  async start(): Promise<void> {
    this.#startThread();
    await this.request({ kind: 'start' });
    this.#running = true;
    this.#failing = false;
    this.#startedMillis = this.#owner.clock.monotonic();
  }

  drain(nodes: readonly string[], remainingMillis: number): Promise<void> {
    this.#ending = true;
    return this.request({ kind: 'drain', nodes, remainingMillis });
  }

  /** Closes everything in the thread and ends it. Safe twice. */
  async close(): Promise<void> {
    this.#ending = true;
    this.#closed = true;
    this.#cancelRestart?.();
    const worker = this.#worker;
    if (worker === undefined) return;
    await this.request({ kind: 'shutdown' }).catch(() => undefined);
    this.#running = false;
    this.#channel?.close();
    await worker.terminate();
  }

  post(message: ToWorker, transfer: readonly MessagePort[] = []): void {
    this.#worker?.postMessage(message, transfer);
  }

  /** Resolves when the thread has done it. Rejects when it cannot, or ends before. */
  request(message: RequestToWorker): Promise<void> {
    if (this.#worker === undefined) return Promise.reject(new Error(`worker ${this.index} does not run`));
    const id = ++this.#lastId;
    const reply = Promise.withResolvers<void>();
    this.#waiting.set(id, reply);
    this.post({ ...message, id });
    return reply.promise;
  }

  #startThread(): void {
    const { port1, port2 } = new MessageChannel();
    const workerData: WorkerOptions = { ...this.#options, index: this.index, channel: port2 };
    const name = `otelier-worker-${this.index}`;
    const worker = this.#owner.startThread({ name, workerData, transferList: [port2] });
    const channel = new WorkerChannel(port1, this.#owner.deliver);
    this.#worker = worker;
    this.#channel = channel;
    let failure: unknown = new Error(`worker ${this.index} ended`);
    worker.on('message', (message: FromWorker) => this.#hear(message));
    worker.on('error', (error) => {
      failure = error;
    });
    worker.on('exit', () => this.#ended(channel, failure));
    this.#owner.started(this);
  }

  #hear(message: FromWorker): void {
    if (message.kind === 'state') {
      this.#state = message.state;
    } else if (message.kind === 'reply') {
      this.#state = message.state;
      const reply = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.failure) reply?.reject(startErrorOf(message.failure));
      else reply?.resolve();
    } else {
      this.#owner.heard(this, message);
    }
  }

  #ended(channel: WorkerChannel, failure: unknown): void {
    const wasRunning = this.#running;
    this.#worker = undefined;
    this.#channel = undefined;
    this.#running = false;
    channel.close();
    for (const { reject } of this.#waiting.values()) reject(failure);
    this.#waiting.clear();
    this.#counter.clear();
    this.#keepCounts();
    if (wasRunning && !this.#closed) this.#restart(failure);
  }

  /** Its queues and endpoints went with the thread; what it counted has been. */
  #keepCounts(): void {
    const { nodes, edges, refusedRequests, forwarded } = this.state;
    this.#past = {
      nodes: nodes.map((node) => ({ ...node, queue: undefined, error: undefined })),
      edges,
      refusedRequests,
    };
    this.#pastForwarded = forwarded;
    this.#state = SILENT;
  }

  #restart(failure: unknown): void {
    this.#failing = true;
    if (this.#ending) {
      this.#owner.failed(this, failure, undefined);
      return;
    }
    const ranMillis = this.#owner.clock.monotonic() - this.#startedMillis;
    this.#failures = ranMillis > PROVEN_MILLIS ? 1 : this.#failures + 1;
    const millis = Math.min(LONGEST_RESTART_MILLIS, FIRST_RESTART_MILLIS * 2 ** (this.#failures - 1));
    this.#owner.failed(this, failure, millis);
    this.#cancelRestart = this.#owner.clock.setTimeout(() => {
      void this.#startAgain();
    }, millis);
  }

  async #startAgain(): Promise<void> {
    try {
      await this.start();
    } catch (error) {
      await this.#worker?.terminate();
      if (!this.#closed) this.#restart(error);
    }
  }
}

/** A thread that has not said anything. */
const SILENT: WorkerState = {
  nodes: [],
  edges: [],
  refusedRequests: 0,
  errors: [],
  endpoints: [],
  forwarded: { forwardedItems: 0, lostItems: 0 },
  cpuCores: 0,
  heapBytes: 0,
  externalBytes: 0,
  eventLoopDelayP99Millis: 0,
  load: { bytes: 0, busyConnections: 0 },
};

/** A message to be answered, before it has its number. */
type RequestToWorker = ToWorker extends infer Message
  ? Message extends { kind: 'start' | 'shutdown' | 'drain' }
    ? Omit<Message, 'id'>
    : never
  : never;

function startErrorOf({ kind, component, message }: Failure): StartError {
  return new StartError({ kind, component }, new Error(message));
}
