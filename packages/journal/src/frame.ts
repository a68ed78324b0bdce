import { crc32 } from 'node:zlib';

/** Bytes before each payload: its length and its checksum, each 32 bits little endian. */
export const FRAME_HEADER_BYTES = 8;

/** Longest record, so that a frame fits one buffer and one length. */
export const MAX_RECORD_BYTES = 0x7fff_0000;

/**
 * The header of a record's frame. The checksum covers the length too: a run of zeros, which a crash can leave behind,
 * would otherwise read as a run of empty records.
 */
export function frameHeader(record: readonly Uint8Array[], payloadBytes: number): Uint8Array {
  const header = Buffer.allocUnsafe(FRAME_HEADER_BYTES);
  header.writeUInt32LE(payloadBytes, 0);
  let sum = crc32(header.subarray(0, 4));
  for (const piece of record) sum = crc32(piece, sum);
  header.writeUInt32LE(sum, 4);
  return header;
}

/** Why the bytes at an offset are not a whole record. */
export type FrameFault =
  /** The buffer ends before the frame does; `neededBytes` is what the frame takes as far as its length can be read. */
  | { readonly kind: 'short'; readonly neededBytes: number }
  /** The frame is there and its checksum is not that of its bytes. */
  | { readonly kind: 'checksum' };

export interface ScannedFrames {
  readonly payloads: readonly Uint8Array[];
  /** Offset behind the last whole frame. */
  readonly endOffset: number;
  /** What stands there, when the buffer goes on. */
  readonly fault: FrameFault | undefined;
}

/** The whole frames at the beginning of `bytes`; stops at the first that is not whole and never looks behind it. */
export function scanFrames(bytes: Buffer): ScannedFrames {
  const payloads: Uint8Array[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const fault = faultAt(bytes, offset);
    if (fault !== undefined) return { payloads, endOffset: offset, fault };
    const payloadStart = offset + FRAME_HEADER_BYTES;
    const payloadEnd = payloadStart + bytes.readUInt32LE(offset);
    payloads.push(bytes.subarray(payloadStart, payloadEnd));
    offset = payloadEnd;
  }
  return { payloads, endOffset: offset, fault: undefined };
}

function faultAt(bytes: Buffer, offset: number): FrameFault | undefined {
  const available = bytes.length - offset;
  if (available < FRAME_HEADER_BYTES) return { kind: 'short', neededBytes: FRAME_HEADER_BYTES };
  const payloadBytes = bytes.readUInt32LE(offset);
  if (payloadBytes > MAX_RECORD_BYTES) return { kind: 'checksum' };
  const neededBytes = FRAME_HEADER_BYTES + payloadBytes;
  if (available < neededBytes) return { kind: 'short', neededBytes };
  const payload = bytes.subarray(offset + FRAME_HEADER_BYTES, offset + neededBytes);
  const sum = crc32(payload, crc32(bytes.subarray(offset, offset + 4)));
  return sum === bytes.readUInt32LE(offset + 4) ? undefined : { kind: 'checksum' };
}
