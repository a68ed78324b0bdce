import { DEFAULT_MAX_FRAME_BYTES, FLAG, FRAME, FRAME_HEADER_BYTES } from './frames.ts';

/** A buffer for frames that are sent together. */
export interface FrameTarget {
  /** Reserves `sizeBytes` more bytes and returns their offset in `bytes`. */
  reserve(sizeBytes: number): number;
  /** The buffer. Valid until the next `reserve`. */
  readonly bytes: Uint8Array;
}

/** Writes the nine-byte frame header. */
export function writeFrameHeader(
  bytes: Uint8Array,
  at: number,
  lengthBytes: number,
  type: number,
  flags: number,
  streamId: number,
): void {
  bytes[at] = lengthBytes >>> 16;
  bytes[at + 1] = lengthBytes >>> 8;
  bytes[at + 2] = lengthBytes;
  bytes[at + 3] = type;
  bytes[at + 4] = flags;
  writeUint32(bytes, at + 5, streamId);
}

/** Writes a 32-bit big-endian integer. */
export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** Reads a 32-bit big-endian integer. */
export function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}

/** Writes a frame with a payload. */
export function writeFrame(
  target: FrameTarget,
  type: number,
  flags: number,
  streamId: number,
  payload: Uint8Array,
): void {
  const at = target.reserve(FRAME_HEADER_BYTES + payload.length);
  writeFrameHeader(target.bytes, at, payload.length, type, flags, streamId);
  target.bytes.set(payload, at + FRAME_HEADER_BYTES);
}

/** Writes a header block as HEADERS and any number of CONTINUATION frames (RFC 9113, 4.3). */
export function writeHeaderBlock(target: FrameTarget, streamId: number, block: Uint8Array, endsStream: boolean): void {
  const endStream = endsStream ? FLAG.END_STREAM : 0;
  for (let at = 0; at === 0 || at < block.length; at += DEFAULT_MAX_FRAME_BYTES) {
    const part = block.subarray(at, at + DEFAULT_MAX_FRAME_BYTES);
    const endHeaders = at + part.length === block.length ? FLAG.END_HEADERS : 0;
    if (at === 0) writeFrame(target, FRAME.HEADERS, endHeaders | endStream, streamId, part);
    else writeFrame(target, FRAME.CONTINUATION, endHeaders, streamId, part);
  }
}

/** Writes a SETTINGS frame. */
export function writeSettings(target: FrameTarget, settings: readonly (readonly [id: number, value: number])[]): void {
  const payload = new Uint8Array(settings.length * 6);
  for (const [index, [id, value]] of settings.entries()) {
    payload[index * 6 + 1] = id;
    writeUint32(payload, index * 6 + 2, value);
  }
  writeFrame(target, FRAME.SETTINGS, 0, 0, payload);
}

/** Acknowledges the peer's settings. */
export function writeSettingsAck(target: FrameTarget): void {
  const at = target.reserve(FRAME_HEADER_BYTES);
  writeFrameHeader(target.bytes, at, 0, FRAME.SETTINGS, FLAG.ACK, 0);
}

/**
 * Writes a frame whose payload is a single integer: RST_STREAM with its error code, WINDOW_UPDATE with its increment.
 */
export function writeNumberFrame(target: FrameTarget, type: number, streamId: number, value: number): void {
  const at = target.reserve(FRAME_HEADER_BYTES + 4);
  writeFrameHeader(target.bytes, at, 4, type, 0, streamId);
  writeUint32(target.bytes, at + FRAME_HEADER_BYTES, value);
}

/** Writes GOAWAY: streams above `lastStreamId` were not and will not be processed. */
export function writeGoaway(target: FrameTarget, lastStreamId: number, code: number, reason: string): void {
  const text = Buffer.from(reason, 'latin1');
  const payload = new Uint8Array(8 + text.length);
  writeUint32(payload, 0, lastStreamId);
  writeUint32(payload, 4, code);
  payload.set(text, 8);
  writeFrame(target, FRAME.GOAWAY, 0, 0, payload);
}
