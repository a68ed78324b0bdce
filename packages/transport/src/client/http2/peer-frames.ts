import { type FrameHandler, FrameReader } from '../../http2/frame-reader.ts';
import { readUint32 } from '../../http2/frame-writer.ts';
import {
  type ConnectionError,
  DEFAULT_MAX_FRAME_BYTES,
  ERROR_CODE,
  type ErrorCode,
  FLAG,
  FRAME,
  MAX_UINT31,
} from '../../http2/frames.ts';
import { HeaderAssembly } from '../../http2/header-assembly.ts';
import { HpackDecoder, type HpackError } from '../../http2/hpack/decoder.ts';
import type { HeaderBlock } from '../../http2/hpack/header-block.ts';
import { PeerSettings } from '../../http2/peer-settings.ts';

/** Events for the frames sent by a server, with each frame already validated on its own. */
export interface PeerEvents {
  onHeaders(streamId: number, block: HeaderBlock | HpackError, endsStream: boolean): void;
  /** `sizeBytes` counts against the flow-control windows and includes padding. */
  onDataSize(streamId: number, sizeBytes: number): void;
  onData(streamId: number, piece: Uint8Array): void;
  onDataEnd(streamId: number): void;
  onReset(streamId: number, code: number): void;
  /** Receives the current settings. The same object is passed each time. */
  onSettings(settings: PeerSettings): void;
  onPing(isAck: boolean, payload: Uint8Array): void;
  onGoaway(lastStreamId: number, code: number, text: string): void;
  onWindow(streamId: number, increment: number): void;
  /** Called when the server violates the protocol. Nothing more is read. */
  onViolation(code: ErrorCode, reason: string): void;
}

/** The client's SETTINGS_MAX_HEADER_LIST_SIZE. */
export const MAX_HEADER_LIST_BYTES: number = 64 * 1024;

/** Reads and validates the frames sent by a server, assembles header blocks, and reports both as events. */
export class PeerFrames implements FrameHandler {
  readonly #events: PeerEvents;
  readonly #reader = new FrameReader(this, DEFAULT_MAX_FRAME_BYTES);
  readonly #hpack = new HpackDecoder({ maxListBytes: MAX_HEADER_LIST_BYTES, messages: 'response' });
  readonly #block = new HeaderAssembly(MAX_HEADER_LIST_BYTES);
  readonly #settings = new PeerSettings();
  #dataStreamId = 0;
  #endsStream = false;
  #hasSettings = false;

  constructor(events: PeerEvents) {
    this.#events = events;
  }

  push(chunk: Uint8Array): void {
    this.#reader.push(chunk, 0, chunk.length);
  }

  stop(): void {
    this.#reader.stop();
  }

