import { context } from '@opentelemetry/api';
import { observePromise } from '../observe-promise.ts';
import { ownerOf, patch } from '../patch.ts';
import { POSTGRESQL } from './sql/dialect.ts';
import type { DatabaseOptions } from './telemetry/database-options.ts';
import { type Connection, type DatabaseCall, DatabaseTelemetry } from './telemetry/database-telemetry.ts';
import { PoolMetrics } from './telemetry/pool-metrics.ts';

export type { DatabaseOptions } from './telemetry/database-options.ts';

/** The module `pg`, version 8. */
export interface Pg {
  readonly Client: { readonly prototype: object };
  readonly Pool: { readonly prototype: object };
}

/**
 * Instruments `pg`: each query has a span and a measurement, and the connections of pools are measured (semantic
 * conventions, "PostgreSQL"). Cursors and streams have one span, which ends with their last row. Call the result to undo
 * it. Throws an `OptionError` that names the invalid option.
 */
export function instrumentPg(pg: Pg, options?: DatabaseOptions): () => void {
  const scope = '@otelier/sdk/pg';
  const telemetry = new DatabaseTelemetry('postgresql', POSTGRESQL, scope, options);
  const pools = new PoolMetrics<Pool>(scope, options?.meterProvider, poolName, poolState);
  const undo = [
    patch(
      pg.Client.prototype as Client,
      'query',
      (query) =>
        function (this: Client, ...args) {
          const [config] = args;
          const sql = typeof config === 'string' ? config : config?.text;
          const call = typeof sql === 'string' ? telemetry.start(sql, connectionOf(this)) : undefined;
          return call === undefined ? query.apply(this, args) : recorded(call, args, (all) => query.apply(this, all));
        },
    ),
    // `Pool` is a getter for a class of its own, whose methods are inherited.
    patch(
      ownerOf<PoolMethods>(pg.Pool.prototype, 'connect'),
      'connect',
      (connect) =>
        function (this: Pool, callback) {
          pools.observe(this);
          const startMillis = performance.now();
          const onConnect = () => pools.recordWait(this, (performance.now() - startMillis) / 1000);
          if (callback === undefined) {
            return observePromise(connect.call(this) as Promise<unknown>, onConnect, () => {});
          }
          // The pool calls back in the context of the request that has returned the connection.
          const bound = context.bind(context.active(), callback);
          return connect.call(this, (...results: unknown[]) => {
            onConnect();
            return bound(...results);
          });
        },
    ),
  ];
  return () => {
    for (const each of undo) each();
  };
}

/** Runs a query and ends the call with its result, which arrives through a callback, a promise or a `Submittable`. */
function recorded(call: DatabaseCall, args: QueryArguments, query: (args: QueryArguments) => unknown): unknown {
  const [config] = args;
  const end = (error: unknown, result?: Result | readonly Result[]) => {
    if (error) call.fail(error, sqlState(error));
    else call.end(rowsOf(result));
  };
  try {
    if (typeof config === 'object' && typeof config.submit === 'function') {
      observeSubmittable(config as Required<Submittable>, end);
      return query(args);
    }
    const index = args.findLastIndex((each) => typeof each === 'function');
    if (index >= 0) {
      const callback = context.bind(context.active(), args[index] as Callback);
      const withEnd: Callback = (error, result) => {
        end(error, result);
        callback(error, result);
      };
      return query(args.with(index, withEnd) as QueryArguments);
    }
    return observePromise(query(args) as Promise<Result>, (result) => end(undefined, result), end);
  } catch (error) {
    call.fail(error);
    throw error;
  }
}

/** The connection calls these methods of cursors, streams and `pg.Query`. */
function observeSubmittable(submittable: Required<Submittable>, end: (error: unknown) => void): void {
  patch(
    submittable,
    'handleReadyForQuery',
    (handle) =>
      function (this: unknown, ...args) {
        end(undefined);
        return handle.apply(this, args);
      },
  );
  patch(
    submittable,
    'handleError',
    (handle) =>
      function (this: unknown, ...args) {
        end(args[0]);
        return handle.apply(this, args);
      },
  );
}

function connectionOf({ connectionParameters: { host, port, database } }: Client): Connection {
  // A path for a Unix socket, which has no port.
  return { namespace: database, address: host, port: host?.startsWith('/') ? undefined : Number(port) };
}

/** Returns the SQLSTATE of an error that the server has sent. Other errors have codes of the system. */
function sqlState(error: unknown): string | undefined {
  const { severity, code } = error as { readonly severity?: unknown; readonly code?: unknown };
  return severity === undefined || typeof code !== 'string' ? undefined : code;
}

/** Returns the number of rows. A text with several statements has several results. */
function rowsOf(result: Result | readonly Result[] | undefined): number | undefined {
  if (result === undefined) return undefined;
  const results: readonly Result[] = Array.isArray(result) ? result : [result];
  return results.reduce((sum, { rows }) => sum + (rows?.length ?? 0), 0);
}

function poolName({ options: { host = 'localhost', port = 5432, database = '' } }: Pool): string {
  return `${host}:${port}/${database}`;
}

function poolState({ totalCount, idleCount, waitingCount, options }: Pool) {
  return { idle: idleCount, used: totalCount - idleCount, pending: waitingCount, max: options.max };
}

type Callback = (error: unknown, result?: Result | readonly Result[]) => void;
type QueryArguments = [config: string | Submittable, ...rest: unknown[]];

interface Submittable {
  readonly text?: string;
  readonly submit?: unknown;
  handleReadyForQuery?(...args: unknown[]): unknown;
  handleError?(...args: unknown[]): unknown;
}

interface Result {
  readonly rows?: readonly unknown[];
}

interface Client {
  readonly connectionParameters: { readonly host?: string; readonly port?: number; readonly database?: string };
  query(...args: QueryArguments): unknown;
}

interface Pool {
  readonly options: {
    readonly host?: string;
    readonly port?: number;
    readonly database?: string;
    readonly max?: number;
  };
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}

interface PoolMethods {
  connect(this: Pool, callback?: (...results: unknown[]) => unknown): unknown;
}
