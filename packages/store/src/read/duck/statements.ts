import type { DuckDBConnection } from '@duckdb/node-api';
import type { MemoryFiles } from '../../encryption/memory-files.ts';
import { quoteText } from '../shared/quote.ts';
import { Databases } from './databases.ts';
import { bindAll, type Cursor, openCursor, readUpTo } from './execute.ts';
import { StatementFailure, TOO_MUCH_MEMORY } from './failures.ts';
import type { Statement, StatementLimits, StatementResult, WorkerOptions } from './protocol.ts';
import { Slots } from './slots.ts';
import { convertRaw } from './values.ts';

/**
 * Maximum number of concurrent statements in the DuckDB thread. DuckDB runs statements on the process's libuv thread
 * pool (four threads by default), which the journal also needs for fsync. User statements run in separate processes
 * (`sql/process`).
 */
const RUNNING = 2;
/**
 * Interval at which a running statement's memory use is checked and a stopped statement is interrupted again, in
 * milliseconds.
 */
const WATCH_MILLIS = 20;

/** Statements of the DuckDB thread, which run within their limits. */
export class Statements {
  readonly #options: WorkerOptions;
  readonly #databases: Databases;
  readonly #memory: MemoryFiles | undefined;
  readonly #slots = new Slots(RUNNING);
  readonly #cursors = new Map<number, Cursor>();
  /** Number of statements that are running, and the resident memory before the first of them started. */
  #active = 0;
  #idleBytes = 0;

  /** `memory` decrypts files that the engine reads. */
  constructor(options: WorkerOptions, memory?: MemoryFiles) {
    this.#memory = memory;
    this.#options = options;
    this.#databases = new Databases(options);
  }

  /** Runs a statement and returns its rows. Clients with further statements take turns. */
  run(statement: Statement, signal: AbortSignal, client?: string): Promise<StatementResult> {
    return this.#slots.use(async () => {
      const database = await this.#databases.for(statement);
      const connection = await database.acquire();
      const readable = withDecrypted(statement, this.#memory);
      try {
        return await this.#limited(connection, statement.limits, signal, async () => {
          const prepared = await connection.prepare(readable.text);
          try {
            bindAll(prepared, statement.parameters);
            return readable.restore(await readUpTo(await prepared.stream(), statement.limits, convertRaw));
          } finally {
            prepared.destroySync();
          }
        });
      } finally {
        readable.release();
        database.release(connection);
      }
    }, client);
  }

  /** Starts a statement whose rows `next` returns. */
  async open(id: number, statement: Statement): Promise<void> {
    const database = await this.#databases.for(statement);
    const connection = await database.connect();
    const readable = withDecrypted(statement, this.#memory);
    try {
      this.#cursors.set(id, await openCursor(connection, { ...statement, text: readable.text }, readable.release));
    } catch (error) {
      readable.release();
      connection.closeSync();
      throw error;
    }
  }

  /** Returns the next rows of an open statement; `undefined` after the last, which closes it. */
  async next(id: number, signal: AbortSignal): Promise<StatementResult | undefined> {
    const cursor = this.#cursors.get(id);
    if (cursor === undefined) return undefined;
    const { connection, limits } = cursor;
    let result: StatementResult | undefined;
    try {
      result = await this.#slots.use(() => this.#limited(connection, limits, signal, () => cursor.next(convertRaw)));
    } finally {
      if (result === undefined) this.closeCursor(id);
    }
    return result;
  }

  /** Closes an open statement, if there is one with this ID. */
  closeCursor(id: number): void {
    const cursor = this.#cursors.get(id);
    cursor?.connection.closeSync();
    cursor?.release();
    this.#cursors.delete(id);
  }

  /** Closes all open statements and databases. */
  async close(): Promise<void> {
    for (const id of [...this.#cursors.keys()]) this.closeCursor(id);
    await this.#databases.close();
  }

  /** Returns the resident memory at which statements are stopped: one limit for all that run at the same time. */
  #memoryCeiling(): number {
    if (this.#active === 0) this.#idleBytes = residentBytes(0);
    return this.#idleBytes + 2 * this.#options.memoryLimitBytes;
  }

  /**
   * Runs `work` within its limits. Interrupts it on timeout, on cancellation, and when the process grows far beyond
   * DuckDB's memory limit, because DuckDB does not account for all the memory it allocates.
   */
  async #limited<T>(
    connection: DuckDBConnection,
    { timeoutMillis }: StatementLimits,
    signal: AbortSignal,
    work: () => Promise<T>,
  ): Promise<T> {
    if (signal.aborted) throw new StatementFailure('cancelled', 'the query was canceled');
    let stopped: StatementFailure | undefined;
    const stop = (failure: StatementFailure): void => {
      stopped ??= failure;
      connection.interrupt();
    };
    const cancelled = (): void => stop(new StatementFailure('cancelled', 'the query was canceled'));
    const timeout = setTimeout(
      () => stop(new StatementFailure('timeout', `the query took longer than ${timeoutMillis} ms`)),
      timeoutMillis,
    );
    const maxMemory = this.#memoryCeiling();
    const watch = setInterval(() => {
      // DuckDB loses an interrupt that arrives between two engine calls, for example before the statement starts, so it
      // is repeated.
      if (stopped !== undefined) connection.interrupt();
      else if (residentBytes(maxMemory) > maxMemory) stop(new StatementFailure('memory', TOO_MUCH_MEMORY));
    }, WATCH_MILLIS);
    signal.addEventListener('abort', cancelled);
    this.#active += 1;
    try {
      return await work();
    } catch (error) {
      throw stopped ?? error;
    } finally {
      this.#active -= 1;
      clearTimeout(timeout);
      clearInterval(watch);
      signal.removeEventListener('abort', cancelled);
    }
  }
}

/** A statement whose encrypted files are decrypted in memory until `release`. */
interface ReadableStatement {
  readonly text: string;
  /** Returns a result that names the files of the statement instead of the decrypted ones. */
  restore(result: StatementResult): StatementResult;
  release(): void;
}

function withDecrypted({ text }: Statement, memory: MemoryFiles | undefined): ReadableStatement {
  if (memory === undefined) return { text, restore: (result) => result, release: () => undefined };
  const paths = [...text.matchAll(FILE_PATH)].map(([quoted]) => unquoted(quoted));
  const lease = memory.acquire(paths);
  const originals = new Map(paths.map((path) => [lease.pathOf(path) as unknown, path]));
  return {
    text: text.replaceAll(FILE_PATH, (quoted) => quoteText(lease.pathOf(unquoted(quoted)))),
    restore: (result) => ({
      ...result,
      columns: result.columns.map((column) =>
        FILE_COLUMNS.includes(column.name)
          ? { ...column, values: column.values.map((value) => originals.get(value) ?? value) }
          : column,
      ),
    }),
    release: () => lease.release(),
  };
}

/** Columns of results that contain paths of files. */
const FILE_COLUMNS: readonly string[] = ['filename', 'file'];

/** Matches the quoted path of a file of a store. */
const FILE_PATH = /'(?:[^']|'')*\/(?:data|tail)\/(?:[^']|'')+\.parquet'/g;

function unquoted(text: string): string {
  return text.slice(1, -1).replaceAll("''", "'");
}

/**
 * Returns the resident memory size. Linux reads it from a file; if no file descriptor is available, returns `unknown`.
 */
function residentBytes(unknown: number): number {
  try {
    return process.memoryUsage.rss();
  } catch {
    return unknown;
  }
}
