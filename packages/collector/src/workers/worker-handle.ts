import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import type { TraceDrops } from '@otelier/query';
import type { Clock } from '@otelier/transport';
import { type Counts, mergeCounts } from '../graph/counts.ts';
import { closeLedger } from '../graph/ledger/node-ledger.ts';
import { StartError } from '../graph/start-error.ts';
import type { SendersSnapshot } from '../senders/sender-snapshot.ts';
import type { Failure, FromWorker, ToWorker, WorkerOptions, WorkerState } from './protocol.ts';
import type { SharedCounter } from './shared-counter.ts';
import { type Deliver, WorkerChannel } from './worker-channel.ts';

/** Starts a worker thread. */
export type StartThread = (options: {
  readonly name: string;
  readonly workerData: WorkerOptions;
  readonly transferList: MessagePort[];
}) => Worker;

/** The owner of a worker: its dependencies and event handlers. */
export interface WorkerOwner {
  readonly clock: Clock;
  readonly deliver: Deliver;
  readonly startThread: StartThread;
  /** Called for messages other than replies and state reports. */
  received(worker: WorkerHandle, message: Exclude<FromWorker, { kind: 'reply' | 'state' | 'found' }>): void;
  /** Called when a thread has started, including after a failure. */
  started(worker: WorkerHandle): void;
  /** Called when a thread has failed. It restarts after `restartMillis`, unless the service is stopping. */
  failed(worker: WorkerHandle, error: unknown, restartMillis: number | undefined): void;
}

const FIRST_RESTART_MILLIS = 500;
const MAX_RESTART_MILLIS = 30_000;
/** How long a thread must run before its restart delay is reset. */
const STABLE_MILLIS = 60_000;

/** The main thread's handle for a worker. It replaces a failed thread and keeps its counts. */
export class WorkerHandle {
  readonly index: number;
  /** For the next thread. */
  #options: Omit<WorkerOptions, 'index' | 'channel'>;
  readonly #counter: SharedCounter;
  readonly #owner: WorkerOwner;
  readonly #waiting = new Map<number, PromiseWithResolvers<void>>();
  readonly #searches = new Map<number, PromiseWithResolvers<TraceDrops | SendersSnapshot>>();
  #worker: Worker | undefined;
  #channel: WorkerChannel | undefined;
  #state = INITIAL_STATE;
  /** Counts of previous threads, which failed. */
  #past: Counts = INITIAL_STATE;
  #pastForwarded = INITIAL_STATE.forwarded;
  #lastId = 0;
  #startedMillis = 0;
  #failures = 0;
  #failing = false;
  #running = false;
  #closed = false;
  /** Whether the service is stopping, in which case a failed thread is not replaced. */
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

  /** Whether the thread is running and accepts telemetry. */
  get running(): boolean {
    return this.#running;
  }

  /** A short description of the current error, if any. */
  get error(): string | undefined {
    return this.#failing ? `worker ${this.index}: failed` : undefined;
  }

  /** The channel for batches to the thread. */
  get channel(): WorkerChannel | undefined {
    return this.#channel;
  }

  /** The thread's state, with the counts of previous threads added. */
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

  /**
   * Starts the thread and its components. Rejects with a `StartError` or, in case of a bug, with the error thrown by
   * the thread.
   */
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

  /** Changes the configuration of the next thread, if this one fails. */
  configure(changed: Pick<WorkerOptions, 'origin' | 'memoryLimitBytes' | 'level'>): void {
    this.#options = { ...this.#options, ...changed };
  }

  /** Ends a thread that runs another configuration than the others. It restarts as after a failure. */
  async restart(): Promise<void> {
    await this.#worker?.terminate();
  }

  /** Shuts down the thread's components and terminates it. Idempotent. */
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

