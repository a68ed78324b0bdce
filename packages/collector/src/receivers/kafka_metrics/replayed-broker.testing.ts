import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Responses of a broker without their correlation, by request without its correlation, both in base64. */
export type BrokerRecords = Record<string, string>;

/** A broker of a test. */
export interface ReplayedBroker {
  readonly port: number;
  close(): void;
}

/** Starts a proxy of a broker, which records its responses. */
export function recordBroker(brokerPort: number, records: BrokerRecords): Promise<ReplayedBroker> {
  return serve((socket, port) => {
    const broker = connect(brokerPort, '127.0.0.1');
    const requests = new Map<number, string>();
    onFrames(socket, (frame) => {
      requests.set(frame.readInt32BE(CORRELATION), keyOf(frame));
      broker.write(withLength(frame));
    });
    onFrames(broker, (frame) => {
      const key = requests.get(frame.readInt32BE(0));
      if (key !== undefined) records[key] = replacePort(frame.subarray(4), brokerPort, 0).toString('base64');
      socket.write(withLength(replacePort(frame, brokerPort, port)));
    });
    broker.on('error', () => socket.destroy());
    socket.once('close', () => broker.destroy());
  });
}

/** Starts a broker that sends what was recorded. It closes connections with other requests. */
export function replayBroker(records: Readonly<BrokerRecords>): Promise<ReplayedBroker> {
  return serve((socket, port) =>
    onFrames(socket, (frame) => {
      const recorded = records[keyOf(frame)];
      if (recorded === undefined) {
        socket.destroy();
        return;
      }
      const correlation = frame.subarray(CORRELATION, CORRELATION + 4);
      const response = replacePort(Buffer.from(recorded, 'base64'), 0, port);
      socket.write(withLength(Buffer.concat([correlation, response])));
    }),
  );
}

/** Where a request has its correlation: after its key and version. */
const CORRELATION = 4;

async function serve(handle: (socket: Socket, port: number) => void): Promise<ReplayedBroker> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    handle(socket, (server.address() as AddressInfo).port);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function onFrames(socket: Socket, handle: (frame: Buffer) => void): void {
  let received = Buffer.alloc(0);
  socket.on('data', (data: Buffer) => {
    received = Buffer.concat([received, data]);
    while (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) {
      const end = 4 + received.readInt32BE(0);
      handle(received.subarray(4, end));
      received = received.subarray(end);
    }
  });
}

function keyOf(request: Buffer): string {
  return Buffer.concat([request.subarray(0, CORRELATION), request.subarray(CORRELATION + 4)]).toString('base64');
}

function withLength(frame: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(frame.length);
  return Buffer.concat([length, frame]);
}

/** Replaces the port of the broker, which follows its address. */
function replacePort(bytes: Buffer, from: number, to: number): Buffer {
  const changed = Buffer.from(bytes);
  const address = Buffer.from('127.0.0.1');
  for (let at = changed.indexOf(address); at >= 0; at = changed.indexOf(address, at + 1)) {
    const end = at + address.length;
    if (end + 4 <= changed.length && changed.readInt32BE(end) === from) changed.writeInt32BE(to, end);
  }
  return changed;
}
