import type { ClientHttp2Stream, IncomingHttpHeaders, IncomingHttpStatusHeader } from 'node:http2';
import type { GrpcResponse } from './outcome-mapping.ts';

/** Collects what comes back on a stream; complete when the stream has closed. */
export class ResponseReader {
  /** Why the stream broke, in words. */
  failure: string | undefined;
  #headers: (IncomingHttpHeaders & IncomingHttpStatusHeader) | undefined;
  #trailers: IncomingHttpHeaders | undefined;
  readonly #chunks: Buffer[] = [];
  #length = 0;

  /** Bytes beyond `maxBytes` are thrown away. `onHeard` is called when anything comes. */
  constructor(stream: ClientHttp2Stream, maxBytes: number, onHeard: () => void) {
    stream.on('response', (headers) => {
      onHeard();
      this.#headers = headers;
    });
    stream.on('trailers', (headers) => {
      this.#trailers = headers;
    });
    stream.on('data', (chunk: Buffer) => {
      this.#length += chunk.length;
      if (this.#length <= maxBytes) this.#chunks.push(chunk);
    });
    stream.on('error', (error) => {
      // Node wraps what broke the connection.
      this.failure = error.cause instanceof Error ? error.cause.message : error.message;
    });
  }

  /** The response; `undefined` when the stream closed without a status. */
  response(): GrpcResponse | undefined {
    const headers = this.#headers;
    if (headers === undefined) return undefined;
    const httpStatus = headers[':status'];
    const status = this.#field('grpc-status');
    // A peer that does not speak gRPC has its status in HTTP alone.
    if (status === undefined && httpStatus === 200) return undefined;
    return {
      httpStatus,
      grpcStatus: status === undefined || !/^\d{1,3}$/.test(status) ? undefined : Number(status),
      grpcMessage: this.#field('grpc-message'),
      details: this.#field('grpc-status-details-bin'),
      message: this.#message(),
    };
  }

  #field(name: string): string | undefined {
    const value = this.#trailers?.[name] ?? this.#headers?.[name];
    return Array.isArray(value) ? value[0] : value;
  }

  /** The first message, if it is whole and not compressed (we have not offered to read compressed ones). */
  #message(): Uint8Array | undefined {
    const bytes = Buffer.concat(this.#chunks);
    if (bytes.length < 5 || bytes[0] !== 0) return undefined;
    const end = 5 + bytes.readUInt32BE(1);
    return end <= bytes.length ? bytes.subarray(5, end) : undefined;
  }
}
