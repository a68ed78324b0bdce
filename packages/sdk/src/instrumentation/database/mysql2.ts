import { type Context, context } from '@opentelemetry/api';
import { ownerOf, patch } from '../patch.ts';
import { MYSQL } from './sql/dialect.ts';
import type { DatabaseOptions } from './telemetry/database-options.ts';
import { type DatabaseCall, DatabaseTelemetry, type Connection as Server } from './telemetry/database-telemetry.ts';
import { PoolMetrics } from './telemetry/pool-metrics.ts';

export type { DatabaseOptions } from './telemetry/database-options.ts';

/** The module `mysql2`, version 3, or one of its classes. Its promises use the same classes. */
export interface Mysql2 {
  readonly Connection?: { readonly prototype: object };
  readonly Pool?: { readonly prototype: object };
}

/**
 * Instruments `mysql2`: each query and prepared statement has a span and a measurement, and the connections of pools are
 * measured (semantic conventions, "MySQL"). It has callbacks, promises, events and streams; those that wait for a
 * connection of a pool or a cluster keep their context. Call the result to undo it. Throws an `OptionError` that names
 * the invalid option.
 */
export function instrumentMysql2({ Connection, Pool }: Mysql2, options?: DatabaseOptions): () => void {
  const undo = [
    ...(Connection === undefined ? [] : instrumentConnections(Connection.prototype, options)),
    ...(Pool === undefined ? [] : [instrumentPools(Pool.prototype, options)]),
  ];
  return () => {
    for (const each of undo) each();
  };
}

function instrumentConnections(prototype: object, options: DatabaseOptions | undefined): readonly (() => void)[] {
  const telemetry = new DatabaseTelemetry('mysql', MYSQL, SCOPE, options);
  const methods = ownerOf<Connection>(prototype, 'query');
  const wrap = (original: Run): Run =>
    function (this: Connection, ...args) {
      const [query] = args;
      const sql = typeof query === 'string' ? query : query?.sql;
      const call = typeof sql === 'string' ? telemetry.start(sql, serverOf(this)) : undefined;
      return call === undefined ? original.apply(this, args) : recorded(call, args, (all) => original.apply(this, all));
    };
  return [
    patch(methods, 'query', wrap),
    patch(methods, 'execute', wrap),
    // Sends all commands. Only those of prepared statements do not come from the methods above.
    patch(
      methods,
      'addCommand',
      (addCommand) =>
        function (this: Connection, command) {
          const { sql, statement } = command;
          const prepared = sql === undefined ? statement?.query : undefined;
          const call = prepared === undefined ? undefined : telemetry.start(prepared, serverOf(this));
          if (call !== undefined) observeCommand(command, call);
          return addCommand.call(this, command);
        },
    ),
  ];
}

function instrumentPools(prototype: object, options: DatabaseOptions | undefined): () => void {
  const pools = new PoolMetrics<Pool>(SCOPE, options?.meterProvider, poolName, poolState);
  return patch(
    ownerOf<Pool>(prototype, 'getConnection'),
    'getConnection',
    (getConnection) =>
      function (this: Pool, callback) {
        pools.observe(this);
        const startMillis = performance.now();
        // The pool calls back in the context of the request that has returned the connection.
        const bound = context.bind(context.active(), callback);
        return getConnection.call(this, (error, ...results) => {
          if (!error) pools.recordWait(this, (performance.now() - startMillis) / 1000);
          return bound(error, ...results);
        });
      },
  );
}

/** Runs a query and ends the call with its result, which arrives through a callback or as events of a command. */
function recorded(call: DatabaseCall, args: QueryArguments, run: (args: QueryArguments) => Command): Command {
  try {
    const index = args.findLastIndex((each) => typeof each === 'function');
    if (index >= 0) {
      const callback = observeCallback(args[index] as Callback, call);
      return run(args.with(index, callback) as QueryArguments);
    }
    // A pool creates the command before it has a connection.
    const [query] = args;
    if (typeof query === 'object' && (typeof query.onResult === 'function' || typeof query.emit === 'function')) {
      observeCommand(query as Command, call);
      return run(args);
    }
    const command = run(args);
    observeEvents(command, call);
    return command;
  } catch (error) {
    call.fail(error);
    throw error;
  }
}

