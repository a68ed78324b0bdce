import { MAX_UINT31 } from '../../http2/frames.ts';
import type { FieldList } from '../../http2/hpack/encoder.ts';
import type { HeaderFields } from '../../http2/hpack/header-block.ts';
import type { FrameOutput } from './frame-output.ts';

/** A request to be sent on a stream. */
export interface ClientRequest {
  /** Fields common to many requests: the same object each time. */
  readonly repeated: FieldList;
  /** Fields of this request only. */
  readonly extra: FieldList;
  /** Payload of the DATA frames, at least one byte; never modified afterwards. */
  readonly body: readonly Uint8Array[];
  /** Maximum size of the response body; the rest is discarded. */
  readonly maxResponseBytes: number;
}

/** How a stream ended. */
export type StreamEnd =
  /** The response is complete. */
  | {
      readonly kind: 'response';
      readonly headers: HeaderFields;
      readonly trailers: HeaderFields | undefined;
      readonly body: Uint8Array;
    }
  /** The server has not processed the request and never will, so it can be retried at once. */
  | { readonly kind: 'unprocessed'; readonly reason: string }
  /** It is unknown whether the request was processed. */
  | { readonly kind: 'broken'; readonly reason: string };

/** A request and its response on a connection. `onEnd` is called once. */
export class ClientStream {
  /** Stream identifier; 0 while the request waits. */
  id = 0;
  /** Send window; below 0 after the server has reduced it. */
  window = 0;
  /** Unsent bytes of the body. */
  unsent: number;
  /** Received DATA bytes not yet reported by WINDOW_UPDATE. */
  unreported = 0;
  /** Headers of the final response. */
  headers: HeaderFields | undefined;
  readonly request: ClientRequest;
  readonly #onEnd: (end: StreamEnd) => void;
  readonly #received: Uint8Array[] = [];
  #receivedBytes = 0;
  /** Position of the next byte of the body to send. */
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

  /** Enlarges the send window; `false` when it becomes too large. */
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

  /** Copies a piece of the response. */
  receive(piece: Uint8Array): void {
    this.#receivedBytes += piece.length;
    if (this.#receivedBytes <= this.request.maxResponseBytes) this.#received.push(piece.slice());
  }

  /** Ends the stream with its complete response; `trailers` if they are separate from the headers. */
  finish(headers: HeaderFields, trailers: HeaderFields | undefined): void {
    const body = this.#received.length === 1 ? this.#received[0] : Buffer.concat(this.#received);
    this.end({ kind: 'response', headers, trailers, body });
  }

  end(end: StreamEnd): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#onEnd(end);
  }

  /** Suppresses the call of `onEnd`. */
  abandon(): void {
    this.#hasEnded = true;
  }
}
