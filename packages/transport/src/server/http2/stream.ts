import type { HeaderBlock } from '../../http2/hpack/header-block.ts';
import type { RequestSource } from '../request-source.ts';
import type { Response } from './response.ts';

/** Serves the requests of a stream; one object per stream, reused for later streams. */
export interface StreamCall {
  /** Time by which the call must have its response. */
  readonly deadline: number;
  /** Number of missing bytes of DATA for which memory is available. */
  readonly missingBytes: number;
  /** Begins a request. The response is sent with `stream.respond`. */
  begin(block: HeaderBlock, nowMillis: number): void;
  /** Receives a piece of the body, in memory that is reused afterwards; `isLast` when it ends the stream. */
  data(chunk: Uint8Array, at: number, end: number, isLast: boolean): void;
  /** Ends the request. */
  end(): void;
  /** Ends the call at its deadline. */
  expire(): void;
  /** Ends the call because the stream was reset or its connection has closed; no response can be sent. */
  cancel(): void;
}

/** The connection of a stream. */
export interface StreamOwner {
  /** The connection as the source of requests. */
  readonly source: RequestSource;
  respond(stream: Stream, response: Response): void;
  /** Reclaims the object of a stream that is closed and whose call is over. */
  recycle(stream: Stream): void;
}

/** One stream: its state (RFC 9113, 5.1) and its two windows (5.2). Objects are reused. */
export class Stream {
  readonly call: StreamCall;
  id = 0;
  /** Whether the peer has sent END_STREAM. */
  hasPeerEnded = false;
  /** Remaining receive window. */
  receiveWindow = 0;
  /** Credit from WINDOW_UPDATE less the bytes sent, in addition to the peer's initial window. */
  sendCredit = 0;
  /** Content-length of the request, if any. */
  contentLength: number | undefined;
  receivedBytes = 0;
  /** Time at which a part of the request last arrived. */
  activeMillis = 0;
  /** Response whose data waits for the peer's windows, and the size of its part that has been sent. */
  pendingResponse: Response | undefined;
  sentBytes = 0;
  /** Time at which waiting for the windows ends. */
  sendDeadline = Number.POSITIVE_INFINITY;
  /** Whether both sides have ended or one has reset the stream; the object may serve another stream later. */
  isClosed = true;
  readonly #owner: StreamOwner;
  #isCallOver = false;

  constructor(owner: StreamOwner, createCall: (stream: Stream) => StreamCall) {
    this.#owner = owner;
    this.call = createCall(this);
  }

  /** Connection of the stream. */
  get source(): RequestSource {
    return this.#owner.source;
  }

  /** Reopens the object as a new stream. */
  open(id: number, receiveWindow: number, contentLength: number | undefined, nowMillis: number): void {
    this.id = id;
    this.activeMillis = nowMillis;
    this.hasPeerEnded = false;
    this.receiveWindow = receiveWindow;
    this.sendCredit = 0;
    this.contentLength = contentLength;
    this.receivedBytes = 0;
    this.pendingResponse = undefined;
    this.sentBytes = 0;
    this.sendDeadline = Number.POSITIVE_INFINITY;
    this.isClosed = false;
    this.#isCallOver = false;
  }

  /** Responds to the request. Called once per stream, and not after `cancel`. */
  respond(response: Response): void {
    this.#owner.respond(this, response);
  }

  /** Marks the call as finished: it has its response or was canceled, and no work is pending. */
  callOver(): void {
    this.#isCallOver = true;
    if (this.isClosed) this.#owner.recycle(this);
  }

  /** Closes the stream after both sides have ended or one has reset it. */
  close(): void {
    this.isClosed = true;
    if (this.#isCallOver) this.#owner.recycle(this);
  }
}
