import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { patch } from '../patch.ts';
import { SQLITE } from './sql/dialect.ts';
import type { DatabaseOptions } from './telemetry/database-options.ts';
import { DatabaseTelemetry } from './telemetry/database-telemetry.ts';

export type { DatabaseOptions } from './telemetry/database-options.ts';

/** The module `node:sqlite`. */
export interface SqliteModule {
  readonly DatabaseSync: { readonly prototype: DatabaseSync };
  readonly StatementSync: { readonly prototype: StatementSync };
}

/**
 * Instruments `node:sqlite`: each statement has a span and a measurement (semantic conventions, "SQL databases"). The
 * rows of `iterate` are not counted, since the program may stop early. Call the result to undo it. Throws an
 * `OptionError` that names the invalid option.
 */
export function instrumentSqlite(sqlite: SqliteModule, options?: DatabaseOptions): () => void {
  const telemetry = new DatabaseTelemetry('sqlite', SQLITE, '@otelier/sdk/sqlite', options);
  /** The databases of prepared statements: their file is the namespace. */
  const namespaces = new WeakMap<StatementSync, string | undefined>();
  const record = <T>(sql: string, namespace: string | undefined, run: () => T, rowsOf?: (result: T) => number): T => {
    const call = telemetry.start(sql, { namespace });
    try {
      const result = run();
      call?.end(rowsOf?.(result));
      return result;
    } catch (error) {
      const { errcode } = error as { readonly errcode?: unknown };
      call?.fail(error, errcode === undefined ? undefined : String(errcode));
      throw error;
    }
  };
  const database = sqlite.DatabaseSync.prototype;
  const statement = sqlite.StatementSync.prototype;
  const undo = [
    patch(
      database,
      'exec',
      (exec) =>
        function (this: DatabaseSync, sql) {
          record(sql, namespaceOf(this), () => exec.call(this, sql));
        },
    ),
    patch(
      database,
      'prepare',
      (prepare) =>
        function (this: DatabaseSync, ...args) {
          const prepared = prepare.apply(this, args);
          namespaces.set(prepared, namespaceOf(this));
          return prepared;
        },
    ),
    ...(['run', 'get', 'all', 'iterate'] as const).map((name) =>
      patch(
        statement as Methods,
        name,
        (original) =>
          function (this: StatementSync, ...args) {
            return record(this.sourceSQL, namespaces.get(this), () => original.apply(this, args), ROWS[name]);
          },
      ),
    ),
  ];
  return () => {
    for (const each of undo) each();
  };
}

type Methods = Record<'run' | 'get' | 'all' | 'iterate', (this: StatementSync, ...args: unknown[]) => unknown>;

const ROWS: Readonly<Partial<Record<keyof Methods, (result: unknown) => number>>> = {
  get: (row) => (row === undefined ? 0 : 1),
  all: (rows) => (rows as readonly unknown[]).length,
};

function namespaceOf(database: DatabaseSync): string | undefined {
  // `null` for a database in memory, and an exception once it is closed.
  return database.isOpen ? (database.location() ?? ':memory:') : undefined;
}
