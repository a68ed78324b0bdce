import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { basename, dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';

/**
 * A protocol, by the length of its messages: returns that of the message at the start of the bytes, or `undefined` if
 * its header is not complete.
 */
export type Framing = (bytes: Buffer) => number | undefined;

/** One connection. */
interface RecordedConnection {
  /** The number of the client's messages. */
  messages: number;
  /** What the server has sent: each part after a number of messages of the client. */
  readonly parts: { readonly after: number; readonly send: string }[];
}
/** The connections of each test. */
type Recording = Record<string, RecordedConnection[]>;

/**
 * Starts a server that sends what a real one has sent to the same test, and returns its port. If the environment has
 * `RECORD_SERVER`, which is the port of a real server, it forwards to that server and records it.
 * `npm run interop -- --only instrumentation` does so.
 */
export async function startRecordedServer(t: TestContext, file: string, framing: Framing): Promise<number> {
  const path = join(dirname(file), 'recordings', `${basename(file, '.test.ts')}.json.gz`);
  const real = process.env['RECORD_SERVER'];
  const sockets = new Set<Socket>();
  const recorded: RecordedConnection[] = [];
  const played = real === undefined ? (readRecording(path)[t.name] ?? []) : [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    if (real === undefined) play(socket, played.shift() ?? { messages: 0, parts: [] }, framing);
    else {
      const connection: RecordedConnection = { messages: 0, parts: [] };
      recorded.push(connection);
      sockets.add(record(socket, Number(real), connection, framing));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    if (real !== undefined) writeRecording(path, t.name, recorded);
  });
  return (server.address() as AddressInfo).port;
}

/** Counts the client's messages. Returns the number of all complete ones so far. */
function counter(framing: Framing): (bytes: Buffer) => number {
  let pending = Buffer.alloc(0);
  let count = 0;
  return (bytes) => {
    pending = Buffer.concat([pending, bytes]);
    for (let length = framing(pending); length !== undefined && length <= pending.length; length = framing(pending)) {
      pending = pending.subarray(length);
      count++;
    }
    return count;
  };
}

function play(socket: Socket, { messages, parts }: RecordedConnection, framing: Framing): void {
  const countOf = counter(framing);
  let count = 0;
  const send = () => {
    while (parts[0] !== undefined && parts[0].after <= count) socket.write(parts.shift()?.send ?? '', 'base64');
  };
  socket.on('data', (bytes: Buffer) => {
    count = countOf(bytes);
    // A message that the recording does not have would otherwise wait forever.
    if (count > messages) socket.end();
    send();
  });
  socket.on('end', () => socket.end());
  send();
}

function record(socket: Socket, port: number, connection: RecordedConnection, framing: Framing): Socket {
  const server = connect(port, '127.0.0.1');
  const countOf = counter(framing);
  socket.on('data', (bytes: Buffer) => {
    connection.messages = countOf(bytes);
    server.write(bytes);
  });
  server.on('data', (bytes) => {
    connection.parts.push({ after: connection.messages, send: bytes.toString('base64') });
    socket.write(bytes);
  });
  server.on('error', () => socket.destroy());
  server.on('end', () => socket.end());
  socket.on('end', () => server.end());
  return server;
}

function readRecording(path: string): Recording {
  return existsSync(path) ? (JSON.parse(gunzipSync(readFileSync(path)).toString()) as Recording) : {};
}

function writeRecording(path: string, test: string, connections: readonly RecordedConnection[]): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, gzipSync(JSON.stringify({ ...readRecording(path), [test]: connections }), { level: 9 }));
}