  /** Sends a request and resolves with the thread's reply. Rejects if the request fails or the thread terminates. */
  request(message: RequestToWorker): Promise<void> {
    if (this.#worker === undefined) return Promise.reject(new Error(`worker ${this.index} is not running`));
    const id = ++this.#lastId;
    const reply = Promise.withResolvers<void>();
    this.#waiting.set(id, reply);
    this.post({ ...message, id });
    return reply.promise;
  }

  /** Returns where a trace was dropped in the thread. Rejects if the thread terminates. */
  async drops(traceId: string): Promise<TraceDrops> {
    return (await this.#find((id) => ({ kind: 'find drops', id, traceId }))) as TraceDrops;
  }

  /** Returns who sends to the thread. Rejects if the thread terminates. */
  async senders(): Promise<SendersSnapshot> {
    return (await this.#find((id) => ({ kind: 'find senders', id }))) as SendersSnapshot;
  }

  #find(question: (id: number) => ToWorker): Promise<TraceDrops | SendersSnapshot> {
    if (this.#worker === undefined) return Promise.reject(new Error(`worker ${this.index} is not running`));
    const id = ++this.#lastId;
    const search = Promise.withResolvers<TraceDrops | SendersSnapshot>();
    this.#searches.set(id, search);
    this.post(question(id));
    return search.promise;
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
    worker.on('message', (message: FromWorker) => this.#receive(message));
    worker.on('error', (error) => {
      failure = error;
    });
    worker.on('exit', () => this.#ended(channel, failure));
    this.#owner.started(this);
  }

  #receive(message: FromWorker): void {
    if (message.kind === 'state') {
      this.#state = message.state;
    } else if (message.kind === 'found') {
      this.#searches.get(message.id)?.resolve(message.found);
      this.#searches.delete(message.id);
    } else if (message.kind === 'reply') {
      this.#state = message.state;
      const reply = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.failure) reply?.reject(startErrorOf(message.failure));
      else reply?.resolve();
    } else {
      this.#owner.received(this, message);
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
    for (const { reject } of this.#searches.values()) reject(failure);
    this.#searches.clear();
    this.#counter.clear();
    this.#keepCounts();
    if (wasRunning && !this.#closed) this.#restart(failure);
  }

  /** Retains the counts of a terminated thread, but not its queues and endpoints. */
  #keepCounts(): void {
    const { nodes, edges, refusedRequests, forwarded } = this.state;
    this.#past = {
      nodes: nodes.map((node) => ({
        ...node,
        queue: undefined,
        problem: undefined,
        ledger: closeLedger(node.ledger),
      })),
      // Senders of unfinished calls did not get a response.
      edges: edges.map((edge) => ({
        ...edge,
        refusedItems: edge.refusedItems + (edge.pendingItems ?? 0),
        pendingItems: 0,
      })),
      refusedRequests,
    };
    this.#pastForwarded = forwarded;
    this.#state = INITIAL_STATE;
  }

  #restart(failure: unknown): void {
    this.#failing = true;
    if (this.#ending) {
      this.#owner.failed(this, failure, undefined);
      return;
    }
    const ranMillis = this.#owner.clock.monotonic() - this.#startedMillis;
    this.#failures = ranMillis > STABLE_MILLIS ? 1 : this.#failures + 1;
    const millis = Math.min(MAX_RESTART_MILLIS, FIRST_RESTART_MILLIS * 2 ** (this.#failures - 1));
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

/** The state of a thread that has not reported yet. */
const INITIAL_STATE: WorkerState = {
  nodes: [],
  edges: [],
  refusedRequests: 0,
  errors: [],
  statuses: [],
  endpoints: [],
  forwarded: { forwardedItems: 0, lostItems: 0 },
  cpuCores: 0,
  heapBytes: 0,
  externalBytes: 0,
  eventLoopDelayP99Millis: 0,
  load: { bytes: 0, busyConnections: 0 },
  tenants: [],
  ocsp: [],
};

/** A message that gets a reply, before its ID is assigned. */
type RequestToWorker = ToWorker extends infer Message
  ? Message extends { id: number; kind: Exclude<ToWorker['kind'], 'socket' | 'find drops' | 'find senders'> }
    ? Omit<Message, 'id'>
    : never
  : never;

function startErrorOf({ kind, component, message }: Failure): StartError {
  return new StartError({ kind, component }, new Error(message));
}
