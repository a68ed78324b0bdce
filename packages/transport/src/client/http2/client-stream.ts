import { MAX_UINT31 } from '../../http2/frames.ts';
import type { FieldList } from '../../http2/hpack/encoder.ts';
import type { HeaderFields } from '../../http2/hpack/header-block.ts';
import type { CancelCause } from '../settle-once.ts';
import type { FrameOutput } from './frame-output.ts';

/** A request to send on a stream. */
export interface ClientRequest {
  /** Fields shared by many requests. Callers pass the same object each time. */
  readonly repeated: FieldList;
  /** Fields specific to this request. */
  readonly extra: FieldList;
  /** Payload of the DATA frames: at least one byte, never modified afterwards. */
  readonly body: readonly Uint8Array[];
  /** Maximum size of the response body. Excess bytes are discarded. */
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
      /** Whether the connection has sent the whole request and no longer uses its memory. */
      readonly isSent: boolean;
    }
  /** The server did not and will not process the request, so it can be retried immediately. */
  | { readonly kind: 'unprocessed'; readonly reason: string }
  /** It is unknown whether the request was processed. */
  | { readonly kind: 'broken'; readonly reason: string; readonly canceledBy?: CancelCause };

/** A request and its response on a connection. `onEnd` is called exactly once. */
export class ClientStream {
  /** Stream identifier; 0 while the request is queued. */
  id = 0;
  /** Send window; negative after the server has reduced it. */
  window = 0;
  /** Number of unsent body bytes. */
  unsent: number;
  /** Position in the output of the connection after the last part of the body. */
  bodyEnd = 0;
  /** Received DATA bytes not yet returned to the server through WINDOW_UPDATE. */
  unreported = 0;
  /** Headers of the final response. */
  headers: HeaderFields | undefined;
  readonly request: ClientRequest;
  readonly #onEnd: (end: StreamEnd) => void;
  readonly #received: Uint8Array[] = [];
  #receivedBytes = 0;
  /** Position of the next body byte to send. */
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

  /** Enlarges the send window. Returns `false` if it exceeds the maximum. */
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
    this.bodyEnd = output.position;
  }

  /** Copies a piece of the response body. */
  receive(piece: Uint8Array): void {
    this.#receivedBytes += piece.length;
    if (this.#receivedBytes <= this.request.maxResponseBytes) this.#received.push(piece.slice());
  }

  /** Ends the stream with its complete response. `trailers` is set if they are separate from the headers. */
  finish(headers: HeaderFields, trailers: HeaderFields | undefined, isSent: boolean): void {
    const body = this.#received.length === 1 ? this.#received[0] : Buffer.concat(this.#received);
    this.end({ kind: 'response', headers, trailers, body, isSent });
  }

  end(end: StreamEnd): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#onEnd(end);
  }

  /** Prevents `onEnd` from being called. */
  abandon(): void {
    this.#hasEnded = true;
  }
}
