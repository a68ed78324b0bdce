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

/** The class that `better-sqlite3` exports, from version 7. */
export interface BetterSqlite3 {
  readonly prototype: object;
}

/**
 * Instruments `node:sqlite`: each statement has a span and a measurement (semantic conventions, "SQL databases"). The
 * rows of `iterate` are not counted, since the program may stop early. Call the result to undo it. Throws an
 * `OptionError` that names the invalid option.
 */
export function instrumentSqlite(sqlite: SqliteModule, options?: DatabaseOptions): () => void {
  const record = recorder(options, ({ errcode }) => (errcode === undefined ? undefined : String(errcode)));
  /** The databases of prepared statements: their file is the namespace. */
  const namespaces = new WeakMap<StatementSync, string | undefined>();
  const database = sqlite.DatabaseSync.prototype;
  const undo = [
    patch(
      database,
      'exec',
      (exec) =>
        function (this: DatabaseSync, sql) {
          record.run(sql, namespaceOf(this), () => exec.call(this, sql));
        },
    ),
    patch(
      database,
      'prepare',
      (prepare) =>
        function (this: DatabaseSync, ...args) {
          const namespace = namespaceOf(this);
          const prepared = record.prepare(args[0], namespace, () => prepare.apply(this, args));
          namespaces.set(prepared, namespace);
          return prepared;
        },
    ),
    ...patchStatements<StatementSync>(sqlite.StatementSync.prototype, record, (statement) => [
      statement.sourceSQL,
      namespaces.get(statement),
    ]),
  ];
  return () => {
    for (const each of undo) each();
  };
}

/**
 * Instruments `better-sqlite3` as `instrumentSqlite` does `node:sqlite`, also the statements of transactions:
 * `instrumentBetterSqlite3(Database)`. Call the result to undo it. Throws an `OptionError` that names the invalid option.
 */
export function instrumentBetterSqlite3(Database: BetterSqlite3, options?: DatabaseOptions): () => void {
  const record = recorder(options, ({ code }) => (/^SQLITE_/.test(String(code)) ? String(code) : undefined));
  const prototype = Database.prototype as BetterDatabase;
  const undo: (() => void)[] = [];
  const { prepare: originalPrepare } = prototype;
  let isComplete = false;
  // The class of statements is not exported.
  const patchOnce = (statement: BetterStatement) => {
    if (isComplete) return;
    isComplete = true;
    const statements = Object.getPrototypeOf(statement) as object;
    undo.push(
      ...patchStatements<BetterStatement>(statements, record, ({ source, database }) => [source, database.name]),
    );
  };
  undo.push(
    patch(
      prototype,
      'exec',
      (exec) =>
        function (this: BetterDatabase, sql) {
          return record.run(sql, this.name, () => exec.call(this, sql));
        },
    ),
    patch(
      prototype,
      'prepare',
      (prepare) =>
        function (this: BetterDatabase, ...args) {
          const statement = record.prepare(args[0], this.name, () => prepare.apply(this, args));
          patchOnce(statement);
          return statement;
        },
    ),
    patch(
      prototype,
      'transaction',
      (transaction) =>
        function (this: BetterDatabase, ...args) {
          // A transaction prepares its own statements, without `prepare`.
          if (!isComplete) patchOnce(originalPrepare.call(this, 'BEGIN'));
          return transaction.apply(this, args);
        },
    ),
  );
  return () => {
    for (const each of undo) each();
  };
}

/** Records statements. */
interface Recorder {
  run<T>(sql: string, namespace: string | undefined, run: () => T, rowsOf?: (result: T) => number): T;
  /** Prepares a statement, which is recorded only if that fails. */
  prepare<T>(sql: string, namespace: string | undefined, prepare: () => T): T;
}

/** `codeOf` returns the code of an error of SQLite. */
function recorder(
  options: DatabaseOptions | undefined,
  codeOf: (error: { readonly code?: unknown; readonly errcode?: unknown }) => string | undefined,
): Recorder {
  const telemetry = new DatabaseTelemetry('sqlite', SQLITE, '@otelier/sdk/sqlite', options);
  return {
    run(sql, namespace, run, rowsOf) {
      const call = telemetry.start(sql, { namespace });
      try {
        const result = run();
        call?.end(rowsOf?.(result));
        return result;
      } catch (error) {
        call?.fail(error, codeOf(Object(error)));
        throw error;
      }
    },
    prepare(sql, namespace, prepare) {
      const startMillis = performance.now();
      try {
        return prepare();
      } catch (error) {
        telemetry.start(sql, { namespace }, startMillis)?.fail(error, codeOf(Object(error)));
        throw error;
      }
    },
  };
}

/** Wraps the methods of statements. `describe` returns the text of a statement and its namespace. */
function patchStatements<Statement extends object>(
  prototype: object,
  record: Recorder,
  describe: (statement: Statement) => readonly [sql: string, namespace: string | undefined],
): readonly (() => void)[] {
  return (['run', 'get', 'all', 'iterate'] as const).map((name) =>
    patch(
      prototype as Methods<Statement>,
      name,
      (original) =>
        function (this: Statement, ...args) {
          const [sql, namespace] = describe(this);
          return record.run(sql, namespace, () => original.apply(this, args), ROWS[name]);
        },
    ),
  );
}

type Method = 'run' | 'get' | 'all' | 'iterate';
type Methods<Statement> = { [name in Method]: (this: Statement, ...args: unknown[]) => unknown };

const ROWS: { readonly [name in Method]?: (result: unknown) => number } = {
  get: (row) => (row === undefined ? 0 : 1),
  all: (rows) => (rows as readonly unknown[]).length,
};

function namespaceOf(database: DatabaseSync): string | undefined {
  // `null` for a database in memory, and an exception once it is closed.
  return database.isOpen ? (database.location() ?? ':memory:') : undefined;
}

interface BetterDatabase {
  readonly name: string;
  exec(sql: string): unknown;
  prepare(sql: string): BetterStatement;
  transaction(...args: unknown[]): unknown;
}

interface BetterStatement {
  readonly source: string;
  readonly database: BetterDatabase;
}
