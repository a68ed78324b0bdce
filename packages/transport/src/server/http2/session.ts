import { type FrameHandler, FrameReader } from '../../http2/frame-reader.ts';
import {
  readUint32,
  writeFrame,
  writeGoaway,
  writeNumberFrame,
  writeSettings,
  writeSettingsAck,
} from '../../http2/frame-writer.ts';
import {
  type ConnectionError,
  DEFAULT_MAX_FRAME_BYTES,
  ERROR_CODE,
  type ErrorCode,
  FLAG,
  FRAME,
  MAX_UINT31,
  SETTING,
} from '../../http2/frames.ts';
import { createSource, type RequestSource } from '../request-source.ts';
import { FloodGuard } from './flood-guard.ts';
import type { Outbox } from './outbox.ts';
import { type RequestLimits, RequestReader, type RequestSession, STREAM_WINDOW_BYTES } from './request-reader.ts';
import type { Response } from './response.ts';
import { Sender } from './sender.ts';
import type { Stream, StreamCall, StreamOwner } from './stream.ts';
import { StreamTable } from './stream-table.ts';

/** Options for `Session`. */
export interface SessionOptions extends RequestLimits {
  /** Maximum time that a response is pending because the peer does not read it. */
  readonly responseTimeoutMillis: number;
  readonly createCall: (stream: Stream) => StreamCall;
}

/** Session callbacks. */
export interface SessionEvents {
  /** Remote address of the connection. */
  readonly remoteAddress?: string | undefined;
  /** Called when the peer violates the protocol or exceeds a limit, which ends the connection. */
  failed(rejection: ConnectionError): void;
  /** Called when the peer sends a PING. */
  pinged(): void;
  /** Called when the peer acknowledges a PING. */
  ponged(probe: number): void;
  began(): void;
  /** Called when a stream has closed. `served` is set if it was responded to. */
  ended(served: boolean): void;
}

/**
 * The server side of HTTP/2 on one connection. Reads frames and writes frames to an outbox, without a socket or a
 * clock.
 */
export class Session implements FrameHandler, StreamOwner, RequestSession {
  /** Time at which the current bytes were received. */
  nowMillis: number;
  isEnding = false;
  readonly source: RequestSource;
  /** Time of the last response to a complete request. */
  servedMillis: number | undefined;
  readonly #outbox: Outbox;
  readonly #options: SessionOptions;
  readonly #events: SessionEvents;
  readonly #reader: FrameReader;
  readonly #streams: StreamTable;
  readonly #requestReader: RequestReader;
  readonly #sender: Sender;
  readonly #floodGuard: FloodGuard;
  #hasSettings = false;

  constructor(outbox: Outbox, options: SessionOptions, events: SessionEvents, nowMillis: number) {
    this.#outbox = outbox;
    this.#options = options;
    this.#events = events;
    this.nowMillis = nowMillis;
    this.source = createSource(events.remoteAddress);
    this.#reader = new FrameReader(this, DEFAULT_MAX_FRAME_BYTES);
    this.#streams = new StreamTable(this, options.createCall);
    this.#requestReader = new RequestReader(this, options, outbox, this.#streams);
    this.#sender = new Sender(outbox, (stream) => this.#sent(stream));
    this.#floodGuard = new FloodGuard(nowMillis);
  }

