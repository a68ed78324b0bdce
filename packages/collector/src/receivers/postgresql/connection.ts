import { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { Client, Query } from 'pg';
import type { SqlRow } from '../scraping/sql-rows.ts';

/** A server of PostgreSQL, and how to authenticate. */
export interface PostgresqlTarget {
  /** Name or address, or the directory of the Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** `undefined` to connect without TLS. */
  readonly tls: ConnectionOptions | undefined;
}

/** Converts the text of a value, by the OID of its type. */
export type ParseValue = (type: number, text: string) => unknown;

/** Number of rows that are read. More are an error. */
const MAX_ROWS = 100_000;

/** A connection to a database. */
export interface PostgresqlConnection {
  /** Runs a statement. `parse` converts the texts of values, by the OID of their type; default: as the client does. */
  query(sql: string, parameters?: readonly unknown[], parse?: ParseValue): Promise<readonly SqlRow[]>;
  close(): Promise<void>;
}

/** Connects to a database. Rejects if that fails. `signal` ends the connection, also later. */
export async function connectPostgresql(
  target: PostgresqlTarget,
  database: string,
  signal: AbortSignal,
): Promise<PostgresqlConnection> {
  signal.throwIfAborted();
  const socket = new Socket();
  const { host, port, username, password, tls } = target;
  const client = new Client({
    host,
    port,
    user: username,
    password,
    database,
    ssl: tls ?? false,
    application_name: 'otelier',
    stream: () => socket,
  });
  const abort = (): void => {
    socket.destroy(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
  };
  signal.addEventListener('abort', abort, { once: true });
  // Queries under way reject by themselves.
  client.on('error', () => {});
  const close = async (): Promise<void> => {
    signal.removeEventListener('abort', abort);
    if (!socket.destroyed) await client.end();
  };
  try {
    await client.connect();
  } catch (error) {
    signal.removeEventListener('abort', abort);
    socket.destroy();
    throw error;
  }
  return {
    query: (text, parameters = [], parse) =>
      new Promise((resolve, reject) => {
        const rows: SqlRow[] = [];
        const types = parse && { getTypeParser: (type: number) => (value: string) => parse(type, value) };
        const query = new Query<SqlRow>({ text, values: [...parameters], ...(types && { types }) });
        query.on('row', (row) => {
          if (rows.length < MAX_ROWS) {
            rows.push(row);
            return;
          }
          const error = new Error(`expected at most ${MAX_ROWS} rows, got more`);
          reject(error);
          socket.destroy(error);
        });
        query.on('error', reject);
        query.on('end', () => resolve(rows));
        client.query(query);
      }),
    close,
  };
}
