import type { Reading } from '../scraping/reading.ts';
import type { ReportFailure } from '../scraping/scraping-receiver.ts';
import type { ServerScraper } from '../scraping/server-scraper.ts';
import { readColumns, type SqlRow } from '../scraping/sql-rows.ts';
import { connectMysql, type MysqlConnection, type MysqlTarget } from './connection.ts';
import {
  MYSQL_QUERIES,
  type MysqlQuery,
  replicaQuery,
  STATUS,
  type StatementEvents,
  statementQuery,
} from './queries.ts';
import { readStatus } from './status.ts';

/** Options for `createMysqlScraper`. */
export interface MysqlScraperOptions {
  readonly target: MysqlTarget;
  /** Names the server in the resource. */
  readonly address: string;
  readonly statementEvents: StatementEvents;
  isEnabled(metric: string): boolean;
}

/** Creates a scraper, which opens a connection for each reading. */
export function createMysqlScraper(options: MysqlScraperOptions): ServerScraper {
  return {
    async scrape(signal, fail) {
      const connection = await connectMysql(options.target, signal);
      try {
        const variables = await readVariables(connection);
        const uptime = Number(variables.get('Uptime'));
        const readings: Reading[] = [...readStatus(variables, fail)];
        for (const query of await queriesOf(connection, options)) {
          for (const row of await rowsOf(connection, query, fail)) {
            const labels = query.labels.map(([column, name]) => [name, String(row[column])]);
            readings.push(...readColumns(row, query.columns, Object.fromEntries(labels)));
          }
        }
        const resource = { 'mysql.instance.endpoint': options.address };
        return [{ resource, readings, ...(Number.isFinite(uptime) && { ageMillis: uptime * 1000 }) }];
      } finally {
        connection.close();
      }
    },
  };
}

async function readVariables(connection: MysqlConnection): Promise<ReadonlyMap<string, string>> {
  const rows = await connection.query(STATUS);
  return new Map(rows.map((row) => [String(row['Variable_name']), String(row['Value'])]));
}

/** Returns the queries of metrics that are collected. */
async function queriesOf(
  connection: MysqlConnection,
  { statementEvents, isEnabled }: MysqlScraperOptions,
): Promise<readonly MysqlQuery[]> {
  const isWanted = ({ columns }: MysqlQuery): boolean => columns.some(([, metric]) => isEnabled(metric));
  const queries = [...MYSQL_QUERIES, statementQuery(statementEvents)].filter(isWanted);
  if (!isWanted(replicaQuery(''))) return queries;
  const [row] = await connection.query('SELECT VERSION() AS version');
  return [...queries, replicaQuery(String(row?.['version']))];
}

async function rowsOf(
  connection: MysqlConnection,
  { name, sql }: MysqlQuery,
  fail: ReportFailure,
): Promise<readonly SqlRow[]> {
  try {
    return await connection.query(sql);
  } catch (error) {
    // Only the server's own errors leave the connection open.
    if (!(error instanceof Error && 'sqlMessage' in error)) throw error;
    fail(`${name}: ${error.message}`);
    return [];
  }
}
