import type { Worker } from 'node:worker_threads';
import type { StoreEvent } from '../contract.ts';
import { errorMessage } from '../error-message.ts';
import { SMALL_HEAP, startThread } from '../thread.ts';
import type { Obstacle } from './availability.ts';
import type { FromThread, Positions, RequestName, Requests, ThreadOptions, ToThread } from './protocol.ts';

/** Callbacks for messages from the store thread other than replies. */
export interface ThreadListener {
  event(event: StoreEvent): void;
  discard(journal: string, position: number): void;
  /** Called with the reason when something prevents storing, and with `undefined` when that is over. */
  obstacle(obstacle: Obstacle, reason: string | undefined): void;
}

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

/** Delay before the first restart, in milliseconds. It doubles with each consecutive failure. */
const RESTART_MILLIS = 500;
const LONGEST_RESTART_MILLIS = 60_000;

/**
 * The main thread's interface to the store thread. A thread that died is restarted, because its state can be restored
 * from files and journals.
 */
export class ThreadClient {
  readonly #options: () => ThreadOptions;
  readonly #listener: ThreadListener;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #lastId = 0;
  #closing = false;
  #ready: Promise<void> = Promise.resolve();
  /** Number of times the thread has died since it last read the journals, and the reason for the last time. */
  #failures = 0;
  #failure = '';
  #restart: NodeJS.Timeout | undefined;
  #stated: Positions = {};

  /** Starts the thread. Resolves when it accepts requests. `options` is called at each start. */
  static async start(options: () => ThreadOptions, listener: ThreadListener): Promise<ThreadClient> {
    const client = new ThreadClient(options, listener);
    client.#start();
    try {
      await client.#ready;
    } catch (error) {
      client.#closing = true;
      throw error;
    }
    return client;
  }

  private constructor(options: () => ThreadOptions, listener: ThreadListener) {
    this.#options = options;
    this.#listener = listener;
  }

  /** The highest position in files for each journal. */
  get stated(): Positions {
    return this.#stated;
  }

  async request<Name extends RequestName>(
    kind: Name,
    parameters: Requests[Name]['parameters'],
  ): Promise<Requests[Name]['result']> {
    if (this.#worker === undefined && this.#failures > 1) throw new Error(this.#failure);
    await this.#ready;
    if (this.#worker === undefined && this.#closing) throw new Error('the store is closed');
    const id = ++this.#lastId;
    return new Promise<Requests[Name]['result']>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.post({ kind, id, ...parameters } as ToThread);
    });
  }

  post(message: ToThread): void {
    this.#worker?.postMessage(message);
  }

  async close(): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#restart);
    const worker = this.#worker;
    if (worker === undefined) return;
    await this.#ready.catch(() => undefined);
    // A failing thread loses nothing: files are written atomically, and the rest is in the journal.
    if (this.#worker === worker) await this.request('close', {}).catch(() => undefined);
    await worker.terminate();
  }

  #start(): void {
    const worker = startThread(import.meta.url, './worker', {
      workerData: this.#options(),
      name: 'otelier-store',
      resourceLimits: SMALL_HEAP,
    });
    this.#worker = worker;
    this.#ready = new Promise((resolve, reject) => {
      worker.on('message', (message: FromThread) => {
        // The last messages of a thread may arrive after its error. What they say of its state is over.
        const isState = message.kind === 'ready' || message.kind === 'caught-up' || message.kind === 'writable';
        if (isState && this.#worker !== worker) return;
        if (message.kind === 'ready') this.#isReady(message.stated, resolve);
        else this.#receive(message);
      });
      worker.on('error', (error) => {
        reject(error);
        this.#died(worker, `the store thread failed: ${errorMessage(error)}`);
      });
      worker.on('exit', (code) => this.#died(worker, `the store thread ended with code ${code}`));
    });
    // Callers see the failure. Without callers, `#died` has reported it.
    this.#ready.catch(() => undefined);
  }

  #isReady(stated: Positions, resolve: () => void): void {
    this.#stated = stated;
    // The thread that died may have reported that it cannot write; the new one has not tried yet.
    this.#listener.obstacle('files', undefined);
    this.#listener.obstacle('journal', undefined);
    resolve();
  }

  #receive(message: Exclude<FromThread, { kind: 'ready' }>): void {
    switch (message.kind) {
      case 'reply':
        this.#take(message.id)?.resolve(message.result as never);
        return;
      case 'failure':
        this.#take(message.id)?.reject(new Error(message.message));
        return;
      case 'event':
        this.#listener.event(message.event);
        return;
      case 'discard':
        this.#listener.discard(message.journal, message.position);
        return;
      case 'writable':
        this.#listener.obstacle(message.what, message.writable ? undefined : message.reason);
        return;
      case 'caught-up':
        this.#failures = 0;
        this.#listener.obstacle('thread', undefined);
        return;
    }
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #died(worker: Worker, reason: string): void {
    // Its exit follows its error, on a busy machine after the next thread has started.
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(new Error(reason));
    this.#waiting.clear();
    if (this.#closing) return;
    this.#failures += 1;
    this.#failure = reason;
    const delayMillis = Math.min(LONGEST_RESTART_MILLIS, RESTART_MILLIS * 2 ** (this.#failures - 1));
    this.#listener.event({ kind: 'error', message: `${reason}; it is started again in ${delayMillis} ms` });
    // A single failure may be a coincidence. Two without reading the journal in between mean that nothing is being
    // stored.
    if (this.#failures > 1) this.#listener.obstacle('thread', reason);
    let started: () => void = () => undefined;
    this.#ready = new Promise((resolve) => {
      started = resolve;
    });
    this.#restart = setTimeout(() => {
      this.#start();
      started();
    }, delayMillis).unref();
  }
}
