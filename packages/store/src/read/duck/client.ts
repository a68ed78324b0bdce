import type { Worker } from 'node:worker_threads';
import type { DataKey } from '@otelier/journal/encryption';
import { type QueryCaller, QueryError, StoreClosedError } from '../../contract.ts';
import { SMALL_HEAP, startThread } from '../../thread.ts';
import type { LookupRequest, LookupResult } from '../lookup/protocol.ts';
import type { ScanRequest, ScanResult } from '../scan/protocol.ts';
import type { SummaryRequest, SummaryResult } from '../summaries/protocol.ts';
import type { FailureKind, FromWorker, Statement, StatementResult, ToWorker, WorkerOptions } from './protocol.ts';

type Request = ToWorker extends infer Message ? (Message extends { id: number } ? Omit<Message, 'id'> : never) : never;

interface Waiting {
  readonly resolve: (message: FromWorker) => void;
  readonly reject: (error: Error) => void;
}

/** Files that were decrypted in memory. */
export interface DecryptedFiles {
  /** Returns where the contents of a file can be read. */
  pathOf(path: string): string;
  release(): void;
}

/**
 * Runs DuckDB in a worker thread, which starts with the first statement. Statements that are invalid or exceed a limit
 * reject with `QueryError`.
 */
export class DuckClient {
  #options: WorkerOptions;
  readonly #onUnreadable: (paths: readonly string[]) => Promise<void>;
  #worker: Worker | undefined;
  #nextId = 1;
  readonly #waiting = new Map<number, Waiting>();
  #closed = false;

  /** Creates a client. `onUnreadable` is called, and awaited, when one of some files cannot be read without the engine. */
  constructor(options: WorkerOptions, onUnreadable: (paths: readonly string[]) => Promise<void> = async () => {}) {
    this.#options = options;
    this.#onUnreadable = onUnreadable;
  }

  /** Runs a statement, and cancels it when the caller's signal aborts. */
  async run(statement: Statement, caller?: QueryCaller): Promise<StatementResult> {
    return resultOf(await this.#cancelable({ kind: 'run', statement, client: caller?.client ?? '' }, caller));
  }

  /** Scans files without the engine; `undefined` if the engine must do it or a file cannot be read. */
  async scan(request: ScanRequest, caller?: QueryCaller): Promise<ScanResult | undefined> {
    const reply = await this.#cancelable({ kind: 'scan', request }, caller);
    if (reply.kind === 'scanned') return reply.result;
    if (reply.kind !== 'unreadable') throw new Error(`expected the result of a scan, got ${reply.kind}`);
    await this.#onUnreadable(request.sources.map(({ path }) => path));
    return undefined;
  }

  async #cancelable(request: Request, caller: QueryCaller | undefined): Promise<FromWorker> {
    const id = this.#nextId++;
    const cancel = (): void => this.#worker?.postMessage({ kind: 'cancel', id } satisfies ToWorker);
    if (caller?.signal.aborted) throw new QueryError('the query was canceled');
    caller?.signal.addEventListener('abort', cancel);
    try {
      return await this.#ask(request, id);
    } finally {
      caller?.signal.removeEventListener('abort', cancel);
    }
  }

  /** Decrypts files in memory, for another process. They stay there until `release`. */
  async decrypt(paths: readonly string[]): Promise<DecryptedFiles> {
    const lease = this.#nextId++;
    const reply = await this.#ask({ kind: 'decrypt', paths }, lease);
    if (reply.kind !== 'decrypted') throw new Error(`expected decrypted files, got ${reply.kind}`);
    const found = new Map(paths.map((path, index) => [path, reply.paths[index] ?? path]));
    return {
      pathOf: (path) => found.get(path) ?? path,
      release: () => this.#worker?.postMessage({ kind: 'release', lease } satisfies ToWorker),
    };
  }

