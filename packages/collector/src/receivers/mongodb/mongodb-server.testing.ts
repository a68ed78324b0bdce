import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { BSON, type Document } from 'mongodb';

/** Returns the response to a command, or `undefined` for none. */
type Respond = (command: Document, socket: Socket) => Document | undefined;

/** A server of a test, with the commands that it has received. */
export interface TestMongodb {
  readonly endpoint: string;
  readonly commands: readonly string[];
}

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const HELLO = { ok: 1, isWritablePrimary: true, helloOk: true, maxWireVersion: 21, minWireVersion: 0, readOnly: false };

/** Serves the protocol of MongoDB without authentication until the test ends. */
export async function startMongodb(t: TestContext, respond: Respond): Promise<TestMongodb> {
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let received: Buffer = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 4 && received.length >= received.readInt32LE(0)) {
        const message = received.subarray(0, received.readInt32LE(0));
        received = received.subarray(message.length);
        handle(message, socket);
      }
    });
  });
  const handle = (message: Buffer, socket: Socket): void => {
    const isQuery = message.readInt32LE(12) === OP_QUERY;
    const start = isQuery ? message.indexOf(0, 20) + 9 : 21;
    const command = BSON.deserialize(message.subarray(start, start + message.readInt32LE(start)));
    const [name = ''] = Object.keys(command);
    const isHello = /^(hello|ismaster)$/i.test(name);
    if (!isHello && name !== 'endSessions') commands.push(`${command['$db']}.${name}`);
    const response = isHello || name === 'endSessions' ? HELLO : respond(command, socket);
    if (response === undefined) return;
    const body = Buffer.from(BSON.serialize(response));
    const head = isQuery
      ? Buffer.concat([int32(8), int32(0), int32(0), int32(0), int32(1)])
      : Buffer.concat([int32(0), Buffer.from([0])]);
    const code = isQuery ? OP_REPLY : OP_MSG;
    const header = [16 + head.length + body.length, 1, message.readInt32LE(4), code].map(int32);
    socket.write(Buffer.concat([...header, head, body]));
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}`, commands };
}

/** Writes a document as text that keeps the types of numbers. */
export function writeDocument(document: Document): string {
  return BSON.EJSON.stringify(document, { relaxed: false });
}

/** Reads a text of `writeDocument`. */
export function readDocument(text: string): Document {
  return BSON.EJSON.parse(text, { relaxed: false }) as Document;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}
