import { patch } from '../../patch.ts';
import type { DatabaseOptions } from '../telemetry/database-options.ts';
import { BuilderTelemetry } from '../telemetry/query-builder.ts';

export type { DatabaseOptions } from '../telemetry/database-options.ts';

/** The module `kysely`. */
export interface Kysely {
  readonly DefaultQueryExecutor: { readonly prototype: object };
}

/**
 * Instruments `kysely`: each of its statements has one span, also those of transactions (semantic conventions, "SQL
 * databases"). If the driver is instrumented too, it is the driver's span, which has `db.query.builder`. Streams have a
 * span only with such a driver. Call the result to undo it. Throws an `OptionError` that names the invalid option.
 */
export function instrumentKysely(kysely: Kysely, options?: DatabaseOptions): () => void {
  const telemetry = new BuilderTelemetry('kysely', options);
  const wrapped = new WeakSet<Connection>();
  const undo: (() => void)[] = [];
  const observe = (connection: Connection, system: string) => {
    if (wrapped.has(connection)) return;
    wrapped.add(connection);
    patch(
      connection,
      'executeQuery',
      (execute) =>
        function (this: Connection, query, ...more) {
          if (undo.length === 0) return execute.call(this, query, ...more);
          return telemetry.run({ sql: query.sql, system }, () => execute.call(this, query, ...more), rowsOf);
        },
    );
  };
  undo.push(
    patch(
      kysely.DefaultQueryExecutor.prototype as Executor,
      'provideConnection',
      (provide) =>
        function (this: Executor, consumer, ...more) {
          const consume = (connection: Connection) => {
            observe(connection, systemOf(this.adapter));
            return consumer(connection);
          };
          return provide.call(this, consume, ...more);
        },
    ),
  );
  return () => {
    for (const each of undo.splice(0)) each();
  };
}

/** Returns the number of rows, unless the statement is one that changes rows. */
function rowsOf({ rows, numAffectedRows }: Result): number | undefined {
  return numAffectedRows === undefined ? rows?.length : undefined;
}

/** Returns the `db.system.name` by the names of an adapter's class and those that it extends. */
function systemOf(adapter: object): string {
  for (let type = adapter.constructor; typeof type === 'function'; type = Object.getPrototypeOf(type)) {
    const system = SYSTEMS[/^[A-Z][a-z]+/.exec(type.name)?.[0] ?? ''];
    if (system !== undefined) return system;
  }
  return 'other_sql';
}

const SYSTEMS: Readonly<Record<string, string>> = {
  Postgres: 'postgresql',
  Mysql: 'mysql',
  Sqlite: 'sqlite',
  Mssql: 'microsoft.sql_server',
};

interface Result {
  readonly rows?: readonly unknown[];
  readonly numAffectedRows?: bigint | undefined;
}

interface Connection {
  executeQuery(query: { readonly sql: string }, ...more: unknown[]): Promise<Result>;
}

interface Executor {
  readonly adapter: object;
  provideConnection(consumer: (connection: Connection) => Promise<unknown>, ...more: unknown[]): Promise<unknown>;
}