  /** Sets the data keys of all tenants. */
  setKeys(keys: readonly DataKey[]): void {
    this.#options = { ...this.#options, keys };
    this.#worker?.postMessage({ kind: 'keys', keys } satisfies ToWorker);
  }

  /** Merges the summaries of files. */
  async merge(request: SummaryRequest): Promise<SummaryResult> {
    const reply = await this.#ask({ kind: 'merge', request });
    if (reply.kind === 'merged') return reply.result;
    throw new Error(`expected merged summaries, got ${reply.kind}`);
  }

  /** Reads the rows of traces; `undefined` if they exceed a limit or a file cannot be read without the engine. */
  async lookup(request: LookupRequest): Promise<LookupResult | undefined> {
    const reply = await this.#ask({ kind: 'lookup', request });
    if (reply.kind === 'found') return reply.result;
    if (reply.kind !== 'unreadable') throw new Error(`expected rows, got ${reply.kind}`);
    await this.#onUnreadable(request.paths);
    return undefined;
  }

  /**
   * Streams a statement's rows in batches of at most `limits.maxRows` rows or approximately `limits.maxResultBytes`.
   */
  async *stream(statement: Statement): AsyncGenerator<StatementResult> {
    const id = this.#nextId++;
    try {
      let reply = await this.#ask({ kind: 'open', statement }, id);
      while (reply.kind === 'rows' && reply.result !== undefined) {
        yield reply.result;
        reply = await this.#ask({ kind: 'next' }, id);
      }
    } finally {
      this.#worker?.postMessage({ kind: 'cancel', id } satisfies ToWorker);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    this.#worker = undefined;
    const lost = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of lost) reject(closedError());
    if (worker !== undefined) await endThread(worker);
  }

  #ask(request: Request, id: number = this.#nextId++): Promise<FromWorker> {
    if (this.#closed) return Promise.reject(closedError());
    const worker = this.#start();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.ref();
      worker.postMessage({ ...request, id } as ToWorker);
    });
  }

  #start(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = startThread(import.meta.url, './worker', {
      workerData: this.#options,
      name: 'otelier-query',
      resourceLimits: SMALL_HEAP,
    });
    worker.on('message', (message: FromWorker) => this.#settle(message));
    worker.on('error', (error) => this.#lose(worker, error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', (code) => this.#lose(worker, new Error(`the query thread ended with code ${code}`)));
    this.#worker = worker;
    return worker;
  }

  #settle(message: FromWorker): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    // An idle thread does not keep the process alive.
    if (this.#waiting.size === 0) this.#worker?.unref();
    if (message.kind !== 'failure') waiting?.resolve(message);
    else waiting?.reject(errorOf(message.failure, message.message));
  }

  /** Handles the death of the thread: rejects pending statements. The next statement starts a new thread. */
  #lose(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const lost = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of lost) reject(error);
  }
}

/** How long the thread may take to interrupt its statements and close its databases, in milliseconds. */
const END_MILLIS = 5000;

/** Waits for the thread to exit by itself: DuckDB's bindings abort the whole process if a busy thread is terminated. */
async function endThread(worker: Worker): Promise<void> {
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  worker.ref();
  worker.postMessage({ kind: 'close' } satisfies ToWorker);
  const timer = setTimeout(() => void worker.terminate(), END_MILLIS);
  await ended;
  clearTimeout(timer);
}

const HINTS: Readonly<Partial<Record<FailureKind, string>>> = {
  timeout: '; a shorter time range or more conditions make it faster',
  memory: '; a shorter time range, more conditions or fewer groups need less',
  size: '; select fewer columns or rows',
};

function errorOf(failure: FailureKind, message: string): Error {
  return failure === 'internal' ? new Error(message) : new QueryError(`${message}${HINTS[failure] ?? ''}`);
}

function closedError(): Error {
  return new StoreClosedError('the store is closed');
}

function resultOf(message: FromWorker): StatementResult {
  if (message.kind === 'result') return message.result;
  throw new Error(`expected a result, got ${message.kind}`);
}
