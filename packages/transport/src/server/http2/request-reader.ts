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

/** The session that a `RequestReader` belongs to. */
export interface RequestSession {
  readonly nowMillis: number;
  /** Whether new streams are refused. */
  readonly isEnding: boolean;
  fail(code: ErrorCode, reason: string): void;
  failWith(rejection: ConnectionError): void;
  /** Counts a frame that does not advance a request. */
  charge(): void;
  /** Ends an open stream because of a protocol violation. */
  reset(stream: Stream, code: ErrorCode): void;
  /** Resets a stream that is not open. */
  refuse(streamId: number, code: ErrorCode): void;
  /** Responds to a request that never became a stream. */
  respondWithHead(streamId: number, response: Response): void;
  began(): void;
}

/** Request limits. */
export interface RequestLimits {
  /** Maximum number of concurrent calls. */
  readonly maxConcurrentStreams: number;
  /** Maximum size of a header block, encoded and decoded. */
  readonly maxHeaderBytes: number;
}

/** Flow-control window of a stream, large enough to avoid an extra round trip for a large message. */
export const STREAM_WINDOW_BYTES: number = 8 * 2 ** 20;
/**
 * Flow-control window of a connection. Neither window reserves memory: bytes are copied into admitted memory or
 * discarded as soon as they arrive.
 */
const CONNECTION_WINDOW_BYTES = 64 * 2 ** 20;
/** Rare enough that updates cost nothing, and early enough that no peer has to wait for one. */
const CONNECTION_UPDATE_BYTES = CONNECTION_WINDOW_BYTES / 8;

/**
 * Factor by which a block may exceed the limit before the connection is ended. Below that, it is decoded and only its
 * stream is refused.
 */
const MAX_EXCESS = 4;

/**
 * Reads requests: opens streams for header blocks and passes DATA to bodies, within the receive windows (RFC 9113, 5.2
 * and 8.1).
 */
export class RequestReader {
  readonly #session: RequestSession;
  readonly #limits: RequestLimits;
  readonly #outbox: Outbox;
  readonly #streams: StreamTable;
  readonly #assembly: HeaderAssembly;
  readonly #decoder: HpackDecoder;
  readonly #decode: HpackDecoder['decode'] = (bytes, from, to) => this.#decoder.decode(bytes, from, to);
  readonly #heads = new RequestHeads();
  /** Remaining receive window of the connection, and the number of bytes received since the last update. */
  #receiveWindow = DEFAULT_WINDOW_BYTES;
  #received = 0;
  /** State of the DATA frame being read. Without a stream, its payload is discarded. */
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

  /** The stream whose header block is incomplete, so that CONTINUATION must come next (RFC 9113, 6.10). */
  get openBlockStreamId(): number | undefined {
    return this.#assembly.isOpen ? this.#assembly.streamId : undefined;
  }

  /** Enlarges the connection window from its initial size. */
  openWindow(): void {
    this.#received = CONNECTION_WINDOW_BYTES - DEFAULT_WINDOW_BYTES;
    this.#updateWindow();
  }

