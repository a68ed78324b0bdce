import { writeNumberFrame } from '../../http2/frame-writer.ts';
import {
  type ConnectionError,
  DEFAULT_WINDOW_BYTES,
  ERROR_CODE,
  type ErrorCode,
  FLAG,
  FRAME,
} from '../../http2/frames.ts';
import { HeaderAssembly } from '../../http2/header-assembly.ts';
import { HpackDecoder, type HpackError } from '../../http2/hpack/decoder.ts';
import { encodeHeaderBlock } from '../../http2/hpack/encoder.ts';
import type { HeaderBlock } from '../../http2/hpack/header-block.ts';
import type { Outbox } from './outbox.ts';
import { RequestHeads } from './request-head.ts';
import { Response } from './response.ts';
import type { Stream } from './stream.ts';
import type { StreamTable } from './stream-table.ts';

/** What taking requests in asks of its session. */
export interface RequestSession {
  readonly nowMillis: number;
  /** No streams are taken any more. */
  readonly isEnding: boolean;
  fail(code: ErrorCode, reason: string): void;
  failWith(rejection: ConnectionError): void;
  /** Counts a frame that brings no request on. */
  charge(): void;
  /** Ends an open stream for a breach of the protocol. */
  reset(stream: Stream, code: ErrorCode): void;
  /** Ends a stream that is not open. */
  refuse(streamId: number, code: ErrorCode): void;
  /** Answers a request that never became a stream. */
  responseHead(streamId: number, response: Response): void;
  began(): void;
}

/** Bounds of what is taken in. */
export interface RequestLimits {
  /** Calls at one time. */
  readonly maxConcurrentStreams: number;
  /** Largest header block, encoded and decoded. */
  readonly maxHeaderBytes: number;
}

/** What one stream may send ahead, so that a large message needs no round trip on its way. */
export const STREAM_WINDOW_BYTES: number = 8 * 2 ** 20;
/**
 * What a connection may send ahead. Neither window is memory: bytes are copied into memory that has been admitted, or
 * thrown away, as soon as they come.
 */
const CONNECTION_WINDOW_BYTES = 64 * 2 ** 20;
/** So seldom that updates cost nothing, so early that no peer waits for one. */
const CONNECTION_UPDATE_BYTES = CONNECTION_WINDOW_BYTES / 8;

/** A block that is so many times too large ends the connection; one that is less is read, and its stream refused. */
const MAX_EXCESS = 4;

/** Takes requests in: header blocks become streams, DATA becomes bodies, within our windows (RFC 9113, 5.2 and 8.1). */
export class RequestReader {
  readonly #session: RequestSession;
  readonly #limits: RequestLimits;
  readonly #outbox: Outbox;
  readonly #streams: StreamTable;
  readonly #assembly: HeaderAssembly;
  readonly #decoder: HpackDecoder;
  readonly #heads = new RequestHeads();
  /** What the peer may still send on all streams, and what of it has come since it was last told. */
  #receiveWindow = DEFAULT_WINDOW_BYTES;
  #received = 0;
  /** The DATA frame that is being read; without a stream, its payload is thrown away. */
  #stream: Stream | undefined;
  #streamId = 0;
  #endsStream = false;
  #usefulBytes = 0;

  constructor(session: RequestSession, limits: RequestLimits, outbox: Outbox, streams: StreamTable) {
    this.#session = session;
    this.#limits = limits;
    this.#outbox = outbox;
    this.#streams = streams;
    this.#assembly = new HeaderAssembly(limits.maxHeaderBytes * MAX_EXCESS);
    this.#decoder = new HpackDecoder({ maxListBytes: limits.maxHeaderBytes });
  }

  /** The stream whose header block awaits CONTINUATION, which must come next (RFC 9113, 6.10). */
  get openBlockOf(): number | undefined {
    return this.#assembly.isOpen ? this.#assembly.streamId : undefined;
  }

  /** Widens the connection's window from what connections begin with. */
  openWindow(): void {
    this.#received = CONNECTION_WINDOW_BYTES - DEFAULT_WINDOW_BYTES;
    this.#giveBack();
  }

