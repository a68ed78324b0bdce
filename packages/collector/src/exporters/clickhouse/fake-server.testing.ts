import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { compressionOfName, decompress } from '@otelier/transport';

/** A request that the server has received. */
export interface ReceivedStatement {
  readonly text: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  /** The rows of an insert, as text. */
  readonly rows: readonly string[];
}

/** What the server responds: an error with a code of ClickHouse, or nothing for success. */
export interface FakeError {
  readonly status: number;
  readonly code?: number;
  readonly message: string;
}

/** Decides about a statement, of which the server has received `attempt` so far. */
export type Decide = (statement: ReceivedStatement, attempt: number) => FakeError | undefined;

/** A server that speaks as much of the HTTP interface of ClickHouse as the exporter uses. */
export interface FakeServer {
  readonly url: string;
  readonly port: number;
  readonly statements: readonly ReceivedStatement[];
  /** The inserts among the statements. */
  inserts(): readonly ReceivedStatement[];
  /** Sets what statements return. `undefined` is the default of the statement. */
  respond(read: (text: string) => string | Promise<string> | undefined): void;
  /** Resolves when no connection of a client has a request. */
  whenClosed(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a server whose tables have these columns of log records beside `Timestamp`. */
export async function startFakeServer(
  decide: Decide = () => undefined,
  { port = 0, version = '26.5.1.1', columns = ['EventName'] as readonly string[] } = {},
): Promise<FakeServer> {
  const statements: ReceivedStatement[] = [];
  let read: Parameters<FakeServer['respond']>[0] = () => undefined;
  let [running, onIdle] = [0, (): void => {}];
  const server = createServer(async (request, response) => {
    running += 1;
    response.on('close', () => {
      running -= 1;
      if (running === 0) onIdle();
    });
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { query = '', ...settings } = Object.fromEntries(new URL(request.url ?? '', 'http://x').searchParams);
    const received = await plain(Buffer.concat(chunks), request.headers['content-encoding']);
    const statement: ReceivedStatement = {
      text: query === '' ? received : query,
      settings,
      headers: request.headers,
      rows: query === '' ? [] : received.split('\n'),
    };
    statements.push(statement);
    const error = decide(statement, statements.length);
    if (error !== undefined) {
      const headers = error.code === undefined ? {} : { 'X-ClickHouse-Exception-Code': String(error.code) };
      response.writeHead(error.status, headers).end(error.message);
      return;
    }
    const body = read(statement.text);
    if (body !== undefined) response.end(await body);
    else if (statement.text === 'SELECT version()') response.end(`${version}\n`);
    else if (statement.text.startsWith('DESC')) {
      response.end(['Timestamp', ...columns].map((name) => JSON.stringify({ name, type: 'String' })).join('\n'));
    } else response.end();
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const { port: listening } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${listening}`,
    port: listening,
    statements,
    inserts: () => statements.filter(({ text }) => text.startsWith('INSERT')),
    respond(next) {
      read = next;
    },
    whenClosed: () =>
      new Promise((resolve) => {
        onIdle = resolve;
        if (running === 0) resolve();
      }),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function plain(body: Buffer, coding: string | undefined): Promise<string> {
  const compression = compressionOfName(coding);
  if (compression === undefined) throw new Error(`unknown coding ${coding}`);
  if (compression === 'none') return body.toString();
  const result = await decompress(compression, body, { maxBytes: 1 << 28 });
  if (result.kind !== 'ok') throw new Error(result.kind);
  return Buffer.from(result.body).toString();
}