  headers(flags: number, streamId: number, bytes: Uint8Array, at: number, end: number): void {
    if (streamId % 2 === 0) {
      this.#session.fail(ERROR_CODE.PROTOCOL_ERROR, 'expected an odd stream identifier');
      return;
    }
    const rejection = this.#assembly.begin(flags, streamId, bytes, at, end);
    if (rejection !== undefined) {
      this.#session.failWith(rejection);
      return;
    }
    if (!this.#assembly.isOpen) this.#endBlock();
  }

  continuation(flags: number, bytes: Uint8Array, at: number, end: number): void {
    if (!this.#assembly.isOpen) {
      this.#session.fail(ERROR_CODE.PROTOCOL_ERROR, 'expected CONTINUATION only after HEADERS');
      return;
    }
    const rejection = this.#assembly.continue(flags, bytes, at, end);
    if (rejection !== undefined) {
      this.#session.failWith(rejection);
      return;
    }
    if (!this.#assembly.isOpen) this.#endBlock();
  }

  beginData(streamId: number, flags: number, sizeBytes: number): void {
    this.#stream = undefined;
    this.#streamId = streamId;
    this.#endsStream = (flags & FLAG.END_STREAM) !== 0;
    this.#usefulBytes = 0;
    this.#receiveWindow -= sizeBytes;
    if (this.#receiveWindow < 0) {
      this.#session.fail(ERROR_CODE.FLOW_CONTROL_ERROR, 'expected DATA within the window');
      return;
    }
    this.#received += sizeBytes;
    if (this.#received >= CONNECTION_UPDATE_BYTES) this.#updateWindow();
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
    stream.activeMillis = this.#session.nowMillis;
    stream.call.data(chunk, at, end, this.#endsStream);
    // The call may have responded, which closes the stream.
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
      this.#session.fail(ERROR_CODE.PROTOCOL_ERROR, 'expected DATA on an open stream, got an idle one');
    } else if (!this.#streams.isAbandoned(streamId)) this.#session.refuse(streamId, ERROR_CODE.STREAM_CLOSED);
  }

  /**
   * Handles a complete header block. It is always decoded, because the dynamic tables must stay in sync (RFC 9113,
   * 4.3).
   */
  #endBlock(): void {
    const { streamId } = this.#assembly;
    const block = this.#assembly.take(this.#decode);
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
      this.#session.fail(ERROR_CODE.PROTOCOL_ERROR, 'expected ascending stream identifiers');
    } else this.#session.fail(ERROR_CODE.STREAM_CLOSED, 'expected HEADERS on an open stream, got a closed one');
  }

  #begin(streamId: number, block: DecodedBlock): void {
    this.#streams.pass(streamId);
    const { endsStream, dependsOnItself } = this.#assembly;
    if (this.#session.isEnding) {
      this.#refuse(streamId, ERROR_CODE.REFUSED_STREAM);
      return;
    }
    if (dependsOnItself) {
      this.#refuse(streamId, ERROR_CODE.PROTOCOL_ERROR);
      return;
    }
    if (block.kind === 'too_large') {
      this.#session.respondWithHead(streamId, HEADERS_TOO_LARGE);
      if (!endsStream) this.#refuse(streamId, ERROR_CODE.NO_ERROR);
      return;
    }
    const { fieldError, contentLength } = this.#heads.read(block);
    if (fieldError !== undefined) {
      this.#refuse(streamId, ERROR_CODE.PROTOCOL_ERROR);
      return;
    }
    // RFC 9113, 5.1.2.
    if (this.#streams.busyCount >= this.#limits.maxConcurrentStreams) {
      this.#refuse(streamId, ERROR_CODE.REFUSED_STREAM);
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
    const isValid = block.kind === 'block' && block.malformed === undefined && !block.hasPseudo;
    if (isValid && this.#assembly.endsStream) this.#peerEnded(stream);
    else this.#session.reset(stream, ERROR_CODE.PROTOCOL_ERROR);
  }

  #peerEnded(stream: Stream): void {
    stream.hasPeerEnded = true;
    // RFC 9113, 8.1.1.
    if (stream.contentLength !== undefined && stream.contentLength !== stream.receivedBytes) {
      this.#session.reset(stream, ERROR_CODE.PROTOCOL_ERROR);
    } else stream.call.end();
  }

  /** Enlarges a stream's window only for data that is expected and admitted. */
  #widen(stream: Stream): void {
    if (stream.receiveWindow >= Math.min(stream.call.missingBytes, STREAM_WINDOW_BYTES / 2)) return;
    const increment = STREAM_WINDOW_BYTES - stream.receiveWindow;
    stream.receiveWindow = STREAM_WINDOW_BYTES;
    writeNumberFrame(this.#outbox, FRAME.WINDOW_UPDATE, stream.id, increment);
  }

  /** Restores the connection window. Bytes are never queued here (RFC 9113, 6.9). */
  #updateWindow(): void {
    writeNumberFrame(this.#outbox, FRAME.WINDOW_UPDATE, 0, this.#received);
    this.#receiveWindow += this.#received;
    this.#received = 0;
  }

  /** Refuses a stream before it is opened. */
  #refuse(streamId: number, code: ErrorCode): void {
    if (!this.#assembly.endsStream) this.#streams.abandon(streamId);
    this.#session.refuse(streamId, code);
  }
}

type DecodedBlock = HeaderBlock | Exclude<HpackError, { kind: 'broken' }>;

/** RFC 9113, 10.5.1. */
const HEADERS_TOO_LARGE = new Response(encodeHeaderBlock([[':status', '431']]));