  headers(flags: number, streamId: number, bytes: Uint8Array, at: number, end: number): void {
    if (streamId % 2 === 0) {
      this.#session.fail(ERROR_CODE.PROTOCOL_ERROR, 'clients open odd streams');
      return;
    }
    const rejection = this.#assembly.begin(flags, streamId, bytes, at, end);
    if (rejection !== undefined) {
      this.#session.failWith(rejection);
      return;
    }
    if (!this.#assembly.isOpen) this.#takeBlock();
  }

  continuation(flags: number, bytes: Uint8Array, at: number, end: number): void {
    if (!this.#assembly.isOpen) {
      this.#session.fail(ERROR_CODE.PROTOCOL_ERROR, 'CONTINUATION continues nothing');
      return;
    }
    const rejection = this.#assembly.continue(flags, bytes, at, end);
    if (rejection !== undefined) {
      this.#session.failWith(rejection);
      return;
    }
    if (!this.#assembly.isOpen) this.#takeBlock();
  }

  beginData(streamId: number, flags: number, sizeBytes: number): void {
    this.#stream = undefined;
    this.#streamId = streamId;
    this.#endsStream = (flags & FLAG.END_STREAM) !== 0;
    this.#usefulBytes = 0;
    this.#receiveWindow -= sizeBytes;
    if (this.#receiveWindow < 0) {
      this.#session.fail(ERROR_CODE.FLOW_CONTROL_ERROR, 'DATA beyond the window');
      return;
    }
    this.#received += sizeBytes;
    if (this.#received >= CONNECTION_UPDATE_BYTES) this.#giveBack();
    const stream = this.#streams.get(streamId);
    if (stream === undefined) {
      this.#dataWithoutStream(streamId);
      return;
    }
    if (stream.hasPeerEnded) {
      this.#session.reset(stream, ERROR_CODE.STREAM_CLOSED);
      return;
    }
    stream.receiveWindow -= sizeBytes;
    if (stream.receiveWindow < 0) {
      this.#session.reset(stream, ERROR_CODE.FLOW_CONTROL_ERROR);
      return;
    }
    this.#stream = stream;
  }

  data(chunk: Uint8Array, at: number, end: number): void {
    this.#usefulBytes += end - at;
    const stream = this.#stream;
    if (stream === undefined) return;
    stream.receivedBytes += end - at;
    stream.heardAtMillis = this.#session.nowMillis;
    stream.call.data(chunk, at, end, this.#endsStream);
    // The call may have answered, which closes the stream.
    if (stream.isClosed) this.#stream = undefined;
  }

  endData(): void {
    if (this.#usefulBytes === 0 && !this.#endsStream) this.#session.charge();
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream === undefined) {
      if (this.#endsStream) this.#streams.forget(this.#streamId);
    } else if (this.#endsStream) this.#peerEnded(stream);
    else this.#widen(stream);
  }

  #dataWithoutStream(streamId: number): void {
    if (streamId > this.#streams.lastId) {
      this.#session.fail(ERROR_CODE.PROTOCOL_ERROR, 'DATA for a stream that has not begun');
    } else if (!this.#streams.isAbandoned(streamId)) this.#session.refuse(streamId, ERROR_CODE.STREAM_CLOSED);
  }

  /** A whole header block. It is decoded whatever comes of it, because the tables must stay in step (RFC 9113, 4.3). */
  #takeBlock(): void {
    const { streamId } = this.#assembly;
    const block = this.#decoder.decode(this.#assembly.take());
    if (block.kind === 'broken') {
      this.#session.fail(ERROR_CODE.COMPRESSION_ERROR, block.reason);
      return;
    }
    if (streamId > this.#streams.lastId) {
      this.#begin(streamId, block);
      return;
    }
    const stream = this.#streams.get(streamId);
    if (stream !== undefined) {
      this.#trailers(stream, block);
      return;
    }
    if (this.#streams.isAbandoned(streamId)) {
      if (this.#assembly.endsStream) this.#streams.forget(streamId);
    } else if (this.#streams.wasSkipped(streamId)) {
      this.#session.fail(ERROR_CODE.PROTOCOL_ERROR, 'streams are opened in ascending order');
    } else this.#session.fail(ERROR_CODE.STREAM_CLOSED, 'HEADERS for a stream that has ended');
  }

  #begin(streamId: number, block: DecodedBlock): void {
    this.#streams.pass(streamId);
    const { endsStream, dependsOnItself } = this.#assembly;
    if (this.#session.isEnding) {
      this.#turnAway(streamId, ERROR_CODE.REFUSED_STREAM);
      return;
    }
    if (dependsOnItself) {
      this.#turnAway(streamId, ERROR_CODE.PROTOCOL_ERROR);
      return;
    }
    if (block.kind === 'too_large') {
      this.#session.responseHead(streamId, HEADERS_TOO_LARGE);
      if (!endsStream) this.#turnAway(streamId, ERROR_CODE.NO_ERROR);
      return;
    }
    const { fieldError: flaw, contentLength } = this.#heads.read(block);
    if (flaw !== undefined) {
      this.#turnAway(streamId, ERROR_CODE.PROTOCOL_ERROR);
      return;
    }
    // RFC 9113, 5.1.2.
    if (this.#streams.busyCount >= this.#limits.maxConcurrentStreams) {
      this.#turnAway(streamId, ERROR_CODE.REFUSED_STREAM);
      return;
    }
    const { nowMillis } = this.#session;
    const stream = this.#streams.add(streamId, STREAM_WINDOW_BYTES, contentLength, nowMillis);
    this.#session.began();
    stream.call.begin(block, nowMillis);
    if (endsStream && !stream.isClosed) this.#peerEnded(stream);
  }

  #trailers(stream: Stream, block: DecodedBlock): void {
    if (stream.hasPeerEnded) {
      this.#session.reset(stream, ERROR_CODE.STREAM_CLOSED);
      return;
    }
    const isSound = block.kind === 'block' && block.malformed === undefined && !block.hasPseudo;
    if (isSound && this.#assembly.endsStream) this.#peerEnded(stream);
    else this.#session.reset(stream, ERROR_CODE.PROTOCOL_ERROR);
  }

  #peerEnded(stream: Stream): void {
    stream.hasPeerEnded = true;
    // RFC 9113, 8.1.1.
    if (stream.contentLength !== undefined && stream.contentLength !== stream.receivedBytes) {
      this.#session.reset(stream, ERROR_CODE.PROTOCOL_ERROR);
    } else stream.call.end();
  }

  /** A stream's window grows for what is awaited and has been admitted, and for nothing else. */
  #widen(stream: Stream): void {
    if (stream.receiveWindow >= Math.min(stream.call.wantedBytes, STREAM_WINDOW_BYTES / 2)) return;
    const increment = STREAM_WINDOW_BYTES - stream.receiveWindow;
    stream.receiveWindow = STREAM_WINDOW_BYTES;
    writeNumberFrame(this.#outbox, FRAME.WINDOW_UPDATE, stream.id, increment);
  }

  /** Gives the connection's window back: bytes never wait here, whatever became of them (RFC 9113, 6.9). */
  #giveBack(): void {
    writeNumberFrame(this.#outbox, FRAME.WINDOW_UPDATE, 0, this.#received);
    this.#receiveWindow += this.#received;
    this.#received = 0;
  }

  /** Ends a stream before it has become one. */
  #turnAway(streamId: number, code: ErrorCode): void {
    if (!this.#assembly.endsStream) this.#streams.abandon(streamId);
    this.#session.refuse(streamId, code);
  }
}

type DecodedBlock = HeaderBlock | Exclude<HpackError, { kind: 'broken' }>;

/** RFC 9113, 10.5.1. */
const HEADERS_TOO_LARGE = new Response(encodeHeaderBlock([[':status', '431']]));
