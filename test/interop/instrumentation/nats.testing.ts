import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

interface Subscription {
  readonly socket: Socket;
  readonly subject: string;
  readonly id: string;
}

const INFO = { server_id: 'test', version: '2.15.2', headers: true, max_payload: 1_048_576, proto: 1 };

/** Returns the address of a real server, if the environment has `NATS_SERVER`, or of one in memory without JetStream. */
export async function natsAddress(t: TestContext): Promise<string> {
  const real = process.env['NATS_SERVER'];
  if (real !== undefined) return real;
  const subscriptions = new Set<Subscription>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.write(`INFO ${JSON.stringify(INFO)}\r\n`);
    let pending = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      pending = Buffer.concat([pending, bytes]);
      for (let used = handle(pending, socket, subscriptions); used > 0; used = handle(pending, socket, subscriptions)) {
        pending = pending.subarray(used);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Handles the command at the start of the bytes. Returns its length, or 0 if it is not complete. */
function handle(bytes: Buffer, socket: Socket, subscriptions: Set<Subscription>): number {
  const end = bytes.indexOf('\r\n') + 2;
  if (end < 2) return 0;
  const [command = '', ...args] = bytes.toString('latin1', 0, end - 2).split(' ');
  if (command === 'PING') socket.write('PONG\r\n');
  if (command === 'SUB') subscriptions.add({ socket, subject: args[0] ?? '', id: args.at(-1) ?? '' });
  if (command !== 'PUB' && command !== 'HPUB') return end;
  const length = Number(args.at(-1));
  if (bytes.length < end + length + 2) return 0;
  const sizes = command === 'HPUB' ? args.splice(-2) : args.splice(-1);
  const [subject = '', reply] = args;
  const receivers = [...subscriptions].filter((each) => matches(each.subject, subject));
  for (const { socket: receiver, id } of receivers) {
    const head = [command === 'HPUB' ? 'HMSG' : 'MSG', subject, id, ...(reply === undefined ? [] : [reply]), ...sizes];
    receiver.write(`${head.join(' ')}\r\n`);
    receiver.write(bytes.subarray(end, end + length + 2));
  }
  if (receivers.length === 0 && reply !== undefined) {
    const status = 'NATS/1.0 503\r\n\r\n';
    const id = [...subscriptions].find((each) => matches(each.subject, reply))?.id ?? '';
    socket.write(`HMSG ${reply} ${id} ${status.length} ${status.length}\r\n${status}\r\n`);
  }
  return end + length + 2;
}

function matches(pattern: string, subject: string): boolean {
  return pattern === subject || (pattern.endsWith('.*') && subject.startsWith(pattern.slice(0, -1)));
}
