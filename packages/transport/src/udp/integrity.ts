import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** Size of the CRC-32 at the end of every datagram. */
export const CRC_BYTES = 4;
/** Size of the tag after the CRC, present if sender and receiver share a key. */
export const TAG_BYTES = 16;
/** Message check size. */
const CHECK_BYTES = 8;

/** A shared key, as a string or bytes. */
export type SharedKey = string | Uint8Array;

/** Returns the datagram trailer size. */
export function trailerBytes(key: SharedKey | undefined): number {
  return key === undefined ? CRC_BYTES : CRC_BYTES + TAG_BYTES;
}

/** Completes a datagram with its CRC and, if there is a key, a tag. */
export function seal(datagram: Buffer, key: SharedKey | undefined): Buffer {
  const end = datagram.length - trailerBytes(key);
  datagram.writeUInt32BE(crc32(datagram.subarray(0, end)), end);
  if (key !== undefined) tagOf(datagram.subarray(0, end + CRC_BYTES), key).copy(datagram, end + CRC_BYTES);
  return datagram;
}

/** Reports whether the CRC before `end` matches the bytes that precede it. */
export function isIntact(datagram: Buffer, end: number): boolean {
  return datagram.readUInt32BE(end) === crc32(datagram.subarray(0, end));
}

/** Reports whether the last bytes of a datagram are its tag under `key`. */
export function isAuthentic(datagram: Buffer, key: SharedKey): boolean {
  const end = datagram.length - TAG_BYTES;
  return timingSafeEqual(datagram.subarray(end), tagOf(datagram.subarray(0, end), key));
}

function tagOf(bytes: Uint8Array, key: SharedKey): Buffer {
  return createHmac('sha256', key).update(bytes).digest().subarray(0, TAG_BYTES);
}

/**
 * Returns the check of a whole message, as latin1. It is not a CRC: an error not detected by the CRC of a datagram (a
 * multiple of its polynomial) would not be detected by the same CRC over the message either.
 */
export function messageCheck(message: Uint8Array): string {
  return hash('sha256', message, 'buffer').toString('latin1', 0, CHECK_BYTES);
}
