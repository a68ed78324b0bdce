import { patch } from '../../patch.ts';
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
  const wrap = (original: Run): Run =>
    function (this: Client, connection, query, ...more) {
      return telemetry.run(statementOf(this, query), () => original.call(this, connection, query, ...more));
    };
  const undo = [patch(client, 'query', wrap), patch(client, 'stream', wrap)];
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
}
