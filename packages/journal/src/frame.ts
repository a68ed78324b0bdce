import { crc32 } from 'node:zlib';

/** The frame layout of a segment. */
export interface FrameFormat {
  /** Size of the header before each payload, in bytes. */
  readonly headerBytes: number;
  /** The number at the start of each frame; `undefined` in version 1, which had none. */
  readonly marker: number | undefined;
}

/** Version 1 frames: length and checksum, 32 bits each, little-endian. The checksum covers the length. */
export const FRAMES_V1: FrameFormat = { headerBytes: 8, marker: undefined };

/**
 * Returns the format of version 2 frames: marker, length and checksum, 32 bits each, little-endian.
 *
 * The marker is a random number specific to the journal. It locates the next frame after damage, and senders do not
 * know it, so they cannot forge frames inside a payload. The checksum covers the length, so that zeros are not records,
 * and the position, so that copied or moved bytes are not records either.
 */
export function framesV2(marker: number): FrameFormat {
  return { headerBytes: FRAME_HEADER_BYTES, marker };
}

/** Size of the header before each payload in the current version, in bytes. */
export const FRAME_HEADER_BYTES = 12;

/** Maximum size of a record, so that a frame fits in a single buffer and its length field. */
export const MAX_RECORD_BYTES = 0x7fff_0000;

/** A record with the frame data that can be computed before its position is known. */
export interface FramedRecord {
  readonly pieces: readonly Uint8Array[];
  readonly payloadBytes: number;
  /** Checksum of the length and the payload. */
  readonly sum: number;
}

/** Computes the checksum of a record with `payloadBytes` bytes, given in pieces. */
export function frameRecord(pieces: readonly Uint8Array[], payloadBytes: number): FramedRecord {
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32LE(payloadBytes, 0);
  let sum = crc32(length);
  for (const piece of pieces) sum = crc32(piece, sum);
  return { pieces, payloadBytes, sum };
}

/** Returns the frame header of a record at a position. */
export function frameHeader({ payloadBytes, sum }: FramedRecord, marker: number, position: number): Uint8Array {
  const header = Buffer.allocUnsafe(FRAME_HEADER_BYTES);
  header.writeUInt32LE(marker, 0);
  header.writeUInt32LE(payloadBytes, 4);
  header.writeUInt32LE(sumAt(sum, position), 8);
  return header;
}

/** Why the bytes at an offset are not a complete record. */
export type FrameError =
  /**
   * The buffer ends before the frame does. `neededBytes` is the size of the frame, as far as its length can be read.
   */
  | { readonly kind: 'short'; readonly neededBytes: number }
  /** The marker or the checksum does not match the frame's bytes. */
  | { readonly kind: 'checksum' };

export interface ScannedFrames {
  readonly payloads: readonly Uint8Array[];
  /** Offset after the last complete frame. */
  readonly endOffset: number;
  /** Why the bytes at `endOffset` are not a frame, if the buffer continues. */
  readonly frameError: FrameError | undefined;
}

/**
 * Returns the complete frames at the start of `bytes`, which starts at `position`. Stops at the first incomplete or
 * damaged frame, and after the frame that reaches `maxBytes`. The checksums of frames from `trustedFrom` on are not checked.
 */
export function scanFrames(
  bytes: Buffer,
  format: FrameFormat,
  position: number,
  maxBytes = Number.POSITIVE_INFINITY,
  trustedFrom = Number.POSITIVE_INFINITY,
): ScannedFrames {
  const payloads: Uint8Array[] = [];
  let offset = 0;
  while (offset < bytes.length && offset < maxBytes) {
    const frameError = frameErrorAt(bytes, offset, format, position + offset, trustedFrom);
    if (frameError !== undefined) return { payloads, endOffset: offset, frameError };
    const payloadStart = offset + format.headerBytes;
    const payloadEnd = payloadStart + bytes.readUInt32LE(payloadStart - 8);
    payloads.push(bytes.subarray(payloadStart, payloadEnd));
    offset = payloadEnd;
  }
  return { payloads, endOffset: offset, frameError: undefined };
}

function frameErrorAt(
  bytes: Buffer,
  offset: number,
  format: FrameFormat,
  position: number,
  trustedFrom: number,
): FrameError | undefined {
  const { headerBytes, marker } = format;
  const available = bytes.length - offset;
  if (available < headerBytes) return { kind: 'short', neededBytes: headerBytes };
  if (marker !== undefined && bytes.readUInt32LE(offset) !== marker) return { kind: 'checksum' };
  const payloadStart = offset + headerBytes;
  const payloadBytes = bytes.readUInt32LE(payloadStart - 8);
  if (payloadBytes > MAX_RECORD_BYTES) return { kind: 'checksum' };
  const neededBytes = headerBytes + payloadBytes;
  if (available < neededBytes) return { kind: 'short', neededBytes };
  if (position >= trustedFrom) return undefined;
  const payload = bytes.subarray(payloadStart, payloadStart + payloadBytes);
  const sum = crc32(payload, crc32(bytes.subarray(payloadStart - 8, payloadStart - 4)));
  const expected = marker === undefined ? sum : sumAt(sum, position);
  return expected === bytes.readUInt32LE(payloadStart - 4) ? undefined : { kind: 'checksum' };
}

const positionBytes = Buffer.alloc(8);

function sumAt(sum: number, position: number): number {
  positionBytes.writeDoubleLE(position, 0);
  return crc32(positionBytes, sum);
}
