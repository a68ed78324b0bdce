import type { Worker } from 'node:worker_threads';
import type { StoreEvent } from '../contract.ts';
import { startThread } from '../thread.ts';
import type { FromThread, RequestName, Requests, ThreadOptions, ToThread } from './protocol.ts';

/** What the main thread is told besides answers. */
export interface ThreadListener {
  event(event: StoreEvent): void;
  discard(journal: string, position: number): void;
  writable(writable: boolean, reason: string): void;
}

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

const RESTART_MILLIS = 500;

/**
 * The main thread's side of the store thread. A thread that dies is started anew: all it knows can be read from files
 * and journals again.
 */
export class ThreadClient {
  readonly #options: () => ThreadOptions;
  readonly #listener: ThreadListener;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #lastId = 0;
  #closing = false;
  #ready: Promise<void> = Promise.resolve();

  /** Starts the thread; resolves when it takes requests. `options` is asked again for each start. */
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

  async request<Name extends RequestName>(
    kind: Name,
    parameters: Requests[Name]['parameters'],
  ): Promise<Requests[Name]['result']> {
    await this.#ready;
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
    await this.#ready;
    this.#closing = true;
    await this.request('close', {});
    await this.#worker?.terminate();
  }

  #start(): void {
    const worker = startThread(import.meta.url, './worker', { workerData: this.#options(), name: 'otelier-store' });
    this.#worker = worker;
    this.#ready = new Promise((resolve, reject) => {
      worker.on('message', (message: FromThread) => {
        if (message.kind === 'ready') this.#isReady(resolve);
        else this.#receive(message);
      });
      worker.on('error', (error) => {
        reject(error);
        this.#died(`the store thread failed: ${error instanceof Error ? error.message : error}`);
      });
      worker.on('exit', (code) => this.#died(`the store thread ended with code ${code}`));
    });
    // Who waits for it sees the failure; with nobody waiting, `#died` has said it.
    this.#ready.catch(() => undefined);
  }

  #isReady(resolve: () => void): void {
    // A thread that died may have said that it cannot write; the new one has not tried yet.
    this.#listener.writable(true, '');
    resolve();
  }

  #receive(message: Exclude<FromThread, { kind: 'ready' }>): void {
    switch (message.kind) {
      case 'answer':
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
        this.#listener.writable(message.writable, message.reason);
        return;
    }
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #died(reason: string): void {
    if (this.#worker === undefined) return;
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(new Error(reason));
    this.#waiting.clear();
    if (this.#closing) return;
    this.#listener.event({ kind: 'error', message: `${reason}; it is started again` });
    let started: () => void = () => undefined;
    this.#ready = new Promise((resolve) => {
      started = resolve;
    });
    setTimeout(() => {
      if (!this.#closing) this.#start();
      started();
    }, RESTART_MILLIS).unref();
  }
}
