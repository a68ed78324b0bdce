import {
  type EncodedSqlResult,
  QueryError,
  QueryLimitError,
  type SqlCapability,
  type SqlEncoding,
  type SqlRequest,
  type SqlResult,
} from '../../contract.ts';
import type { Snapshot, SnapshotAccess } from '../../write/protocol.ts';
import type { DecryptedFiles } from '../duck/client.ts';
import { Files } from '../shared/files.ts';
import { derivedStatements } from './derived.ts';
import type { SqlLease, SqlProcessPool } from './process/pool.ts';
import type { ExaminedStatement, ResultLimits } from './process/protocol.ts';
import { RELATIONS, type RelationName, relationView, shortcutView } from './relations.ts';
import { tableView } from './tables.ts';

const DEFAULT_ROWS = 10_000;
const MAX_ROWS = 1_000_000;
const DEFAULT_TIMEOUT_MILLIS = 30_000;
const MAX_TIMEOUT_MILLIS = 600_000;
const STATEMENT_LENGTH = 100_000;
const MAX_RESULT_BYTES = 64 << 20;
/** How long a reader may pause before its process is taken away for other clients, in milliseconds. */
const STALL_MILLIS = 5000;
/** Maximum total time for reading a result, in milliseconds. */
const DELIVERY_MILLIS = 60_000;

/** The dependencies of the SQL capability. */
export interface SqlContext {
  readonly access: SnapshotAccess;
  readonly pool: SqlProcessPool;
  /** Decrypts files in memory, if the store is encrypted. */
  readonly memory?: ((paths: readonly string[]) => Promise<DecryptedFiles>) | undefined;
}

/** Creates the SQL capability. It reads only one tenant's `spans`, `logs` and `metric_points` relations. */
export function sqlCapability(context: SqlContext): SqlCapability {
  return {
    query: async (request) => {
      const pieces = await Array.fromAsync((await queryEncoded(context, request)).pieces);
      return JSON.parse(Buffer.concat(pieces).toString()) as SqlResult;
    },
    queryJson: async (request) => (await queryEncoded(context, request)).pieces,
    queryEncoded: ({ format, formulaSafe, ...request }) =>
      queryEncoded(context, request, { format, formulaSafe: formulaSafe === true }),
  };
}

async function queryEncoded(
  context: SqlContext,
  request: SqlRequest,
  encoding?: SqlEncoding,
): Promise<EncodedSqlResult> {
  const { tenant, statement, client = '' } = request;
  if (statement.length > STATEMENT_LENGTH) {
    throw new QueryError(`SQL: expected at most ${STATEMENT_LENGTH} characters, got ${statement.length}`);
  }
  const limits: ResultLimits = {
    maxRows: bounded('maxRows', request.maxRows ?? DEFAULT_ROWS, MAX_ROWS),
    maxResultBytes: MAX_RESULT_BYTES,
    encoding,
  };
  const timeoutMillis = bounded('timeoutMillis', request.timeoutMillis ?? DEFAULT_TIMEOUT_MILLIS, MAX_TIMEOUT_MILLIS);
  const stop = stopSignal(request.signal, timeoutMillis);
  let lease: SqlLease | undefined;
  const kill = (): void => lease?.process.kill(stop.signal.reason);
  stop.signal.addEventListener('abort', kill);
  try {
    lease = await context.pool.acquire({ client, signal: stop.signal });
    // The signal may have aborted between the two steps.
    stop.signal.throwIfAborted();
    const { process } = lease;
    const examined = await process.examine(tenant, statement);
    // What the process has needed to start does not count.
    if (request.memoryBytes !== undefined) process.limitMemory(request.memoryBytes);
    const tables = (request.tables ?? []).map(tableView);
    const result = await withRelations(context, tenant, examined, (views, decrypted) =>
      process.run([...tables, ...views], limits, decrypted),
    );
    return { truncated: result.truncated, pieces: deliver(result.pieces, lease, request.signal) };
  } catch (error) {
    lease?.release();
    throw error;
  } finally {
    stop.clear();
    stop.signal.removeEventListener('abort', kill);
  }
}

/**
 * Returns a signal that aborts with the caller's signal or on timeout. Its reason is the error to return to the caller.
 */
function stopSignal(signal: AbortSignal | undefined, timeoutMillis: number) {
  const controller = new AbortController();
  const cancel = (): void => controller.abort(new QueryError('the query was canceled'));
  const timer = setTimeout(() => {
    const advice = 'a shorter time range or more conditions make it faster';
    controller.abort(new QueryLimitError(`the query took longer than ${timeoutMillis} ms; ${advice}`));
  }, timeoutMillis);
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel);
  const clear = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', cancel);
  };
  return { signal: controller.signal, clear };
}

/** Streams a result. Releases the process at the end, and kills it if the caller stops reading. */
function deliver(
  pieces: AsyncIterator<Uint8Array>,
  { process, release }: SqlLease,
  signal: AbortSignal | undefined,
): AsyncIterableIterator<Uint8Array> {
  const tooSlow = (): void => giveUp(new QueryLimitError('SQL: stopped because the result was read too slowly'));
  const canceled = (): void => giveUp(new QueryError('the query was canceled'));
  const deadline = setTimeout(tooSlow, DELIVERY_MILLIS);
  let stall = setTimeout(tooSlow, STALL_MILLIS);
  signal?.addEventListener('abort', canceled);
  const end = (): void => {
    clearTimeout(deadline);
    clearTimeout(stall);
    signal?.removeEventListener('abort', canceled);
    release();
  };
  const giveUp = (reason: Error): void => {
    // Unread bytes would be taken for the start of the next result.
    process.kill(reason);
    end();
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      clearTimeout(stall);
      try {
        const result = await pieces.next();
        if (result.done === true) end();
        else stall = setTimeout(tooSlow, STALL_MILLIS);
        return result;
      } catch (error) {
        end();
        throw error;
      }
    },
    async return() {
      canceled();
      return { done: true, value: undefined };
    },
  };
}

async function withRelations<T>(
  { access, memory }: SqlContext,
  tenant: string,
  { relations, derived, keys }: ExaminedStatement,
  work: (views: readonly string[], decrypted: readonly string[]) => Promise<T>,
): Promise<T> {
  const snapshots: Snapshot[] = [];
  const leases: DecryptedFiles[] = [];
  const decrypted: string[] = [];
  try {
    const views: string[] = [];
    for (const name of relations) {
      const snapshot = await access.snapshot(tenant, RELATIONS[name satisfies RelationName]);
      snapshots.push(snapshot);
      let stored = snapshot.files.filter((file) => file.rows > 0);
      const lease = await memory?.(stored.map(({ path }) => path));
      if (lease !== undefined) {
        leases.push(lease);
        stored = stored.map((file) => ({ ...file, path: lease.pathOf(file.path) }));
        decrypted.push(...stored.map(({ path }) => path));
      }
      const files = new Files(stored);
      views.push(relationView(name, files));
      if (keys.length > 0) views.push(shortcutView(name, files, keys));
    }
    views.push(...derivedStatements(derived));
    return await work(views, decrypted);
  } finally {
    for (const lease of leases) lease.release();
    for (const snapshot of snapshots) access.release(snapshot);
  }
}

function bounded(name: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new QueryError(`${name}: expected a whole number from 1 to ${max}, got ${value}`);
}
