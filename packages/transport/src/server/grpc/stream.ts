import type { HeaderBlock } from '../../http2/hpack/header-block.ts';
import type { Stream, StreamCall } from '../http2/stream.ts';
import type { GrpcResponse } from '../outcome-mapping.ts';
import type { RequestSource } from '../request-source.ts';
import { Call, type CallContext, type CallStream } from './call.ts';
import { type GrpcHead, type GrpcRoutes, type NonGrpcResponse, readGrpcHead } from './head.ts';
import { framesOfResponse, nonGrpcClientFrames } from './response.ts';

/** Serves a stream of our own HTTP/2 with calls, one after another. */
export class GrpcStream implements StreamCall, CallStream {
  readonly #stream: Stream;
  readonly #routes: GrpcRoutes;
  readonly #call: Call;
  /** Busy peers send the same block with each request, which is then the same object and judged once. */
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

  get wantedBytes(): number {
    return this.#call.wantedBytes;
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

  gone(): void {
    this.#call.gone();
  }

  response(response: GrpcResponse): void {
    this.#stream.response(framesOfResponse(response));
  }

  respondToNonGrpcClient(response: NonGrpcResponse): void {
    this.#stream.response(nonGrpcClientFrames(response));
  }

  over(): void {
    this.#stream.callOver();
  }
}