function observeCommand(command: Command, call: DatabaseCall): void {
  if (typeof command.onResult === 'function') command.onResult = observeCallback(command.onResult, call);
  else observeEvents(command, call);
}

function observeCallback(callback: Callback, call: DatabaseCall): Callback {
  const bound = context.bind(context.active(), callback);
  return (error, rows, fields) => {
    if (error) fail(call, error);
    else call.end(rowsOf(rows, fields));
    return bound(error, rows, fields);
  };
}

/** Ends the call with the events of a command, also if it becomes a stream. Its listeners run in the active context. */
function observeEvents(command: Command, call: DatabaseCall): void {
  const active: Context = context.active();
  let hasRows = false;
  let rows = 0;
  patch(
    command,
    'emit',
    (emit) =>
      function (this: Command, event, ...args) {
        if (event === 'fields') hasRows = args[0] !== undefined;
        else if (event === 'result' && hasRows) rows++;
        else if (event === 'error') fail(call, args[0]);
        else if (event === 'end') call.end(rows);
        return context.with(active, () => emit.call(this, event, ...args));
      },
  );
}

/** Ends the call with the number of the server's error, and its SQLSTATE. Other errors have neither. */
function fail(call: DatabaseCall, error: unknown): void {
  const { errno, sqlState } = error as { readonly errno?: unknown; readonly sqlState?: unknown };
  if (typeof sqlState === 'string') call.setAttributes({ 'db.response.sqlstate': sqlState });
  call.fail(error, typeof sqlState === 'string' && typeof errno === 'number' ? String(errno) : undefined);
}

/** Returns the number of rows, or `undefined` for a statement that has none. Several statements have several results. */
function rowsOf(rows: unknown, fields: readonly unknown[] | undefined): number | undefined {
  if (!Array.isArray(rows)) return undefined;
  const isMultiple = fields?.some((each) => each === undefined || Array.isArray(each)) === true;
  if (!isMultiple) return rows.length;
  return rows.reduce((sum: number, each: unknown) => sum + (Array.isArray(each) ? each.length : 0), 0);
}

function serverOf({ config: { socketPath, host = 'localhost', port = 3306, database } }: Connection): Server {
  const isSocket = socketPath !== undefined && socketPath !== '';
  return {
    namespace: database || undefined,
    address: isSocket ? socketPath : host,
    port: isSocket ? undefined : Number(port),
  };
}

function poolName({ config: { connectionConfig } }: Pool): string {
  const { socketPath, host = 'localhost', port = 3306, database = '' } = connectionConfig;
  return `${socketPath || `${host}:${port}`}/${database}`;
}

function poolState({ config, _allConnections: all, _freeConnections: free, _connectionQueue: queue }: Pool) {
  const max = config.connectionLimit === 0 ? undefined : config.connectionLimit;
  return { idle: free.length, used: all.length - free.length, pending: queue.length, max };
}

const SCOPE = '@otelier/sdk/mysql2';

type Callback = (error: unknown, rows?: unknown, fields?: readonly unknown[]) => unknown;
type QueryArguments = [query: string | Partial<Command>, ...rest: unknown[]];
type Run = (this: Connection, ...args: QueryArguments) => Command;

/** A query, or the execution of a prepared statement. */
interface Command {
  readonly sql?: string;
  readonly statement?: { readonly query: string };
  onResult?: Callback;
  emit(event: string, ...args: unknown[]): boolean;
}

interface ConnectionConfig {
  readonly socketPath?: string;
  readonly host?: string;
  readonly port?: number;
  readonly database?: string;
}

interface Connection {
  readonly config: ConnectionConfig;
  query: Run;
  execute: Run;
  addCommand(this: Connection, command: Command): Command;
}

interface Pool {
  readonly config: { readonly connectionConfig: ConnectionConfig; readonly connectionLimit: number };
  readonly _allConnections: { readonly length: number };
  readonly _freeConnections: { readonly length: number };
  readonly _connectionQueue: { readonly length: number };
  getConnection(this: Pool, callback: (error: unknown, ...results: unknown[]) => unknown): unknown;
}
