import type { HeaderBlock } from '../../http2/hpack/header-block.ts';
import type { Stream, StreamCall } from '../http2/stream.ts';
import type { GrpcResponse } from '../outcome-mapping.ts';
import type { RequestSource } from '../request-source.ts';
import { Call, type CallContext, type CallStream } from './call.ts';
import { type GrpcHead, type GrpcRoutes, type NonGrpcResponse, readGrpcHead } from './head.ts';
import { framesOfResponse, nonGrpcClientFrames } from './response.ts';

/** Serves consecutive calls on a stream of the project's own HTTP/2 implementation. */
export class GrpcStream implements StreamCall, CallStream {
  readonly #stream: Stream;
  readonly #routes: GrpcRoutes;
  readonly #call: Call;
  /**
   * Clients usually send the same header block with each request. It is then the same object and is parsed only once.
   */
  #lastBlock: HeaderBlock | undefined;
  #lastHead: GrpcHead | undefined;

  constructor(stream: Stream, context: CallContext, routes: GrpcRoutes) {
    this.#stream = stream;
    this.#routes = routes;
    this.#call = new Call(context, this);
  }

  get source(): RequestSource {
    return this.#stream.source;
  }

  get deadline(): number {
    return this.#call.deadline;
  }

  get missingBytes(): number {
    return this.#call.missingBytes;
  }

  begin(block: HeaderBlock, nowMillis: number): void {
    if (block !== this.#lastBlock || this.#lastHead === undefined) {
      this.#lastBlock = block;
      this.#lastHead = readGrpcHead(block.fields, this.#routes);
    }
    this.#call.begin(this.#lastHead, block.fields, nowMillis);
  }

  data(chunk: Uint8Array, at: number, end: number, isLast: boolean): void {
    this.#call.data(chunk, at, end, isLast);
  }

  end(): void {
    this.#call.end();
  }

  expire(): void {
    this.#call.expire();
  }

  cancel(): void {
    this.#call.cancel();
  }

  respond(response: GrpcResponse): void {
    this.#stream.respond(framesOfResponse(response));
  }

  respondToNonGrpcClient(response: NonGrpcResponse): void {
    this.#stream.respond(nonGrpcClientFrames(response));
  }

  over(): void {
    this.#stream.callOver();
  }
}
