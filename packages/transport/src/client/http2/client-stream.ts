import { MAX_UINT31 } from '../../http2/frames.ts';
import type { FieldList } from '../../http2/hpack/encoder.ts';
import type { HeaderFields } from '../../http2/hpack/header-block.ts';
import type { FrameOutput } from './frame-output.ts';

/** What is sent on a stream. */
export interface ClientRequest {
  /** Fields that come with many requests: the same object each time. */
  readonly lasting: FieldList;
  /** Fields of this request alone. */
  readonly passing: FieldList;
  /** What DATA frames carry, at least a byte; never written into again. */
  readonly body: readonly Uint8Array[];
  /** More of the response's body is thrown away. */
  readonly maxResponseBytes: number;
}

/** How a stream has ended. */
export type StreamEnd =
  /** With all that the server had to say. */
  | {
      readonly kind: 'response';
      readonly headers: HeaderFields;
      readonly trailers: HeaderFields | undefined;
      readonly body: Uint8Array;
    }
  /** The server has not looked at the request and never will, so it may be sent again at once. */
  | { readonly kind: 'unprocessed'; readonly reason: string }
  /** Nobody knows what became of the request. */
  | { readonly kind: 'broken'; readonly reason: string };

/** One request and its response, as its connection sees them. `onEnd` is called once. */
export class ClientStream {
  /** 0 while it waits for its turn. */
  id = 0;
  /** Bytes that the server still takes; below 0 when it has changed its mind. */
  window = 0;
  /** Bytes of the body that have not been sent. */
  unsent: number;
  /** Bytes of the response that the server has not been told of as read. */
  unreported = 0;
  /** Of the response; interim ones do not count. */
  headers: HeaderFields | undefined;
  readonly request: ClientRequest;
  readonly #onEnd: (end: StreamEnd) => void;
  readonly #received: Uint8Array[] = [];
  #receivedBytes = 0;
  /** Where in the body the next byte to send is. */
  #part = 0;
  #at = 0;
  #hasEnded = false;

  constructor(request: ClientRequest, onEnd: (end: StreamEnd) => void) {
    this.request = request;
    this.#onEnd = onEnd;
    this.unsent = request.body.reduce((sum, part) => sum + part.length, 0);
  }

  begin(id: number, window: number): void {
    this.id = id;
    this.window = window;
  }

  /** Lets the server take more; `false` when the window gets too large. */
  widen(increment: number): boolean {
    this.window += increment;
    return this.window <= MAX_UINT31;
  }

  /** Writes the next `sizeBytes` of the body, part by part. */
  writeBody(output: FrameOutput, sizeBytes: number): void {
    this.unsent -= sizeBytes;
    this.window -= sizeBytes;
    for (let left = sizeBytes; left > 0; ) {
      const part = this.request.body[this.#part];
      const end = Math.min(part.length, this.#at + left);
      if (end > this.#at) output.payload(part, this.#at, end);
      left -= end - this.#at;
      this.#at = end;
      if (end === part.length) {
        this.#part += 1;
        this.#at = 0;
      }
    }
  }

  /** Takes a piece of the response, whose memory is somebody else's. */
  receive(piece: Uint8Array): void {
    this.#receivedBytes += piece.length;
    if (this.#receivedBytes <= this.request.maxResponseBytes) this.#received.push(piece.slice());
  }

  /** The server has sent all; `trailers` when they came apart from the headers. */
  finish(headers: HeaderFields, trailers: HeaderFields | undefined): void {
    const body = this.#received.length === 1 ? this.#received[0] : Buffer.concat(this.#received);
    this.end({ kind: 'response', headers, trailers, body });
  }

  end(end: StreamEnd): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#onEnd(end);
  }

  /** Nobody wants to hear of its end any more. */
  abandon(): void {
    this.#hasEnded = true;
  }
}
