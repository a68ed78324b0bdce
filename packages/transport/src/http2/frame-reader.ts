import { readUint32 } from './frame-writer.ts';
import { ERROR_CODE, type ErrorCode, FLAG, FRAME, FRAME_HEADER_BYTES, MAX_UINT31 } from './frames.ts';

/** Receives the parsed frames. Payloads are part of the pushed chunk and valid only during the call. */
export interface FrameHandler {
  /**
   * Called with the header of a DATA frame. `sizeBytes` is its flow-control size, including padding. The payload
   * follows.
   */
  beginData(streamId: number, flags: number, sizeBytes: number): void;
  /** Called with a piece of the payload, without padding: `chunk[at, end)`. */
  data(chunk: Uint8Array, at: number, end: number): void;
  endData(): void;
  /**
   * Called with any other complete frame and its payload, `bytes[at, end)`. Unknown frame types come without a payload.
   */
  frame(type: number, flags: number, streamId: number, bytes: Uint8Array, at: number, end: number): void;
  /** Called when the peer violates the framing. Nothing more is read. */
  fail(code: ErrorCode, reason: string): void;
}

/**
 * Parses frames in place from chunks split at arbitrary offsets. DATA payloads are passed on in pieces and other
 * incomplete frames are buffered, so at most one frame's payload is held.
 */
export class FrameReader {
  readonly #handler: FrameHandler;
  readonly #maxFrameBytes: number;
  /** The part of the frame that the next byte belongs to. */
  #state: State = STATE_HEAD;
  /** Number of bytes of the head, or of the payload in `#gathered`, read so far. */
  #filled = 0;
  readonly #head = new Uint8Array(FRAME_HEADER_BYTES);
  #gathered: Uint8Array | undefined;
  #type = 0;
  #flags = 0;
  #streamId = 0;
  /** Remaining payload bytes (without padding) and remaining padding bytes. */
  #left = 0;
  #padding = 0;
  #isStopped = false;

