import { parentPort, workerData } from 'node:worker_threads';
import type { DuckDBConnection } from '@duckdb/node-api';
import { returnMemoryWhenIdle } from '../../idle-memory.ts';
import { Layouts } from '../lookup/layouts.ts';
import type { LookupRequest, LookupResult } from '../lookup/protocol.ts';
import { RowLookup } from '../lookup/row-lookup.ts';
import { FileParts } from '../scan/file-parts.ts';
import { scan } from '../scan/scan.ts';
import { SummaryMerger } from '../summaries/merge.ts';
import { Databases } from './databases.ts';
import { bindAll, type Cursor, openCursor, readUpTo } from './execute.ts';
import { failureOf, StatementFailure, TOO_MUCH_MEMORY } from './failures.ts';
import type { FromWorker, Statement, StatementLimits, StatementResult, ToWorker, WorkerOptions } from './protocol.ts';
import { Slots } from './slots.ts';
import { convertRaw } from './values.ts';

/**
 * Maximum number of concurrent statements in the DuckDB thread. DuckDB runs statements on the process's libuv thread
 * pool (four threads by default), which the journal also needs for fsync. User statements run in separate processes
 * (`sql/process`).
 */
const RUNNING = 2;

const options = workerData as WorkerOptions;
const port = parentPort ?? fail('this module runs in a worker thread');
const slots = new Slots(RUNNING);
/** Each scan has the columns of a row group in memory. */
const scanSlots = new Slots(RUNNING);
const databases = new Databases(options);
const summaries = new SummaryMerger();
const layouts = new Layouts();
const lookup = new RowLookup(layouts);
const scans = { layouts, parts: new FileParts() };
const running = new Map<number, AbortController>();
const cursors = new Map<number, Cursor>();

returnMemoryWhenIdle();

/** Requests that expect a reply. */
type Question = Exclude<ToWorker, { kind: 'cancel' | 'close' }>;
const replies = new Set<Promise<void>>();

port.on('message', (message: ToWorker) => {
  if (message.kind === 'cancel') return cancel(message.id);
  if (message.kind === 'close') return void close();
  const replied = reply(message).finally(() => replies.delete(replied));
  replies.add(replied);
});

async function close(): Promise<void> {
  for (const aborted of running.values()) aborted.abort();
  await Promise.allSettled(replies);
  for (const id of [...cursors.keys()]) closeCursor(id);
  await databases.close();
  port.close();
}

async function reply(message: Question): Promise<void> {
  const { id } = message;
  const aborted = new AbortController();
  running.set(id, aborted);
  try {
    send(await replyTo(message, aborted.signal));
  } catch (error) {
    send({ kind: 'failure', id, ...failureOf(error, aborted.signal) });
  } finally {
    running.delete(id);
  }
}

async function replyTo(message: Question, signal: AbortSignal): Promise<FromWorker> {
  const { id } = message;
  switch (message.kind) {
    case 'run':
      return { kind: 'result', id, result: await slots.use(() => run(message.statement, signal), message.client) };
    case 'merge':
      return { kind: 'merged', id, result: summaries.merge(message.request) };
    case 'lookup':
      return { kind: 'found', id, result: find(message.request) };
    case 'scan':
      return { kind: 'scanned', id, result: await scanSlots.use(() => scan(scans, message.request, signal)) };
    case 'open':
      cursors.set(id, await open(message.statement));
      return { kind: 'rows', id, result: await next(id, signal) };
    case 'next':
      return { kind: 'rows', id, result: await next(id, signal) };
  }
}

/** Reads rows without the engine. If that fails, the engine reads them and reports why it cannot. */
function find(request: LookupRequest): LookupResult | undefined {
  try {
    return lookup.find(request);
  } catch {
    return undefined;
  }
}

async function run(statement: Statement, signal: AbortSignal): Promise<StatementResult> {
  const database = await databases.for(statement);
  const connection = await database.acquire();
  try {
    return await limited(connection, statement.limits, signal, async () => {
      const prepared = await connection.prepare(statement.text);
      try {
        bindAll(prepared, statement.parameters);
        return await readUpTo(await prepared.stream(), statement.limits, convertRaw);
      } finally {
        prepared.destroySync();
      }
    });
  } finally {
    database.release(connection);
  }
}

async function open(statement: Statement): Promise<Cursor> {
  const database = await databases.for(statement);
  const connection = await database.connect();
  try {
    return await openCursor(connection, statement);
  } catch (error) {
    connection.closeSync();
    throw error;
  }
}

async function next(id: number, signal: AbortSignal): Promise<StatementResult | undefined> {
  const cursor = cursors.get(id);
  if (cursor === undefined) return undefined;
  let result: StatementResult | undefined;
  try {
    result = await slots.use(() => limited(cursor.connection, cursor.limits, signal, () => cursor.next(convertRaw)));
  } finally {
    if (result === undefined) closeCursor(id);
  }
  return result;
}

function closeCursor(id: number): void {
  cursors.get(id)?.connection.closeSync();
  cursors.delete(id);
}

function cancel(id: number): void {
  const aborted = running.get(id);
  if (aborted === undefined) closeCursor(id);
  else aborted.abort();
}

/** Number of statements that are running, and the resident memory before the first of them started. */
let active = 0;
let idleBytes = 0;

/** Returns the resident memory at which statements are stopped: one limit for all that run at the same time. */
function memoryCeiling(): number {
  if (active === 0) idleBytes = residentBytes(0);
  return idleBytes + 2 * options.memoryLimitBytes;
}

/**
 * Interval at which a running statement's memory use is checked and a stopped statement is interrupted again, in
 * milliseconds.
 */
const WATCH_MILLIS = 20;

/**
 * Runs `work` within its limits. Interrupts it on timeout, on cancellation, and when the process grows far beyond
 * DuckDB's memory limit, because DuckDB does not account for all the memory it allocates.
 */
async function limited<T>(
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
  const maxMemory = memoryCeiling();
  const watch = setInterval(() => {
    // DuckDB loses an interrupt that arrives between two engine calls, for example before the statement starts, so it
    // is repeated.
    if (stopped !== undefined) connection.interrupt();
    else if (residentBytes(maxMemory) > maxMemory) stop(new StatementFailure('memory', TOO_MUCH_MEMORY));
  }, WATCH_MILLIS);
  signal.addEventListener('abort', cancelled);
  active += 1;
  try {
    return await work();
  } catch (error) {
    throw stopped ?? error;
  } finally {
    active -= 1;
    clearTimeout(timeout);
    clearInterval(watch);
    signal.removeEventListener('abort', cancelled);
  }
}

function send(message: FromWorker): void {
  const numbers = message.kind === 'rows' ? message.result?.numbers : undefined;
  port.postMessage(message, numbers?.map(({ buffer }) => buffer) ?? []);
}

function fail(message: string): never {
  throw new Error(message);
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
