import { DatabaseError } from 'pg';
import { errorMessage } from '../../component/error-message.ts';
import type { Reading, ReadingAttributes } from '../scraping/reading.ts';
import type { ReportFailure } from '../scraping/scraping-receiver.ts';
import type { ServerGroup, ServerScraper } from '../scraping/server-scraper.ts';
import { readColumns, type SqlRow } from '../scraping/sql-rows.ts';
import { connectPostgresql, type PostgresqlConnection, type PostgresqlTarget } from './connection.ts';
import {
  backgroundWriterQuery,
  DATABASE_QUERIES,
  FUNCTION_QUERY,
  INDEX_QUERY,
  LIST_DATABASES,
  MAJOR_VERSION,
  type MetricQuery,
  SERVER_QUERIES,
  TABLE_QUERY,
} from './queries.ts';

/** Options for `createPostgresqlScraper`. */
export interface PostgresqlScraperOptions {
  readonly target: PostgresqlTarget;
  /** Databases to read; all if there are none. */
  readonly databases: readonly string[];
  readonly excludeDatabases: readonly string[];
  /** Whether the name of the schema is an attribute of its own, instead of a part of the name of the table. */
  readonly hasSchemaAttribute: boolean;
  isEnabled(metric: string): boolean;
}

/** Database that lists the others. */
const LISTING_DATABASE = 'postgres';

/** Creates a scraper, which opens a connection for each database and closes it afterwards. */
export function createPostgresqlScraper(options: PostgresqlScraperOptions): ServerScraper {
  return {
    async scrape(signal, fail) {
      const reading = new PostgresqlReading(options, signal, fail);
      const connection = await connectPostgresql(options.target, LISTING_DATABASE, signal);
      try {
        const databases = await listDatabases(connection, options);
        const groups = [
          ...(await reading.databases(connection, databases)),
          await reading.server(connection, databases.length),
        ];
        return groups.map(({ resource, readings }) => ({
          resource: { ...resource, 'server.address': options.target.host, 'server.port': BigInt(options.target.port) },
          readings,
        }));
      } finally {
        await connection.close();
      }
    },
  };
}

async function listDatabases(
  connection: PostgresqlConnection,
  { databases, excludeDatabases }: PostgresqlScraperOptions,
): Promise<readonly string[]> {
  const excluded = new Set(excludeDatabases);
  const listed =
    databases.length > 0 ? databases : (await connection.query(LIST_DATABASES)).map(({ datname }) => String(datname));
  return listed.filter((name) => !excluded.has(name));
}

/** One reading of a server. What cannot be read is reported, and the rest is read. */
class PostgresqlReading {
  readonly #options: PostgresqlScraperOptions;
  readonly #signal: AbortSignal;
  readonly #fail: ReportFailure;

  constructor(options: PostgresqlScraperOptions, signal: AbortSignal, fail: ReportFailure) {
    this.#options = options;
    this.#signal = signal;
    this.#fail = fail;
  }

  /** Reads databases with their tables and indexes. */
  async databases(listing: PostgresqlConnection, databases: readonly string[]): Promise<readonly ServerGroup[]> {
    const byDatabase = new Map<string, Reading[]>(databases.map((name) => [name, []]));
    for (const query of DATABASE_QUERIES)
      for (const row of await this.#rows(listing, query, [databases]))
        byDatabase.get(String(row['datname']))?.push(...readRow(row, query));
    const groups: ServerGroup[] = [];
    for (const [database, readings] of byDatabase) {
      try {
        groups.push(...(await this.#database(database, readings)));
      } catch (error) {
        this.#signal.throwIfAborted();
        this.#fail(`database ${database}: ${errorMessage(error)}`);
        groups.push({ resource: { 'postgresql.database.name': database }, readings });
      }
    }
    return groups;
  }

  /** Reads what belongs to no database. */
  async server(listing: PostgresqlConnection, databaseCount: number): Promise<ServerGroup> {
    const readings: Reading[] = [{ metric: 'postgresql.database.count', value: databaseCount }];
    const [version] = await listing.query(MAJOR_VERSION);
    for (const query of [...SERVER_QUERIES, backgroundWriterQuery(Number(version?.['major']))])
      for (const row of await this.#rows(listing, query)) readings.push(...readRow(row, query));
    return { resource: {}, readings };
  }

  async #database(database: string, common: readonly Reading[]): Promise<readonly ServerGroup[]> {
    const resource = { 'postgresql.database.name': database };
    const connection = await connectPostgresql(this.#options.target, database, this.#signal);
    try {
      const tables = await this.#rows(connection, TABLE_QUERY, [], ['postgresql.table.count']);
      const indexes = await this.#rows(connection, INDEX_QUERY);
      const functions = await this.#rows(connection, FUNCTION_QUERY);
      const count = { metric: 'postgresql.table.count', value: tables.length };
      const calls = functions.flatMap((row) => readRow(row, FUNCTION_QUERY));
      return [
        { resource, readings: [count, ...common, ...calls] },
        ...tables.map((row) => ({
          resource: { ...resource, ...this.#tableOf(row, 'schema.table') },
          readings: readRow(row, TABLE_QUERY),
        })),
        ...indexes.map((row) => ({
          resource: {
            ...resource,
            ...this.#tableOf(row, 'table'),
            'postgresql.index.name': String(row['indexrelname']),
          },
          readings: readRow(row, INDEX_QUERY),
        })),
      ];
    } finally {
      await connection.close();
    }
  }

  /** As in the Collector, the schema precedes the name of a table, except in the resource of an index. */
  #tableOf({ schemaname, relname }: SqlRow, form: 'table' | 'schema.table'): ReadingAttributes {
    const schema = String(schemaname);
    const table = String(relname);
    if (this.#options.hasSchemaAttribute) return { 'postgresql.schema.name': schema, 'postgresql.table.name': table };
    return { 'postgresql.table.name': form === 'table' ? table : `${schema}.${table}` };
  }

  /** Runs a query, if one of its metrics is collected. */
  async #rows(
    connection: PostgresqlConnection,
    { name, sql, columns }: MetricQuery,
    parameters: readonly unknown[] = [],
    others: readonly string[] = [],
  ): Promise<readonly SqlRow[]> {
    const metrics = [...columns.map(([, metric]) => metric), ...others];
    if (!metrics.some((metric) => this.#options.isEnabled(metric))) return [];
    try {
      return await connection.query(sql, parameters);
    } catch (error) {
      // Only the server's own errors leave the connection open.
      if (!(error instanceof DatabaseError)) throw error;
      this.#fail(`${name}: ${error.message}`);
      return [];
    }
  }
}

function readRow(row: SqlRow, { columns, labels = [] }: MetricQuery): Reading[] {
  return readColumns(row, columns, Object.fromEntries(labels.map(([column, name]) => [name, String(row[column])])));
}