  /** `maxFrameBytes` is the local SETTINGS_MAX_FRAME_SIZE. */
  constructor(handler: FrameHandler, maxFrameBytes: number) {
    this.#handler = handler;
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Stops reading, including the rest of the chunk. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Reads `chunk[from, end)`. */
  push(chunk: Uint8Array, from: number, end: number): void {
    let at = from;
    while (at < end && !this.#isStopped) {
      if (this.#state === STATE_HEAD) at = this.#readHead(chunk, at, end);
      else if (this.#state === STATE_DATA) at = this.#readData(chunk, at, end);
      else if (this.#state === STATE_WHOLE) at = this.#readWhole(chunk, at, end);
      else at = this.#skip(at, end);
    }
  }

  #readHead(chunk: Uint8Array, at: number, end: number): number {
    if (this.#filled === 0 && end - at >= FRAME_HEADER_BYTES) {
      this.#begin(chunk, at);
      return at + FRAME_HEADER_BYTES;
    }
    const taken = Math.min(FRAME_HEADER_BYTES - this.#filled, end - at);
    for (let i = 0; i < taken; i++) this.#head[this.#filled + i] = chunk[at + i];
    this.#filled += taken;
    if (this.#filled === FRAME_HEADER_BYTES) {
      this.#filled = 0;
      this.#begin(this.#head, 0);
    }
    return at + taken;
  }

  #begin(bytes: Uint8Array, at: number): void {
    const length = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
    this.#type = bytes[at + 3];
    this.#flags = bytes[at + 4];
    // The reserved bit is ignored (RFC 9113, 4.1).
    this.#streamId = readUint32(bytes, at + 5) & MAX_UINT31;
    this.#left = length;
    if (length > this.#maxFrameBytes) {
      this.#fail(ERROR_CODE.FRAME_SIZE_ERROR, `expected frames of at most ${this.#maxFrameBytes} bytes, got ${length}`);
    } else if (this.#type === FRAME.DATA) this.#beginData(length);
    else this.#beginWhole(length);
  }

  #beginData(length: number): void {
    if (this.#streamId === 0) {
      this.#fail(ERROR_CODE.PROTOCOL_ERROR, 'expected DATA on a stream');
      return;
    }
    const isPadded = (this.#flags & FLAG.PADDED) !== 0;
    if (isPadded && length === 0) {
      this.#fail(ERROR_CODE.FRAME_SIZE_ERROR, 'expected the padding length in a padded DATA frame');
      return;
    }
    this.#handler.beginData(this.#streamId, this.#flags, length);
    // The first byte is the padding length (RFC 9113, 6.1).
    this.#padding = isPadded ? PADDING_UNKNOWN : 0;
    this.#state = STATE_DATA;
    if (length === 0) this.#endData();
  }

  #readData(chunk: Uint8Array, at: number, end: number): number {
    if (this.#padding === PADDING_UNKNOWN) {
      const padding = chunk[at];
      this.#left -= 1 + padding;
      if (this.#left < 0) {
        this.#fail(ERROR_CODE.PROTOCOL_ERROR, 'expected padding shorter than its frame');
        return end;
      }
      this.#padding = padding;
      if (this.#left === 0 && padding === 0) this.#endData();
      return at + 1;
    }
    const taken = Math.min(this.#left, end - at);
    if (taken > 0) {
      this.#left -= taken;
      this.#handler.data(chunk, at, at + taken);
    }
    const skipped = Math.min(this.#padding, end - at - taken);
    this.#padding -= skipped;
    if (this.#left === 0 && this.#padding === 0) this.#endData();
    return at + taken + skipped;
  }

  #endData(): void {
    this.#state = STATE_HEAD;
    this.#handler.endData();
  }

  #beginWhole(length: number): void {
    const expected = FIXED_BYTES[this.#type];
    if (expected !== undefined && length !== expected) {
      this.#fail(ERROR_CODE.FRAME_SIZE_ERROR, `expected ${expected} bytes in a frame of type ${this.#type}`);
      return;
    }
    const isKnown = this.#type <= FRAME.CONTINUATION;
    this.#state = isKnown ? STATE_WHOLE : STATE_UNKNOWN;
    if (length === 0 || !isKnown) this.#deliver(this.#head, 0, 0);
    if (length === 0) this.#state = STATE_HEAD;
  }

  #readWhole(chunk: Uint8Array, at: number, end: number): number {
    if (this.#gathered === undefined && end - at >= this.#left) {
      this.#state = STATE_HEAD;
      this.#deliver(chunk, at, at + this.#left);
      return at + this.#left;
    }
    this.#gathered ??= new Uint8Array(this.#left);
    const taken = Math.min(this.#gathered.length - this.#filled, end - at);
    this.#gathered.set(chunk.subarray(at, at + taken), this.#filled);
    this.#filled += taken;
    if (this.#filled === this.#gathered.length) {
      const payload = this.#gathered;
      this.#gathered = undefined;
      this.#filled = 0;
      this.#state = STATE_HEAD;
      this.#deliver(payload, 0, payload.length);
    }
    return at + taken;
  }

  #skip(at: number, end: number): number {
    const skipped = Math.min(this.#left, end - at);
    this.#left -= skipped;
    if (this.#left === 0) this.#state = STATE_HEAD;
    return at + skipped;
  }

  #deliver(bytes: Uint8Array, at: number, end: number): void {
    this.#handler.frame(this.#type, this.#flags, this.#streamId, bytes, at, end);
  }

  #fail(code: ErrorCode, reason: string): void {
    this.#isStopped = true;
    this.#handler.fail(code, reason);
  }
}

type State = typeof STATE_HEAD | typeof STATE_DATA | typeof STATE_WHOLE | typeof STATE_UNKNOWN;

const STATE_HEAD = 0;
const STATE_DATA = 1;
const STATE_WHOLE = 2;
const STATE_UNKNOWN = 3;
const PADDING_UNKNOWN = -1;

/**
 * Frames of fixed size. A PRIORITY frame of another size is a stream error, which may be treated as a connection error
 * (RFC 9113, 5.4).
 */
const FIXED_BYTES: Readonly<Record<number, number>> = {
  [FRAME.PRIORITY]: 5,
  [FRAME.RST_STREAM]: 4,
  [FRAME.PING]: 8,
  [FRAME.WINDOW_UPDATE]: 4,
};
