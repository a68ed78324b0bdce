import { ownerOf, patch } from '../../patch.ts';
import type { DatabaseOptions } from '../telemetry/database-options.ts';
import { type BuilderStatement, BuilderTelemetry } from '../telemetry/query-builder.ts';

export type { DatabaseOptions } from '../telemetry/database-options.ts';

/** The module `knex`, from version 1. */
export interface Knex {
  readonly Client: { readonly prototype: object };
}

/**
 * Instruments `knex`: each of its statements has one span, also those of transactions (semantic conventions, "SQL
 * databases"). If the driver is instrumented too, it is the driver's span, which has `db.query.builder`. Call the result
 * to undo it. Throws an `OptionError` that names the invalid option.
 */
export function instrumentKnex(knex: Knex, options?: DatabaseOptions): () => void {
  const telemetry = new BuilderTelemetry('knex', options);
  const client = knex.Client.prototype as Client;
  const undo: (() => void)[] = [];
  const dialects = new Set<object>();
  const originals = new WeakMap<object, Pick<Error, 'message' | 'stack'>>();
  const originalOf = (error: unknown) => {
    const original = originals.get(Object(error));
    if (original === undefined) return error;
    const { message, stack } = original;
    return Object.create(error as Error, { message: { value: message }, stack: { value: stack } }) as Error;
  };
  // Knex puts the statement with the values of its parameters before the message of the driver's error.
  const keepOriginals = (of: Client) => {
    const dialect = ownerOf<Client>(of, '_query');
    if (dialects.has(dialect)) return;
    dialects.add(dialect);
    undo.push(
      patch(
        dialect,
        '_query',
        (send) =>
          function (this: Client, ...args) {
            const result = send.apply(this, args);
            const keep = (error: unknown) => {
              const { message, stack } = Object(error) as Error;
              if (error instanceof Error) originals.set(error, { message, ...(stack !== undefined && { stack }) });
            };
            result.then(undefined, keep);
            return result;
          },
      ),
    );
  };
  const wrap = (original: Run): Run =>
    function (this: Client, connection, query, ...more) {
      keepOriginals(this);
      const statement = { ...statementOf(this, query), originalOf };
      return telemetry.run(statement, () => original.call(this, connection, query, ...more));
    };
  undo.push(patch(client, 'query', wrap), patch(client, 'stream', wrap));
  return () => {
    for (const each of undo) each();
  };
}

function statementOf({ dialect, connectionSettings = {} }: Client, query: string | Query): BuilderStatement {
  const { host, port, database, filename } = connectionSettings;
  return {
    sql: typeof query === 'string' ? query : query.sql,
    system: SYSTEMS[dialect ?? ''] ?? dialect ?? 'other_sql',
    namespace: database ?? filename,
    address: host,
    // Conventions: the port only with an address.
    port: host === undefined || port === undefined ? undefined : Number(port),
  };
}

/** The dialects of Knex whose name is not a `db.system.name`. */
const SYSTEMS: Readonly<Record<string, string>> = {
  sqlite3: 'sqlite',
  mssql: 'microsoft.sql_server',
  oracle: 'oracle.db',
  redshift: 'aws.redshift',
};

interface Query {
  readonly sql: string;
}

type Run = (this: Client, connection: unknown, query: string | Query, ...more: unknown[]) => unknown;

interface Client {
  readonly dialect?: string;
  readonly connectionSettings?: {
    readonly host?: string;
    readonly port?: number | string;
    readonly database?: string;
    readonly filename?: string;
  };
  query: Run;
  stream: Run;
  /** Sends a statement to the driver. Each dialect has its own. */
  _query(...args: unknown[]): Promise<unknown>;
}