  /** Whether a complete request is being handled. */
  get isBusy(): boolean {
    for (const stream of this.#streams) if (stream.hasPeerEnded) return true;
    return false;
  }

  /** Number of open streams. */
  get openCount(): number {
    return this.#streams.openCount;
  }

  /** Sends the server's connection preface (RFC 9113, 3.4). */
  greet(): void {
    writeSettings(this.#outbox, [
      [SETTING.MAX_CONCURRENT_STREAMS, this.#options.maxConcurrentStreams],
      [SETTING.INITIAL_WINDOW_SIZE, STREAM_WINDOW_BYTES],
      [SETTING.MAX_HEADER_LIST_SIZE, this.#options.maxHeaderBytes],
    ]);
    this.#requestReader.openWindow();
  }

  /** Processes received bytes. */
  receive(chunk: Uint8Array, at: number, end: number, nowMillis: number): void {
    this.nowMillis = nowMillis;
    this.#reader.push(chunk, at, end);
  }

  /** Sends a PING. `probe` is a number below 256 that the acknowledgment returns. */
  ping(probe: number): void {
    writeFrame(this.#outbox, FRAME.PING, 0, 0, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, probe));
  }

  /**
   * Announces the end of the connection. Requests sent before the peer receives the announcement are still accepted
   * (RFC 9113, 6.8).
   */
  announceEnd(): void {
    writeGoaway(this.#outbox, MAX_UINT31, ERROR_CODE.NO_ERROR, 'leaving');
  }

  /** Refuses new streams. Open ones continue. */
  end({ code, reason }: ConnectionError): void {
    this.isEnding = true;
    writeGoaway(this.#outbox, this.#streams.lastId, code, reason);
  }

  /** Expires calls and drops responses that the peer is not reading. */
  sweep(nowMillis: number): void {
    if (this.#streams.openCount === 0) return;
    this.nowMillis = nowMillis;
    for (const stream of this.#streams) {
      if (stream.sendDeadline <= nowMillis) this.reset(stream, ERROR_CODE.CANCEL);
      else if (stream.call.deadline <= nowMillis || this.#hasStalled(stream)) stream.call.expire();
    }
  }

  /** Ends all streams after the connection has closed. */
  closed(): void {
    this.#reader.stop();
    for (const stream of this.#streams) this.#drop(stream);
  }

  respond(stream: Stream, response: Response): void {
    this.#sender.send(stream, response, this.nowMillis + this.#options.responseTimeoutMillis);
  }

  recycle(stream: Stream): void {
    this.#streams.recycle(stream);
  }

  respondWithHead(streamId: number, response: Response): void {
    this.#sender.sendHead(streamId, response);
  }

  began(): void {
    this.#events.began();
  }

  frame(type: number, flags: number, streamId: number, bytes: Uint8Array, at: number, end: number): void {
    if (!this.#isAllowed(type, streamId)) return;
    switch (type) {
      case FRAME.HEADERS:
        this.#requestReader.headers(flags, streamId, bytes, at, end);
        return;
      case FRAME.CONTINUATION:
        this.#requestReader.continuation(flags, bytes, at, end);
        return;
      case FRAME.WINDOW_UPDATE:
        this.#windowUpdate(streamId, readUint32(bytes, at) & MAX_UINT31);
        return;
      case FRAME.PING:
        this.#ping(flags, streamId, bytes, at, end);
        return;
      case FRAME.RST_STREAM:
        this.#rstStream(streamId);
        return;
      case FRAME.SETTINGS:
        this.#settings(flags, streamId, bytes, at, end);
        return;
      case FRAME.PRIORITY:
        this.#priority(streamId, readUint32(bytes, at) & MAX_UINT31);
        return;
      case FRAME.PUSH_PROMISE:
        this.fail(ERROR_CODE.PROTOCOL_ERROR, 'expected no PUSH_PROMISE from a client');
        return;
      case FRAME.GOAWAY:
        // The client closes the connection itself after GOAWAY.
        if (streamId !== 0) this.fail(ERROR_CODE.PROTOCOL_ERROR, 'expected GOAWAY on stream 0');
        return;
      default:
        // Unknown frame types are ignored (RFC 9113, 4.1), within limits.
        this.charge();
        return;
    }
  }

  beginData(streamId: number, flags: number, sizeBytes: number): void {
    if (this.#isAllowed(FRAME.DATA, streamId)) this.#requestReader.beginData(streamId, flags, sizeBytes);
  }

  data(chunk: Uint8Array, at: number, end: number): void {
    this.#requestReader.data(chunk, at, end);
  }

  endData(): void {
    this.#requestReader.endData();
  }

  fail(code: ErrorCode, reason: string): void {
    this.failWith({ code, reason });
  }

  failWith(rejection: ConnectionError): void {
    this.#reader.stop();
    this.#events.failed(rejection);
  }

  charge(): void {
    const rejection = this.#floodGuard.checkFrame(this.nowMillis);
    if (rejection !== undefined) this.failWith(rejection);
  }

  /** Ends an open stream because of a protocol violation. */
  reset(stream: Stream, code: ErrorCode): void {
    const { id } = stream;
    this.#drop(stream);
    this.refuse(id, code);
  }

  refuse(streamId: number, code: ErrorCode): void {
    writeNumberFrame(this.#outbox, FRAME.RST_STREAM, streamId, code);
    this.#chargeReset();
  }

  /** Reports whether a frame is allowed at this point (RFC 9113, 3.4 and 6.10). */
  #isAllowed(type: number, streamId: number): boolean {
    if (!this.#hasSettings && type !== FRAME.SETTINGS) {
      this.fail(ERROR_CODE.PROTOCOL_ERROR, 'expected SETTINGS first');
      return false;
    }
    const { openBlockStreamId } = this.#requestReader;
    if (openBlockStreamId === undefined || (type === FRAME.CONTINUATION && streamId === openBlockStreamId)) return true;
    this.fail(ERROR_CODE.PROTOCOL_ERROR, 'expected CONTINUATION');
    return false;
  }

  #windowUpdate(streamId: number, increment: number): void {
    this.charge();
    if (streamId === 0) {
      const rejection = this.#sender.widen(increment);
      if (rejection !== undefined) this.failWith(rejection);
      return;
    }
    const stream = this.#streams.get(streamId);
    if (stream === undefined) {
      this.#requireBegun(streamId);
      return;
    }
    const rejection = this.#sender.widenStream(stream, increment);
    if (rejection !== undefined) this.reset(stream, rejection.code);
  }

  #ping(flags: number, streamId: number, bytes: Uint8Array, at: number, end: number): void {
    if (streamId !== 0) {
      this.fail(ERROR_CODE.PROTOCOL_ERROR, 'expected PING on stream 0');
      return;
    }
    if ((flags & FLAG.ACK) !== 0) {
      this.#events.ponged(bytes[end - 1]);
      return;
    }
    this.charge();
    writeFrame(this.#outbox, FRAME.PING, FLAG.ACK, 0, bytes.subarray(at, end));
    this.#events.pinged();
  }

  #rstStream(streamId: number): void {
    const stream = this.#streams.get(streamId);
    if (stream === undefined) {
      this.#streams.forget(streamId);
      this.charge();
      this.#requireBegun(streamId);
      return;
    }
    stream.hasPeerEnded = true;
    this.#drop(stream);
    this.#chargeReset();
  }

  #settings(flags: number, streamId: number, bytes: Uint8Array, at: number, end: number): void {
    if (streamId !== 0) {
      this.fail(ERROR_CODE.PROTOCOL_ERROR, 'expected SETTINGS on stream 0');
      return;
    }
    if ((flags & FLAG.ACK) !== 0) {
      if (end > at) this.fail(ERROR_CODE.FRAME_SIZE_ERROR, 'expected a SETTINGS acknowledgment without settings');
      return;
    }
    this.#hasSettings = true;
    this.charge();
    // New settings may release pending responses, so the settings are acknowledged first (RFC 9113, 6.5.3).
    writeSettingsAck(this.#outbox);
    const rejection = this.#sender.settings(bytes, at, end, this.#streams);
    if (rejection !== undefined) this.failWith(rejection);
  }

  #priority(streamId: number, dependency: number): void {
    if (streamId === 0) {
      this.fail(ERROR_CODE.PROTOCOL_ERROR, 'expected PRIORITY on a stream');
      return;
    }
    this.charge();
    if (dependency !== streamId) return;
    // RFC 7540, 5.3.1.
    const stream = this.#streams.get(streamId);
    if (stream === undefined)
      this.fail(ERROR_CODE.PROTOCOL_ERROR, 'expected PRIORITY with another stream as dependency');
    else this.reset(stream, ERROR_CODE.PROTOCOL_ERROR);
  }

  /**
   * Fails the connection if the stream was never opened. Late frames for closed streams are ignored (RFC 9113, 5.1).
   */
  #requireBegun(streamId: number): void {
    if (streamId === 0 || streamId > this.#streams.lastId) {
      this.fail(ERROR_CODE.PROTOCOL_ERROR, 'expected a frame for an open or closed stream, got an idle one');
    }
  }

  /** Reports whether a request has stopped arriving while it holds memory for its remainder. */
  #hasStalled(stream: Stream): boolean {
    return !stream.hasPeerEnded && stream.activeMillis + STALL_MILLIS <= this.nowMillis;
  }

  #sent(stream: Stream): void {
    const { id, hasPeerEnded } = stream;
    if (hasPeerEnded) {
      this.#floodGuard.served();
      this.servedMillis = this.nowMillis;
    }
    this.#streams.close(stream);
    // A client that has its response need not send the rest (RFC 9113, 8.1).
    if (!hasPeerEnded) writeNumberFrame(this.#outbox, FRAME.RST_STREAM, id, ERROR_CODE.NO_ERROR);
    this.#events.ended(true);
  }

  #drop(stream: Stream): void {
    this.#sender.forget(stream);
    this.#streams.close(stream);
    stream.call.cancel();
    this.#events.ended(false);
  }

  #chargeReset(): void {
    const rejection = this.#floodGuard.checkReset(this.nowMillis);
    if (rejection !== undefined) this.failWith(rejection);
  }
}

/** Longer than TCP needs to recover from packet loss. */
const STALL_MILLIS = 15_000;
