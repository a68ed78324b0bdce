import type { HeaderBlock } from '../../http2/hpack/header-block.ts';
import type { RequestSource } from '../request-source.ts';
import type { Response } from './response.ts';

/** Handles the requests of a stream. There is one object per stream, which is reused for later streams. */
export interface StreamCall {
  /** Time by which the call must be responded to. */
  readonly deadline: number;
  /** Number of outstanding DATA bytes for which memory is available. */
  readonly missingBytes: number;
  /** Begins a request. The response is sent with `stream.respond`. */
  begin(block: HeaderBlock, nowMillis: number): void;
  /** Receives a piece of the body, in memory that is reused afterwards. `isLast` is set if it ends the stream. */
  data(chunk: Uint8Array, at: number, end: number, isLast: boolean): void;
  /** Ends the request. */
  end(): void;
  /** Ends the call because its deadline has passed. */
  expire(): void;
  /** Ends the call because the stream was reset or its connection has closed. No response can be sent. */
  cancel(): void;
}

/** The connection that a stream belongs to. */
export interface StreamOwner {
  /** The connection as a source of requests. */
  readonly source: RequestSource;
  respond(stream: Stream, response: Response): void;
  /** Reclaims the object of a closed stream whose call is over. */
  recycle(stream: Stream): void;
}

/** A stream: its state (RFC 9113, 5.1) and its two windows (5.2). Objects are reused. */
export class Stream {
  readonly call: StreamCall;
  id = 0;
  /** Whether the peer has sent END_STREAM. */
  hasPeerEnded = false;
  /** Remaining receive window. */
  receiveWindow = 0;
  /** Credit from WINDOW_UPDATE minus the bytes sent, in addition to the peer's initial window. */
  sendCredit = 0;
  /** Content length of the request, if any. */
  contentLength: number | undefined;
  receivedBytes = 0;
  /** Time at which a part of the request last arrived. */
  activeMillis = 0;
  /** Response whose data is blocked by the peer's windows, and how much of it has been sent. */
  pendingResponse: Response | undefined;
  sentBytes = 0;
  /** Time until which the response may be blocked by the windows. */
  sendDeadline = Number.POSITIVE_INFINITY;
  /** Whether both sides have ended or one has reset the stream. The object may later be reused for another stream. */
  isClosed = true;
  readonly #owner: StreamOwner;
  #isCallOver = false;

  constructor(owner: StreamOwner, createCall: (stream: Stream) => StreamCall) {
    this.#owner = owner;
    this.call = createCall(this);
  }

  /** The connection that the stream belongs to. */
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

  /** Responds to the request. Called at most once per stream, and never after `cancel`. */
  respond(response: Response): void {
    this.#owner.respond(this, response);
  }

  /** Marks the call as finished: it was responded to or canceled, and no work is pending. */
  callOver(): void {
    this.#isCallOver = true;
    if (this.isClosed) this.#owner.recycle(this);
  }

  /** Closes the stream once both sides have ended or one has reset it. */
  close(): void {
    this.isClosed = true;
    if (this.#isCallOver) this.#owner.recycle(this);
  }
}