  beginData(streamId: number, flags: number, sizeBytes: number): void {
    this.#dataStreamId = streamId;
    this.#endsStream = (flags & FLAG.END_STREAM) !== 0;
    if (this.#hasSettings && !this.#block.isOpen) this.#events.onDataSize(streamId, sizeBytes);
    else this.fail(MISPLACED.code, MISPLACED.reason);
  }

  data(chunk: Uint8Array, at: number, end: number): void {
    this.#events.onData(this.#dataStreamId, chunk.subarray(at, end));
  }

  endData(): void {
    if (this.#endsStream) this.#events.onDataEnd(this.#dataStreamId);
  }

  frame(type: number, flags: number, streamId: number, bytes: Uint8Array, at: number, end: number): void {
    const isEarly = !this.#hasSettings && (type !== FRAME.SETTINGS || (flags & FLAG.ACK) !== 0);
    const { isOpen } = this.#block;
    const isContinuation = type === FRAME.CONTINUATION;
    const isInterrupted = isOpen !== isContinuation || (isOpen && streamId !== this.#block.streamId);
    const isMisdirected = STREAM_FRAMES.has(type) ? streamId === 0 : CONNECTION_FRAMES.has(type) && streamId !== 0;
    const rejection =
      isEarly || isMisdirected || isInterrupted ? MISPLACED : this.#read(type, flags, streamId, bytes, at, end);
    if (rejection !== undefined) this.fail(rejection.code, rejection.reason);
  }

  fail(code: ErrorCode, reason: string): void {
    this.#reader.stop();
    this.#events.onViolation(code, this.#hasSettings ? reason : NOT_HTTP2);
  }

  #read(
    type: number,
    flags: number,
    streamId: number,
    bytes: Uint8Array,
    at: number,
    end: number,
  ): ConnectionError | undefined {
    switch (type) {
      case FRAME.HEADERS:
        return this.#block.begin(flags, streamId, bytes, at, end) ?? this.#endBlock();
      case FRAME.CONTINUATION:
        return this.#block.continue(flags, bytes, at, end) ?? this.#endBlock();
      case FRAME.RST_STREAM:
        this.#events.onReset(streamId, readUint32(bytes, at));
        return undefined;
      case FRAME.SETTINGS:
        return this.#readSettings(flags, bytes, at, end);
      case FRAME.PING:
        this.#events.onPing((flags & FLAG.ACK) !== 0, bytes.subarray(at, end));
        return undefined;
      case FRAME.GOAWAY:
        return this.#readGoaway(bytes, at, end);
      case FRAME.WINDOW_UPDATE:
        this.#events.onWindow(streamId, readUint32(bytes, at) & MAX_UINT31);
        return undefined;
      case FRAME.PUSH_PROMISE:
        return { code: ERROR_CODE.PROTOCOL_ERROR, reason: 'expected no PUSH_PROMISE from a server with ENABLE_PUSH 0' };
      default:
        // RFC 9113, 5.5: frames of other types are ignored.
        return undefined;
    }
  }

  #endBlock(): ConnectionError | undefined {
    if (this.#block.isOpen) return undefined;
    const block = this.#block.take((bytes, from, to) => this.#hpack.decode(bytes, from, to));
    if (block.kind === 'broken') return { code: ERROR_CODE.COMPRESSION_ERROR, reason: block.reason };
    this.#events.onHeaders(this.#block.streamId, block, this.#block.endsStream);
    return undefined;
  }

  #readSettings(flags: number, bytes: Uint8Array, at: number, end: number): ConnectionError | undefined {
    if ((flags & FLAG.ACK) !== 0) {
      return end === at
        ? undefined
        : { code: ERROR_CODE.FRAME_SIZE_ERROR, reason: 'expected a SETTINGS acknowledgment without settings' };
    }
    const rejection = this.#settings.apply(bytes, at, end);
    if (rejection !== undefined) return rejection;
    this.#hasSettings = true;
    this.#events.onSettings(this.#settings);
    return undefined;
  }

  #readGoaway(bytes: Uint8Array, at: number, end: number): ConnectionError | undefined {
    if (end - at < GOAWAY_BYTES)
      return { code: ERROR_CODE.FRAME_SIZE_ERROR, reason: 'expected GOAWAY of at least 8 bytes' };
    const text = Buffer.from(bytes.subarray(at + GOAWAY_BYTES, Math.min(end, at + MAX_TEXT_BYTES))).toString('latin1');
    const lastStreamId = readUint32(bytes, at) & MAX_UINT31;
    this.#events.onGoaway(lastStreamId, readUint32(bytes, at + 4), text.replace(/[^ -~]+/g, ' '));
    return undefined;
  }
}

const NOT_HTTP2 = 'the server does not speak HTTP/2';
const MISPLACED: ConnectionError = { code: ERROR_CODE.PROTOCOL_ERROR, reason: 'expected a frame that is allowed here' };
const GOAWAY_BYTES = 8;
/** Maximum length of a server's GOAWAY debug data in messages. */
const MAX_TEXT_BYTES = 200;

/** Frame types that require a stream, and those that forbid one (RFC 9113, 6). */
const STREAM_FRAMES: ReadonlySet<number> = new Set([
  FRAME.HEADERS,
  FRAME.RST_STREAM,
  FRAME.CONTINUATION,
  FRAME.PRIORITY,
]);
const CONNECTION_FRAMES: ReadonlySet<number> = new Set([FRAME.SETTINGS, FRAME.PING, FRAME.GOAWAY]);
