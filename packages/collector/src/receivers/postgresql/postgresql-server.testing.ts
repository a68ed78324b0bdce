import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** The result of a statement: columns with the OIDs of their types, and rows of texts. */
export interface TestResult {
  readonly columns: readonly (readonly [name: string, type: number])[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** Returns the result of a statement, the message of an error, or `undefined` for no response. */
type Respond = (
  database: string,
  sql: string,
  socket: Socket,
  parameters: readonly string[],
) => TestResult | string | undefined;

/** A server of a test, with the statements that it has received. */
export interface TestPostgresql {
  readonly endpoint: string;
  readonly statements: readonly string[];
}

/** Serves the protocol of PostgreSQL, version 3, without authentication, until the test ends. */
export async function startPostgresql(t: TestContext, respond: Respond): Promise<TestPostgresql> {
  const statements: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    const session = new Session(socket, (database, sql, parameters) => {
      statements.push(sql);
      return respond(database, sql, socket, parameters);
    });
    socket.on('data', (data: Buffer) => session.receive(data));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}`, statements };
}

type SessionRespond = (database: string, sql: string, parameters: readonly string[]) => TestResult | string | undefined;

class Session {
  readonly #socket: Socket;
  readonly #respond: SessionRespond;
  #received: Buffer = Buffer.alloc(0);
  #database: string | undefined;
  #prepared = '';
  #parameters: readonly string[] = [];

  constructor(socket: Socket, respond: SessionRespond) {
    this.#socket = socket;
    this.#respond = respond;
  }

  receive(data: Buffer): void {
    this.#received = Buffer.concat([this.#received, data]);
    for (;;) {
      const offset = this.#database === undefined ? 0 : 1;
      if (this.#received.length < offset + 4) return;
      const length = offset + this.#received.readInt32BE(offset);
      if (this.#received.length < length) return;
      const message = this.#received.subarray(offset + 4, length);
      const kind = offset === 0 ? 'startup' : String.fromCharCode(this.#received[0] ?? 0);
      this.#received = this.#received.subarray(length);
      this.#handle(kind, message);
    }
  }

  #handle(kind: string, message: Buffer): void {
    switch (kind) {
      case 'startup': {
        const parameters = message.toString('utf8', 4).split('\0');
        this.#database = parameters[parameters.indexOf('database') + 1] ?? '';
        this.#socket.write(Buffer.concat([frame('R', int32(0)), READY]));
        return;
      }
      case 'Q':
        this.#parameters = [];
        this.#run(message.toString('utf8').replace(/\0$/, ''), []);
        return;
      case 'P':
        this.#prepared = message.toString('utf8').split('\0')[1] ?? '';
        return;
      case 'B':
        this.#parameters = boundParameters(message);
        return;
      case 'S':
        this.#run(this.#prepared, [frame('1'), frame('2')]);
        return;
      case 'X':
        this.#socket.end();
    }
  }

  #run(sql: string, before: readonly Buffer[]): void {
    const result = this.#respond(this.#database ?? '', sql, this.#parameters);
    if (result === undefined) return;
    if (typeof result === 'string') {
      const error = Buffer.from(`SERROR\0C42501\0M${result}\0\0`);
      this.#socket.write(Buffer.concat([...before, frame('E', error), READY]));
      return;
    }
    const columns = result.columns.map(([name, type]) =>
      Buffer.concat([Buffer.from(`${name}\0`), int32(0), int16(0), int32(type), int16(-1), int32(-1), int16(0)]),
    );
    const rows = result.rows.map((row) => frame('D', int16(row.length), ...row.map(value)));
    const end = frame('C', Buffer.from(`SELECT ${rows.length}\0`));
    this.#socket.write(Buffer.concat([...before, frame('T', int16(columns.length), ...columns), ...rows, end, READY]));
  }
}

/** Returns the texts of the parameters in a message `Bind` without names. */
function boundParameters(message: Buffer): readonly string[] {
  let at = 2;
  at += 2 + 2 * message.readInt16BE(at);
  const count = message.readInt16BE(at);
  at += 2;
  return Array.from({ length: count }, () => {
    const length = message.readInt32BE(at);
    at += 4 + Math.max(0, length);
    return length < 0 ? '' : message.toString('utf8', at - length, at);
  });
}

function value(text: string | null): Buffer {
  return text === null ? int32(-1) : Buffer.concat([int32(Buffer.byteLength(text)), Buffer.from(text)]);
}

function frame(kind: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(kind), int32(body.length + 4), body]);
}

function int32(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(number);
  return bytes;
}

function int16(number: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(number);
  return bytes;
}

const READY = frame('Z', Buffer.from('I'));
