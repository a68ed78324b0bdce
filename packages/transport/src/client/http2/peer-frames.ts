import { type FrameHandler, FrameReader } from '../../http2/frame-reader.ts';
import { readUint32 } from '../../http2/frame-writer.ts';
import {
  DEFAULT_MAX_FRAME_BYTES,
  ERROR_CODE,
  type ErrorCode,
  FLAG,
  FRAME,
  MAX_UINT31,
  SETTING,
} from '../../http2/frames.ts';
import { HpackDecoder, type HpackProblem } from '../../http2/hpack/decoder.ts';
import type { HeaderBlock } from '../../http2/hpack/header-block.ts';

/** A setting by its identifier. */
export type Setting = readonly [id: number, value: number];

/** What a server says, frame by frame, with what frames alone can show already checked. */
export interface PeerEvents {
  onHeaders(streamId: number, block: HeaderBlock | HpackProblem, endsStream: boolean): void;
  /** `sizeBytes` counts against the windows, padding included. */
  onDataSize(streamId: number, sizeBytes: number): void;
  onData(streamId: number, piece: Uint8Array): void;
  onDataEnd(streamId: number): void;
  onReset(streamId: number, code: number): void;
  onSettings(settings: readonly Setting[]): void;
  onPing(isAck: boolean, payload: Uint8Array): void;
  onGoaway(lastStreamId: number, code: number, text: string): void;
  onWindow(streamId: number, increment: number): void;
  /** The server has broken the protocol; nothing more is read. */
  onFault(code: ErrorCode, reason: string): void;
}

/** SETTINGS_MAX_HEADER_LIST_SIZE that servers are told. */
export const MAX_HEADER_LIST_BYTES: number = 64 * 1024;

/** Reads the frames of a server, puts header blocks together, and tells what they say. */
export class PeerFrames implements FrameHandler {
  readonly #events: PeerEvents;
  readonly #reader = new FrameReader(this, DEFAULT_MAX_FRAME_BYTES);
  readonly #hpack = new HpackDecoder({ maxListBytes: MAX_HEADER_LIST_BYTES, messages: 'response' });
  #dataStreamId = 0;
  #endsStream = false;
  #hasSettings = false;
  /** The header block that CONTINUATION frames go on with. */
  #open:
    | { readonly streamId: number; readonly endsStream: boolean; readonly pieces: Uint8Array[]; sizeBytes: number }
    | undefined;

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
    if (this.#hasSettings && this.#open === undefined) this.#events.onDataSize(streamId, sizeBytes);
    else this.#misplaced();
  }

  data(chunk: Uint8Array, at: number, end: number): void {
    this.#events.onData(this.#dataStreamId, chunk.subarray(at, end));
  }

  endData(): void {
    if (this.#endsStream) this.#events.onDataEnd(this.#dataStreamId);
  }

  frame(type: number, flags: number, streamId: number, bytes: Uint8Array, at: number, end: number): void {
    const isFirst = !this.#hasSettings && (type !== FRAME.SETTINGS || (flags & FLAG.ACK) !== 0);
    const isWithinBlock = (this.#open !== undefined) !== (type === FRAME.CONTINUATION);
    const isAstray = STREAM_FRAMES.has(type) ? streamId === 0 : CONNECTION_FRAMES.has(type) && streamId !== 0;
    if (isFirst || isWithinBlock || isAstray) this.#misplaced();
    else this.#take(type, flags, streamId, bytes.subarray(at, end));
  }

  fail(code: ErrorCode, reason: string): void {
    this.#reader.stop();
    this.#events.onFault(code, this.#hasSettings ? reason : NOT_HTTP2);
  }

  #take(type: number, flags: number, streamId: number, payload: Uint8Array): void {
    switch (type) {
      case FRAME.HEADERS:
        this.#headers(flags, streamId, payload);
        break;
      case FRAME.CONTINUATION:
        this.#continuation(flags, streamId, payload);
        break;
      case FRAME.RST_STREAM:
        this.#events.onReset(streamId, readUint32(payload, 0));
        break;
      case FRAME.SETTINGS:
        this.#settings(flags, payload);
        break;
      case FRAME.PING:
        this.#events.onPing((flags & FLAG.ACK) !== 0, payload);
        break;
      case FRAME.GOAWAY:
        this.#goaway(payload);
        break;
      case FRAME.WINDOW_UPDATE:
        this.#events.onWindow(streamId, readUint32(payload, 0) & MAX_UINT31);
        break;
      case FRAME.PUSH_PROMISE:
        this.fail(ERROR_CODE.PROTOCOL_ERROR, 'the server pushes, although it was told not to');
        break;
      default:
        // RFC 9113, 5.5: frames of other types are ignored.
        break;
    }
  }

  #headers(flags: number, streamId: number, payload: Uint8Array): void {
    const isPadded = (flags & FLAG.PADDED) !== 0;
    const start = (isPadded ? 1 : 0) + ((flags & FLAG.PRIORITY) !== 0 ? PRIORITY_BYTES : 0);
    const end = payload.length - (isPadded ? payload[0] : 0);
    const endsStream = (flags & FLAG.END_STREAM) !== 0;
    const block = payload.subarray(start, end);
    if (end < start) this.fail(ERROR_CODE.PROTOCOL_ERROR, 'the padding is longer than its frame');
    else if ((flags & FLAG.END_HEADERS) !== 0) this.#decode(streamId, endsStream, block);
    else this.#open = { streamId, endsStream, pieces: [block.slice()], sizeBytes: block.length };
  }

