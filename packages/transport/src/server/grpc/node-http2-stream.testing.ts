import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { GrpcResponse } from '../outcome-mapping.ts';
import { createSource, type RequestSource } from '../request-source.ts';
import { Call, type CallContext, type CallStream } from './call.ts';
import { type GrpcRoutes, type NonGrpcResponse, readGrpcHead } from './head.ts';

/** Connects a `node:http2` stream to a call. */
export class NodeStream implements CallStream {
  readonly source: RequestSource;
  readonly #stream: ServerHttp2Stream;
  readonly #call: Call;
  /** Whether the complete request has been received. */
  #received = false;

  constructor(stream: ServerHttp2Stream, context: CallContext) {
    this.#stream = stream;
    this.source = createSource(stream.session?.socket?.remoteAddress);
    this.#call = new Call(context, this);
  }

  /** Time by which the call must be responded to. */
  get deadline(): number {
    return this.#call.deadline;
  }

  begin(headers: IncomingHttpHeaders, routes: GrpcRoutes, nowMillis: number): void {
    const stream = this.#stream;
    // Node reports a stream reset by the client as an error. The server treats it as a disconnect.
    stream.on('error', () => {});
    stream.on('close', () => this.#call.cancel());
    stream.on('data', (chunk: Buffer) => this.#call.data(chunk, 0, chunk.length, false));
    stream.on('end', () => {
      this.#received = true;
      if (!stream.aborted) this.#call.end();
    });
    this.#call.begin(readGrpcHead(headers, routes), headers, nowMillis);
  }

  /** Ends the call because its deadline has passed. */
  expire(): void {
    this.#call.expire();
  }

  respond({ frame, trailers }: GrpcResponse): void {
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return;
    if (frame !== undefined) {
      stream.respond(RESPONSE_HEADERS, WAIT_FOR_TRAILERS);
      stream.on('wantTrailers', () => stream.sendTrailers(trailers));
      stream.end(frame);
      return;
    }
    stream.respond({ ...RESPONSE_HEADERS, ...trailers }, END_STREAM);
    this.#stopSending();
  }

  respondToNonGrpcClient({ status, text }: NonGrpcResponse): void {
    if (this.#stream.destroyed || this.#stream.closed) return;
    this.#stream.respond({ ':status': status, 'content-type': 'text/plain; charset=utf-8' });
    this.#stream.end(text);
    this.#stopSending();
  }

  over(): void {
    // Nothing is reused: Node creates an object for each stream, and so does this server.
  }

  /** Stops the client, which already has its response and need not send the rest (RFC 9113, 8.1). */
  #stopSending(): void {
    if (this.#received) return;
    this.#stream.resume();
    // In the same event loop turn, the reset would overtake the response and discard it.
    setImmediate(() => this.#stream.close(constants.NGHTTP2_NO_ERROR));
  }
}

const RESPONSE_HEADERS = { ':status': 200, 'content-type': 'application/grpc' };
const WAIT_FOR_TRAILERS = { waitForTrailers: true, sendDate: false };
const END_STREAM = { endStream: true, sendDate: false };
