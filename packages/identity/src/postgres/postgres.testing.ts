import { connect as connectTo, createServer, type Socket } from 'node:net';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import pg from 'pg';

/** A PostgreSQL server behind a connection that can be cut. */
export interface TestPostgres {
  /** The address behind the connection. */
  readonly url: string;
  /** Closes all connections, and refuses new ones until `restore` is called. */
  cut(): void;
  restore(): void;
  /** Runs a statement, past the connection that can be cut. */
  query(text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** Starts PostgreSQL compiled to WebAssembly, or uses the server whose URL `IDENTITY_POSTGRES` names: its database is emptied. */
export async function startTestPostgres(): Promise<TestPostgres> {
  const real = process.env['IDENTITY_POSTGRES'];
  const database = real === undefined ? await PGlite.create() : undefined;
  const server = database && new PGLiteSocketServer({ db: database, port: 0, host: '127.0.0.1', maxConnections: 20 });
  await server?.start();
  const direct = new URL(real ?? `postgresql://postgres@${server?.getServerConn()}/postgres`);
  const sockets = new Set<Socket>();
  let isCut = false;
  const transactions = new Transactions();
  const proxy = createServer((socket) => {
    if (isCut) {
      socket.destroy();
      return;
    }
    const upstream = connectTo(Number(direct.port), direct.hostname);
    for (const [one, other] of [[socket, upstream] as const, [upstream, socket] as const]) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    if (database === undefined) socket.pipe(upstream).pipe(socket);
    else transactions.join(socket, upstream);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = proxy.address();
  const url = new URL(direct);
  url.hostname = '127.0.0.1';
  url.port = String(typeof address === 'object' ? address?.port : '');
  const query: TestPostgres['query'] = async (text, values = []) => {
    if (database !== undefined) return (await database.query<Record<string, unknown>>(text, [...values])).rows;
    const client = new pg.Client({ connectionString: direct.href });
    await client.connect();
    try {
      return (await client.query(text, [...values])).rows;
    } finally {
      await client.end();
    }
  };
  await query('DROP SCHEMA IF EXISTS otelier_identity CASCADE');
  return {
    ...{ url: url.href, query },
    cut() {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    restore() {
      isCut = false;
    },
    async close() {
      proxy.close();
      for (const socket of sockets) socket.destroy();
      await server?.stop();
      await database?.close();
    },
  };
}

/** Ends of a response when no transaction is open. */
const IDLE = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

/**
 * Lets one connection at a time have a transaction: PostgreSQL in WebAssembly has one session, so that statements of others would be part
 * of it.
 */
class Transactions {
  readonly #waiting: (() => void)[] = [];
  #owner: Socket | undefined;

  join(socket: Socket, upstream: Socket): void {
    const send = (data: Buffer): void => {
      if (this.#owner !== undefined && this.#owner !== socket) {
        this.#waiting.push(() => send(data));
        return;
      }
      if (data.includes('BEGIN')) this.#owner = socket;
      upstream.write(data);
    };
    socket.on('data', send);
    socket.on('close', () => this.#release(socket));
    upstream.on('data', (data: Buffer) => {
      socket.write(data);
      if (data.subarray(-IDLE.length).equals(IDLE)) this.#release(socket);
    });
  }

  #release(socket: Socket): void {
    if (this.#owner !== socket) return;
    this.#owner = undefined;
    for (const send of this.#waiting.splice(0)) send();
  }
}