  #continuation(flags: number, streamId: number, payload: Uint8Array): void {
    const open = this.#open;
    if (open?.streamId !== streamId) {
      this.#misplaced();
      return;
    }
    open.pieces.push(payload.slice());
    // A frame counts even when it is empty, or there could be any number of them.
    open.sizeBytes += payload.length + CONTINUATION_COST_BYTES;
    if (open.sizeBytes > MAX_HEADER_LIST_BYTES) {
      this.fail(ERROR_CODE.ENHANCE_YOUR_CALM, `more than ${MAX_HEADER_LIST_BYTES} bytes of headers`);
    } else if ((flags & FLAG.END_HEADERS) !== 0) {
      this.#open = undefined;
      this.#decode(streamId, open.endsStream, Buffer.concat(open.pieces));
    }
  }

  #decode(streamId: number, endsStream: boolean, bytes: Uint8Array): void {
    const block = this.#hpack.decode(bytes);
    if (block.kind === 'broken') this.fail(ERROR_CODE.COMPRESSION_ERROR, block.reason);
    else this.#events.onHeaders(streamId, block, endsStream);
  }

  #settings(flags: number, payload: Uint8Array): void {
    const isAck = (flags & FLAG.ACK) !== 0;
    if (isAck ? payload.length > 0 : payload.length % SETTING_BYTES !== 0) {
      this.fail(ERROR_CODE.FRAME_SIZE_ERROR, `SETTINGS of ${payload.length} bytes`);
      return;
    }
    if (isAck) return;
    const settings = Array.from({ length: payload.length / SETTING_BYTES }, (_, index): Setting => {
      const at = index * SETTING_BYTES;
      return [payload[at] * 256 + payload[at + 1], readUint32(payload, at + 2)];
    });
    const wrong = settings.find(([id, value]) => value < (LEAST[id] ?? 0) || value > (MOST[id] ?? value));
    if (wrong === undefined) {
      this.#hasSettings = true;
      this.#events.onSettings(settings);
    } else {
      const code = wrong[0] === SETTING.INITIAL_WINDOW_SIZE ? ERROR_CODE.FLOW_CONTROL_ERROR : ERROR_CODE.PROTOCOL_ERROR;
      this.fail(code, `the setting ${wrong[0]} cannot be ${wrong[1]}`);
    }
  }

  #goaway(payload: Uint8Array): void {
    const text = Buffer.from(payload.subarray(8, 8 + MAX_TEXT_BYTES)).toString('latin1');
    if (payload.length < 8) this.fail(ERROR_CODE.FRAME_SIZE_ERROR, `GOAWAY of ${payload.length} bytes`);
    else {
      const lastStreamId = readUint32(payload, 0) & MAX_UINT31;
      this.#events.onGoaway(lastStreamId, readUint32(payload, 4), text.replace(/[^ -~]+/g, ' '));
    }
  }

  #misplaced(): void {
    this.fail(ERROR_CODE.PROTOCOL_ERROR, 'a frame where it must not be');
  }
}

const NOT_HTTP2 = 'the server does not speak HTTP/2';
const SETTING_BYTES = 6;
const PRIORITY_BYTES = 5;
const CONTINUATION_COST_BYTES = 256;
const MAX_TEXT_BYTES = 200;

/** Bounds of settings, by identifier (RFC 9113, 6.5.2). */
const LEAST: Readonly<Record<number, number>> = { [SETTING.MAX_FRAME_SIZE]: DEFAULT_MAX_FRAME_BYTES };
const MOST: Readonly<Record<number, number>> = {
  [SETTING.ENABLE_PUSH]: 0,
  [SETTING.INITIAL_WINDOW_SIZE]: MAX_UINT31,
  [SETTING.MAX_FRAME_SIZE]: 2 ** 24 - 1,
};

/** Frames that belong to a stream, and those that must not (RFC 9113, 6). */
const STREAM_FRAMES: ReadonlySet<number> = new Set([
  FRAME.HEADERS,
  FRAME.RST_STREAM,
  FRAME.CONTINUATION,
  FRAME.PRIORITY,
]);
const CONNECTION_FRAMES: ReadonlySet<number> = new Set([FRAME.SETTINGS, FRAME.PING, FRAME.GOAWAY]);
