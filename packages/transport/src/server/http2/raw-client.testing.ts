import net from 'node:net';
import { SIGNALS } from '@otelier/otlp';
import {
  DATA,
  END_HEADERS,
  END_STREAM,
  frame,
  HEADERS,
  type RawFrame,
  settings,
} from '../../client/http2/raw-server.testing.ts';
import { encodeHeaderBlock, type FieldList } from '../../http2/hpack/encoder.ts';

/** The head of a valid call. */
export const CALL: FieldList = [
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', `/${SIGNALS.traces.grpcService}/Export`],
  [':authority', 'test'],
  ['content-type', 'application/grpc'],
  ['te', 'trailers'],
];

/** Returns the HEADERS frame that opens a call on a stream. */
export function callHeaders(streamId: number, flags = END_HEADERS, more: FieldList = []): Buffer {
  return frame(HEADERS, flags, streamId, more.length === 0 ? CALL_BLOCK : encodeHeaderBlock([...CALL, ...more]));
}

/** The encoded header block of `CALL`. */
export const CALL_BLOCK: Uint8Array = encodeHeaderBlock(CALL);

/** Returns a DATA frame with a complete message of `length` bytes that ends the stream. */
export function message(streamId: number, length = 3): Buffer {
  return frame(DATA, END_STREAM, streamId, Buffer.concat([prefix(length), Buffer.alloc(length, 'x')]));
}

/** Returns a message prefix. */
export function prefix(length: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

/** Returns a complete call. */
export function call(streamId: number): Buffer {
  return Buffer.concat([callHeaders(streamId), message(streamId)]);
}

/** An HTTP/2 client that sends only what the test specifies. */
export class RawClient {
  readonly socket: net.Socket;
  readonly frames: RawFrame[] = [];
  #rest = Buffer.alloc(0);
  #wake = () => {};

  private constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('close', () => this.#wake());
  }

  /** Connects and sends the preface and the given settings. */
  static connect(address: string, values: Readonly<Record<number, number>> = {}): RawClient {
    const client = new RawClient(net.connect({ host: '127.0.0.1', port: Number(address.split(':').at(-1)) }));
    client.send(Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), settings(values));
    return client;
  }

  send(...frames: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(frames));
  }

  /** Returns the next frame of a type on a stream, skipping any others before it. */
  async next(type: number, streamId?: number): Promise<RawFrame> {
    for (;;) {
      const index = this.frames.findIndex(
        (candidate) => candidate.type === type && (streamId === undefined || candidate.streamId === streamId),
      );
      const found = this.frames[index];
      if (found !== undefined) {
        this.frames.splice(0, index + 1);
        return found;
      }
      if (this.socket.destroyed) throw new Error(`expected a frame of type ${type}, got a closed connection`);
      await this.#change();
    }
  }

  /** Resolves when the server has closed the connection. */
  async closed(): Promise<void> {
    while (!this.socket.destroyed) await this.#change();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 9 && this.#rest.length >= 9 + this.#rest.readUIntBE(0, 3)) {
      const end = 9 + this.#rest.readUIntBE(0, 3);
      const [type, flags] = [this.#rest[3], this.#rest[4]];
      this.frames.push({ type, flags, streamId: this.#rest.readUInt32BE(5), payload: this.#rest.subarray(9, end) });
      this.#rest = this.#rest.subarray(end);
    }
    this.#wake();
  }
}
