import { QueryBusyError, QueryError, StoreClosedError } from '../../../contract.ts';
import { FairQueue } from './fair-queue.ts';
import { hasKernelLimits } from './launch.ts';
import { SqlProcess } from './process.ts';

/** Options for an `SqlProcessPool`. */
export interface SqlProcessPoolOptions {
  /** The store's directory. */
  readonly directory: string;
  /** Number of DuckDB threads per process. */
  readonly threads: number;
  /** Resident memory limit of each process, in bytes. */
  readonly memoryLimitBytes: number;
  /** How long a process may be idle before it is ended, in milliseconds. Default one minute. */
  readonly idleMillis?: number;
}

/** A caller that requests a process, with its abort signal. */
export interface SqlClient {
  /** Key that identifies the client. Clients are served round-robin. */
  readonly client: string;
  readonly signal: AbortSignal | undefined;
}

/** A process reserved for one statement. */
export interface SqlLease {
  readonly process: SqlProcess;
  /** Returns the process to the pool. Safe to call more than once. */
  release(): void;
}

/** Maximum number of concurrent statements. */
const SLOTS = 3;
/** Maximum number of concurrent statements per client, so that other clients do not wait long for a slot. */
const SLOTS_PER_CLIENT = 2;
const WAITING_PER_CLIENT = 8;
const WAITING = 64;
const IDLE_MILLIS = 60_000;
/**
 * Running time after which a statement is likely to be killed, so that a spare process is started for the next
 * statement, in milliseconds.
 */
const SPARE_MILLIS = 250;
/** Kernel limit on a process's CPU time over its lifetime, for when all other limits fail. */
const CPU_SECONDS = 1800;

interface Waiter {
  readonly resolve: (lease: SqlLease) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A pool of child processes for user SQL. No process is started before the first statement. Afterwards one is kept
 * ready and ends once it has been idle for a while.
 */
export class SqlProcessPool {
  readonly #options: SqlProcessPoolOptions;
  readonly #queue = new FairQueue<Waiter>();
  readonly #running = new Map<string, number>();
  readonly #idle: SqlProcess[] = [];
  readonly #processes = new Set<SqlProcess>();
  #inUse = 0;
  #idleTimer: NodeJS.Timeout | undefined;
  #kernelLimits = hasKernelLimits();
  #closed = false;

  constructor(options: SqlProcessPoolOptions) {
    this.#options = options;
  }

  /** Waits for a process. Rejects with `QueryBusyError` if too many callers are waiting, or when the signal aborts. */
  async acquire({ client, signal }: SqlClient): Promise<SqlLease> {
    if (this.#closed) throw closedError();
    if (signal?.aborted) throw canceledError();
    if (this.#queue.count(client) >= WAITING_PER_CLIENT || this.#queue.size >= WAITING) {
      throw new QueryBusyError(`SQL: expected at most ${WAITING_PER_CLIENT} waiting statements of a client`);
    }
    const { promise, resolve, reject } = Promise.withResolvers<SqlLease>();
    const waiter: Waiter = { resolve, reject };
    const abort = (): void => {
      this.#queue.remove(client, waiter);
      reject(canceledError());
    };
    this.#queue.push(client, waiter);
    signal?.addEventListener('abort', abort);
    this.#assign();
    try {
      return await promise;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Ends all processes and their statements. Safe to call more than once. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idleTimer);
    for (const { reject } of this.#queue.clear()) reject(closedError());
    const processes = [...this.#processes];
    for (const process of processes) process.kill(closedError());
    await Promise.all(processes.map(({ exited }) => exited));
  }

  #assign(): void {
    while (this.#inUse < SLOTS) {
      const next = this.#queue.take((client) => (this.#running.get(client) ?? 0) < SLOTS_PER_CLIENT);
      if (next === undefined) return;
      try {
        next.item.resolve(this.#lease(next.client));
      } catch (error) {
        next.item.reject(error instanceof Error ? error : new Error(String(error)));
      }
    }
  }

  #lease(client: string): SqlLease {
    const process = this.#takeIdle() ?? this.#start();
    const endWork = process.work();
    this.#inUse += 1;
    this.#running.set(client, (this.#running.get(client) ?? 0) + 1);
    const spareTimer = setTimeout(() => this.#prepare(), SPARE_MILLIS);
    let released = false;
    return {
      process,
      release: () => {
        if (released) return;
        released = true;
        clearTimeout(spareTimer);
        endWork();
        this.#inUse -= 1;
        const running = (this.#running.get(client) ?? 1) - 1;
        if (running === 0) this.#running.delete(client);
        else this.#running.set(client, running);
        this.#keep(process);
        this.#assign();
      },
    };
  }

  #takeIdle(): SqlProcess | undefined {
    for (;;) {
      const process = this.#idle.pop();
      if (process === undefined || process.isUsable) return process;
    }
  }

  #keep(used: SqlProcess): void {
    if (this.#closed) return;
    if (used.failedToStart) this.#kernelLimits = false;
    if (used.isUsable) this.#idle.push(used);
    else if (used.hasStarted) this.#prepare();
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => this.#endIdle(), this.#options.idleMillis ?? IDLE_MILLIS);
    this.#idleTimer.unref();
  }

  /** Starts a process for the next statement, unless one is idle. */
  #prepare(): void {
    if (this.#closed || this.#idle.some(({ isUsable }) => isUsable)) return;
    try {
      this.#idle.push(this.#start());
    } catch {
      // The next statement retries and reports the error.
    }
  }

  #endIdle(): void {
    for (const process of this.#idle.splice(0)) process.kill(canceledError());
  }

  #start(): SqlProcess {
    const { directory, threads, memoryLimitBytes } = this.#options;
    const process = new SqlProcess(
      { directory, threads, memoryLimitBytes, cpuSeconds: CPU_SECONDS },
      this.#kernelLimits,
    );
    this.#processes.add(process);
    void process.exited.then(() => this.#processes.delete(process));
    return process;
  }
}

function closedError(): Error {
  return new StoreClosedError('the store is closed');
}

function canceledError(): Error {
  return new QueryError('the query was canceled');
}
