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

/** What a server says, frame by frame, with what frames alone can show already checked. */
export interface PeerEvents {
  onHeaders(streamId: number, block: HeaderBlock | HpackError, endsStream: boolean): void;
  /** `sizeBytes` counts against the windows, padding included. */
  onDataSize(streamId: number, sizeBytes: number): void;
  onData(streamId: number, piece: Uint8Array): void;
  onDataEnd(streamId: number): void;
  onReset(streamId: number, code: number): void;
  /** Always the same object, with what the server asks for now. */
  onSettings(settings: PeerSettings): void;
  onPing(isAck: boolean, payload: Uint8Array): void;
  onGoaway(lastStreamId: number, code: number, text: string): void;
  onWindow(streamId: number, increment: number): void;
  /** The server has broken the protocol; nothing more is read. */
  onRejection(code: ErrorCode, reason: string): void;
}

/** SETTINGS_MAX_HEADER_LIST_SIZE that servers are told. */
export const MAX_HEADER_LIST_BYTES: number = 64 * 1024;

/** Reads the frames of a server, puts header blocks together, and tells what they say. */
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
    const isAmiss = isOpen !== isContinuation || (isOpen && streamId !== this.#block.streamId);
    const isAstray = STREAM_FRAMES.has(type) ? streamId === 0 : CONNECTION_FRAMES.has(type) && streamId !== 0;
    const rejection = isEarly || isAstray || isAmiss ? MISPLACED : this.#take(type, flags, streamId, bytes, at, end);
    if (rejection !== undefined) this.fail(rejection.code, rejection.reason);
  }

  fail(code: ErrorCode, reason: string): void {
    this.#reader.stop();
    this.#events.onRejection(code, this.#hasSettings ? reason : NOT_HTTP2);
  }

  #take(
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
        return this.#takeSettings(flags, bytes, at, end);
      case FRAME.PING:
        this.#events.onPing((flags & FLAG.ACK) !== 0, bytes.subarray(at, end));
        return undefined;
      case FRAME.GOAWAY:
        return this.#takeGoaway(bytes, at, end);
      case FRAME.WINDOW_UPDATE:
        this.#events.onWindow(streamId, readUint32(bytes, at) & MAX_UINT31);
        return undefined;
      case FRAME.PUSH_PROMISE:
        return { code: ERROR_CODE.PROTOCOL_ERROR, reason: 'the server pushes, although it was told not to' };
      default:
        // RFC 9113, 5.5: frames of other types are ignored.
        return undefined;
    }
  }

  #endBlock(): ConnectionError | undefined {
    if (this.#block.isOpen) return undefined;
    const block = this.#hpack.decode(this.#block.take());
    if (block.kind === 'broken') return { code: ERROR_CODE.COMPRESSION_ERROR, reason: block.reason };
    this.#events.onHeaders(this.#block.streamId, block, this.#block.endsStream);
    return undefined;
  }

  #takeSettings(flags: number, bytes: Uint8Array, at: number, end: number): ConnectionError | undefined {
    if ((flags & FLAG.ACK) !== 0) {
      return end === at ? undefined : { code: ERROR_CODE.FRAME_SIZE_ERROR, reason: 'SETTINGS both ask and answer' };
    }
    const rejection = this.#settings.apply(bytes, at, end);
    if (rejection !== undefined) return rejection;
    this.#hasSettings = true;
    this.#events.onSettings(this.#settings);
    return undefined;
  }

  #takeGoaway(bytes: Uint8Array, at: number, end: number): ConnectionError | undefined {
    if (end - at < GOAWAY_BYTES) return { code: ERROR_CODE.FRAME_SIZE_ERROR, reason: 'GOAWAY is too short' };
    const text = Buffer.from(bytes.subarray(at + GOAWAY_BYTES, Math.min(end, at + MAX_TEXT_BYTES))).toString('latin1');
    const lastStreamId = readUint32(bytes, at) & MAX_UINT31;
    this.#events.onGoaway(lastStreamId, readUint32(bytes, at + 4), text.replace(/[^ -~]+/g, ' '));
    return undefined;
  }
}

const NOT_HTTP2 = 'the server does not speak HTTP/2';
const MISPLACED: ConnectionError = { code: ERROR_CODE.PROTOCOL_ERROR, reason: 'a frame where it must not be' };
const GOAWAY_BYTES = 8;
/** Of what a server says in words. */
const MAX_TEXT_BYTES = 200;

/** Frames that belong to a stream, and those that must not (RFC 9113, 6). */
const STREAM_FRAMES: ReadonlySet<number> = new Set([
  FRAME.HEADERS,
  FRAME.RST_STREAM,
  FRAME.CONTINUATION,
  FRAME.PRIORITY,
]);
const CONNECTION_FRAMES: ReadonlySet<number> = new Set([FRAME.SETTINGS, FRAME.PING, FRAME.GOAWAY]);
