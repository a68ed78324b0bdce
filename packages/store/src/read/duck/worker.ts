import { parentPort, workerData } from 'node:worker_threads';
import type { DataKey } from '@otelier/journal/encryption';
import type { MemoryFileLease } from '../../encryption/memory-files.ts';
import { returnMemoryWhenIdle } from '../../idle-memory.ts';
import { CellBudgetError } from '../../parquet/read/cell.ts';
import { Layouts } from '../lookup/layouts.ts';
import type { LookupRequest } from '../lookup/protocol.ts';
import { RowLookup } from '../lookup/row-lookup.ts';
import { FileParts } from '../scan/file-parts.ts';
import { scan } from '../scan/scan.ts';
import { SummaryMerger } from '../summaries/merge.ts';
import { failureOf } from './failures.ts';
import type { FromWorker, ToWorker, WorkerOptions } from './protocol.ts';
import { Slots } from './slots.ts';
import type { Statements } from './statements.ts';

/** Size of decrypted blocks of files that are kept in memory, in bytes. */
const DECRYPTED_BYTES = 32 << 20;
/** Maximum number of concurrent scans, each of which has the columns of a row group in memory. */
const SCANS = 2;

const options = workerData as WorkerOptions;
const port = parentPort ?? fail('this module runs in a worker thread');
const scanSlots = new Slots(SCANS);
/** The engine, which takes about 50 MB of memory and is loaded for the first statement. */
let statements: Promise<Statements> | undefined;
const encrypted = options.keys === undefined ? undefined : await openEncrypted(options.keys);
const summaries = new SummaryMerger(undefined, encrypted?.files);
const layouts = new Layouts(encrypted?.files);
const lookup = new RowLookup(layouts);
const scans = { layouts, parts: new FileParts() };
const running = new Map<number, AbortController>();

returnMemoryWhenIdle();

/** Requests that expect a reply. */
type Question = Exclude<ToWorker, { kind: 'cancel' | 'close' | 'keys' | 'release' }>;
/** Files that are decrypted for other processes, by the ID of the request. */
const leases = new Map<number, MemoryFileLease>();
const replies = new Set<Promise<void>>();

port.on('message', (message: ToWorker) => {
  if (message.kind === 'cancel') return cancel(message.id);
  if (message.kind === 'keys') return setKeys(message.keys);
  if (message.kind === 'release') return release(message.lease);
  if (message.kind === 'close') return void close();
  const replied = reply(message).finally(() => replies.delete(replied));
  replies.add(replied);
});

async function close(): Promise<void> {
  for (const aborted of running.values()) aborted.abort();
  await Promise.allSettled(replies);
  await (await statements)?.close();
  encrypted?.memory.close();
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
      return { kind: 'result', id, result: await (await engine()).run(message.statement, signal, message.client) };
    case 'merge':
      return { kind: 'merged', id, result: summaries.merge(message.request) };
    case 'lookup':
      return find(id, message.request);
    case 'scan': {
      const found = await scanSlots.use(() => scan(scans, message.request, signal));
      return found === 'unreadable' ? { kind: found, id } : { kind: 'scanned', id, result: found };
    }
    case 'decrypt':
      return { kind: 'decrypted', id, paths: decrypt(id, message.paths) };
    case 'open':
      await (await engine()).open(id, message.statement);
      return { kind: 'rows', id, result: await (await engine()).next(id, signal) };
    case 'next':
      return { kind: 'rows', id, result: await (await engine()).next(id, signal) };
  }
}

/** Reads rows without the engine. If that fails, the engine reads them and reports why it cannot. */
function find(id: number, request: LookupRequest): FromWorker {
  try {
    return { kind: 'found', id, result: lookup.find(request) };
  } catch (error) {
    return error instanceof CellBudgetError ? { kind: 'found', id, result: undefined } : { kind: 'unreadable', id };
  }
}

function engine(): Promise<Statements> {
  statements ??= import('./statements.ts').then(
    ({ Statements }) => new Statements(options, encrypted?.memory),
    (error: unknown) => {
      statements = undefined;
      throw error;
    },
  );
  return statements;
}

/** Forgets everything that was decrypted: the keys of a removed tenant are not among the new ones. */
function setKeys(keys: readonly DataKey[]): void {
  encrypted?.keys.replace(keys);
  encrypted?.files.clear();
  encrypted?.memory.clear();
}

function decrypt(id: number, paths: readonly string[]): readonly string[] {
  const lease = encrypted?.memory.acquire(paths);
  if (lease === undefined) return paths;
  leases.set(id, lease);
  return paths.map((path) => lease.pathOf(path));
}

function release(id: number): void {
  leases.get(id)?.release();
  leases.delete(id);
}

/** Loads what reads encrypted files. */
async function openEncrypted(keys: readonly DataKey[]) {
  const [{ DataKeys }, { EncryptedFiles }, { MemoryFiles }] = await Promise.all([
    import('@otelier/journal/encryption'),
    import('../../encryption/encrypted-files.ts'),
    import('../../encryption/memory-files.ts'),
  ]);
  const all = new DataKeys(keys);
  // Copies for the engine are kept as a whole.
  const memory = new MemoryFiles(new EncryptedFiles(all), options.memoryBytes);
  return { keys: all, files: new EncryptedFiles(all, DECRYPTED_BYTES), memory };
}

function cancel(id: number): void {
  const aborted = running.get(id);
  if (aborted === undefined) statements?.then((loaded) => loaded.closeCursor(id)).catch(() => {});
  else aborted.abort();
}

function send(message: FromWorker): void {
  const numbers = message.kind === 'rows' ? message.result?.numbers : undefined;
  port.postMessage(message, numbers?.map(({ buffer }) => buffer) ?? []);
}

function fail(message: string): never {
  throw new Error(message);
}
