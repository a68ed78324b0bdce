import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { type Connection, createConnection } from 'mysql2';

/** The rows of a result, whose values are texts. */
export type MysqlResult = readonly Readonly<Record<string, string | null>>[];

/** Returns the result of a statement, the message of an error, or `undefined` for no response. */
type Respond = (sql: string, socket: Socket) => MysqlResult | string | undefined;

/** A server of a test, with the statements that it has received and the users that have connected. */
export interface TestMysql {
  readonly endpoint: string;
  readonly statements: readonly string[];
  readonly users: readonly string[];
}

/** Serves the protocol of MySQL until the test ends. It rejects the user `blocked`. */
export async function startMysql(t: TestContext, respond: Respond): Promise<TestMysql> {
  const statements: string[] = [];
  const users: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    const connection = createConnection({ stream: socket, isServer: true });
    connection.on('error', () => {});
    connection.serverHandshake({
      protocolVersion: 10,
      serverVersion: '8.0.36',
      connectionId: 1,
      statusFlags: 2,
      characterSet: 45,
      capabilityFlags: 0xff_f7ff ^ 0x20,
      authCallback: ({ user }: { user: string }, done: (error: null, reply?: object) => void) => {
        users.push(user);
        done(null, user === 'blocked' ? { message: `Access denied for user '${user}'`, code: 1045 } : undefined);
        expectCommand(connection);
      },
    });
    connection.on('query', (sql: string) => {
      statements.push(sql);
      send(connection, respond(sql, socket));
      expectCommand(connection);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}`, statements, users };
}

/** Numbers of packets begin anew with each command, which the library leaves to its user. */
function expectCommand(connection: Connection): void {
  Object.assign(connection, { sequenceId: 0 });
}

const TEXT = 253;

function send(connection: Connection, result: MysqlResult | string | undefined): void {
  if (result === undefined) return;
  if (typeof result === 'string') {
    connection.writeError({ message: result, code: 1142 });
    return;
  }
  const names = Object.keys(result[0] ?? { none: '' });
  const column = { catalog: 'def', schema: '', table: '', orgTable: '', characterSet: 45, columnLength: 255 };
  const columns = names.map((name) => ({
    ...column,
    name,
    orgName: name,
    columnType: TEXT,
    flags: 0,
    decimals: 0,
  }));
  connection.writeTextResult(result as MysqlResult[number][], columns);
}
