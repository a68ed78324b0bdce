import { connect, type Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { Endpoint } from '@otelier/transport/endpoint';
import { createConnection, type RowDataPacket, type SslOptions } from 'mysql2';
import type { SqlRow } from '../scraping/sql-rows.ts';

/** A server of MySQL, and how to authenticate. */
export interface MysqlTarget {
  readonly endpoint: Endpoint;
  readonly username: string;
  readonly password: string;
  /** Database of the connection; none if it is empty. */
  readonly database: string;
  /** `undefined` to connect without TLS. */
  readonly tls: ConnectionOptions | undefined;
}

/** Number of rows that are read. More are an error. */
const MAX_ROWS = 100_000;
/** Bytes of responses that are read over a connection. More are an error. */
const MAX_BYTES = 32 << 20;

/** A connection to a server. */
export interface MysqlConnection {
  /** Runs a statement. Values of rows are texts. */
  query(sql: string): Promise<readonly SqlRow[]>;
  close(): void;
}

/** Connects to a server. Rejects if that fails. `signal` ends the connection, also later. */
export async function connectMysql(target: MysqlTarget, signal: AbortSignal): Promise<MysqlConnection> {
  signal.throwIfAborted();
  const { endpoint, username, password, database, tls } = target;
  const socket: Socket = connect(
    endpoint.kind === 'unix' ? { path: endpoint.path } : { host: endpoint.host || 'localhost', port: endpoint.port },
  );
  const client = createConnection({
    // The name that the certificate must have: the client connects over the socket.
    host: tls?.servername ?? (endpoint.kind === 'tcp' ? endpoint.host : 'localhost'),
    user: username,
    password,
    ...(database !== '' && { database }),
    stream: () => socket,
    // The time limit is that of the signal.
    connectTimeout: 0,
    // A server must not be able to make the client run code or send files.
    disableEval: true,
    flags: ['-LOCAL_FILES'],
    ...(tls !== undefined && { ssl: { ...sslOf(tls), verifyIdentity: tls.rejectUnauthorized !== false } }),
    connectAttributes: { program_name: 'otelier' },
    typeCast: (field) => field.string(),
  });
  const end = (error: Error): void => {
    socket.destroy(error);
  };
  const abort = (): void => end(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
  signal.addEventListener('abort', abort, { once: true });
  socket.on('data', () => {
    if (socket.bytesRead > MAX_BYTES) end(new Error(`expected at most ${MAX_BYTES} bytes, got more`));
  });
  const close = (): void => {
    signal.removeEventListener('abort', abort);
    client.destroy();
    socket.destroy();
  };
  // Queries under way reject with the error of the socket.
  client.on('error', () => {});
  const ended = new Promise<never>((_, reject) => {
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the server closed the connection')));
  });
  ended.catch(() => {});
  // The client would print a warning for each packet, and go on.
  client.on('warn', end);
  try {
    const connected = new Promise<void>((resolve, reject) => {
      client.connect((error) => (error ? reject(error) : resolve()));
    });
    await Promise.race([connected, ended]);
  } catch (error) {
    close();
    throw error;
  }
  return {
    query: (sql) => {
      const rows: SqlRow[] = [];
      const read = new Promise<readonly SqlRow[]>((resolve, reject) => {
        const query = client.query<RowDataPacket[]>(sql);
        query.on('result', (row) => {
          if (rows.length < MAX_ROWS) rows.push(row as SqlRow);
          else end(new Error(`expected at most ${MAX_ROWS} rows, got more`));
        });
        query.on('error', reject);
        query.on('end', () => resolve(rows));
      });
      return Promise.race([read, ended]);
    },
    close,
  };
}

function sslOf({ ca, cert, key, rejectUnauthorized, minVersion, maxVersion }: ConnectionOptions): SslOptions {
  const texts = { ca, cert, key } as Pick<SslOptions, 'ca' | 'cert' | 'key'>;
  return {
    ...texts,
    ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
    ...(minVersion !== undefined && { minVersion }),
    ...(maxVersion !== undefined && { maxVersion }),
  };
}
