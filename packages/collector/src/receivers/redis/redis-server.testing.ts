import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** A server of a test that replies to each command as told, with the commands that it has received. */
export interface TestRedis {
  readonly endpoint: string;
  readonly commands: readonly string[];
}

/** Bytes that are sent to a client, or `undefined` for none. */
type Reply = (command: string, socket: Socket) => string | undefined;

/** Serves commands until the test ends. Each command must arrive in one piece. */
export async function startRedis(t: TestContext, reply: Reply): Promise<TestRedis> {
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (data) => {
      const [, ...lines] = data.toString().split('\r\n');
      const command = lines.filter((_, index) => index % 2 === 1).join(' ');
      commands.push(command);
      const text = reply(command, socket);
      if (text !== undefined) socket.write(text);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}`, commands };
}

/** Encodes a text as a bulk string. */
export function bulk(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}
