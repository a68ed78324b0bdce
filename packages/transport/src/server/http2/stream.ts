import type { HeaderBlock } from '../../http2/hpack/header-block.ts';
import type { RequestSource } from '../request-source.ts';
import type { Response } from './response.ts';

/** What a connection asks of whoever serves its streams: one object a stream, used again for later streams. */
export interface StreamCall {
  /** When the call must have been answered. */
  readonly deadline: number;
  /** Bytes of DATA that are awaited and for which there is memory. */
  readonly wantedBytes: number;
  /** A request has come. Its answer goes to `stream.answer`. */
  begin(block: HeaderBlock, nowMillis: number): void;
  /** A piece of the body, in memory that is used again afterwards; `isLast` when it ends the stream if it is whole. */
  data(chunk: Uint8Array, at: number, end: number, isLast: boolean): void;
  /** The request is complete. */
  end(): void;
  /** The deadline has passed. */
  expire(): void;
  /** The stream has been reset, or its connection has ended; nobody waits for an answer. */
  gone(): void;
}

/** How a stream reaches its connection. */
export interface StreamOwner {
  /** The connection, as the source of requests. */
  readonly source: RequestSource;
  response(stream: Stream, response: Response): void;
  /** Neither side has any more use for the stream's object. */
  recycle(stream: Stream): void;
}

/** One stream: its state (RFC 9113, 5.1) and both its windows (5.2). Objects are used again. */
export class Stream {
  readonly call: StreamCall;
  id = 0;
  /** The peer has sent END_STREAM. */
  hasPeerEnded = false;
  /** What the peer may still send. */
  receiveWindow = 0;
  /** What WINDOW_UPDATE has granted us, less what was sent; the peer's initial window comes on top. */
  sendCredit = 0;
  /** The length that the request stated, where it did. */
  contentLength: number | undefined;
  receivedBytes = 0;
  /** When something of the request has come last. */
  heardAtMillis = 0;
  /** An answer whose data waits for the peer's windows, and how much of it has been sent. */
  waiting: Response | undefined;
  sentBytes = 0;
  /** When waiting for the windows ends. */
  waitsUntil = Number.POSITIVE_INFINITY;
  /** Both sides have ended, or one has reset; the object may serve another stream later. */
  isClosed = true;
  readonly #owner: StreamOwner;
  #isCallOver = false;

  constructor(owner: StreamOwner, createCall: (stream: Stream) => StreamCall) {
    this.#owner = owner;
    this.call = createCall(this);
  }

  /** The connection that it is on. */
  get source(): RequestSource {
    return this.#owner.source;
  }

  /** Begins as a new stream. */
  open(id: number, receiveWindow: number, contentLength: number | undefined, nowMillis: number): void {
    this.id = id;
    this.heardAtMillis = nowMillis;
    this.hasPeerEnded = false;
    this.receiveWindow = receiveWindow;
    this.sendCredit = 0;
    this.contentLength = contentLength;
    this.receivedBytes = 0;
    this.waiting = undefined;
    this.sentBytes = 0;
    this.waitsUntil = Number.POSITIVE_INFINITY;
    this.isClosed = false;
    this.#isCallOver = false;
  }

  /** Answers the request. Once a stream, and not after `gone`. */
  response(response: Response): void {
    this.#owner.response(this, response);
  }

  /** The call has been answered or given up, and nothing of it is left. */
  callOver(): void {
    this.#isCallOver = true;
    if (this.isClosed) this.#owner.recycle(this);
  }

  /** Both sides have ended, or one has reset. */
  close(): void {
    this.isClosed = true;
    if (this.#isCallOver) this.#owner.recycle(this);
  }
}
