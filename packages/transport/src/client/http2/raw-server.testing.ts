import net from 'node:net';
import { encodeHeaderBlock, type FieldList } from '../../http2/hpack/encoder.ts';

/** A frame on the wire. */
export interface RawFrame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** Frame types, defined independently of the code under test. */
export const [DATA, HEADERS, RESET, SETTINGS, PUSH, PING, GOAWAY, WINDOW, CONTINUATION] = [0, 1, 3, 4, 5, 6, 7, 8, 9];
export const [END_STREAM, ACK, END_HEADERS, PADDED] = [1, 1, 4, 8];

/** Encodes a frame. */
export function frame(
  type: number,
  flags: number,
  streamId: number,
  payload: Uint8Array | readonly number[] = [],
): Buffer {
  const body = Buffer.from(payload);
  const head = Buffer.alloc(9);
  head.writeUIntBE(body.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, body]);
}

/** Encodes a 32-bit integer. */
export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Encodes a SETTINGS frame. */
export function settings(values: Readonly<Record<number, number>> = {}): Buffer {
  const entries = Object.entries(values).map(([id, value]) => Buffer.concat([Buffer.of(0, Number(id)), uint32(value)]));
  return frame(SETTINGS, 0, 0, Buffer.concat(entries));
}

/** Encodes a header block in a single frame. */
export function headers(streamId: number, fields: FieldList, flags = 0): Buffer {
  return frame(HEADERS, END_HEADERS | flags, streamId, encodeHeaderBlock(fields));
}

/** Encodes a complete successful response. */
export function accepted(streamId: number): Buffer {
  return Buffer.concat([
    headers(streamId, [
      [':status', '200'],
      ['content-type', 'application/grpc'],
    ]),
    frame(DATA, 0, streamId, [0, 0, 0, 0, 0]),
    headers(streamId, [['grpc-status', '0']], END_STREAM),
  ]);
}

/** The server side of a connection, which sends only what the test specifies. */
export class RawConnection {
  readonly socket: net.Socket;
  readonly #frames: RawFrame[] = [];
  #rest = Buffer.alloc(0);
  #hasPreface = false;
  #wake = () => {};

  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('close', () => this.#wake());
  }

  write(...frames: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(frames));
  }

  /** Returns the next frame, or the next frame of a given type, skipping any others before it. */
  async next(type?: number): Promise<RawFrame> {
    for (;;) {
      const found = this.#frames.shift();
      if (found !== undefined && (type === undefined || found.type === type)) return found;
      if (found !== undefined) continue;
      if (this.socket.destroyed) throw new Error(`expected a frame of type ${type}, got a closed connection`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Waits until a request is complete and returns its stream identifier. */
  async request(): Promise<number> {
    for (;;) {
      const { flags, streamId } = await this.next(DATA);
      if ((flags & END_STREAM) !== 0) return streamId;
    }
  }

  #read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    if (!this.#hasPreface && this.#rest.length >= PREFACE_BYTES) {
      this.#hasPreface = true;
      this.#rest = this.#rest.subarray(PREFACE_BYTES);
    }
    while (this.#hasPreface && this.#rest.length >= 9 && this.#rest.length >= 9 + this.#rest.readUIntBE(0, 3)) {
      const end = 9 + this.#rest.readUIntBE(0, 3);
      const [type, flags] = [this.#rest[3], this.#rest[4]];
      this.#frames.push({ type, flags, streamId: this.#rest.readUInt32BE(5), payload: this.#rest.subarray(9, end) });
      this.#rest = this.#rest.subarray(end);
    }
    this.#wake();
  }
}

const PREFACE_BYTES = 24;

/** Runs `body` with a server that passes each connection to `serve`. An error in `serve` fails the test. */
export async function withRawServer(
  serve: (connection: RawConnection, count: number) => Promise<void>,
  body: (endpoint: string) => Promise<void>,
): Promise<void> {
  const connections: RawConnection[] = [];
  const served: Promise<void>[] = [];
  const server = net.createServer({ noDelay: true }, (socket) => {
    const connection = new RawConnection(socket);
    connections.push(connection);
    served.push(serve(connection, connections.length));
    served.at(-1)?.catch(() => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  try {
    await body(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`);
    await Promise.all(served);
  } finally {
    for (const { socket } of connections) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}
