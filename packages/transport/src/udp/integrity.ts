import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** Bytes of the CRC-32 that ends every datagram. */
export const CRC_BYTES = 4;
/** Bytes of the tag behind the CRC, where sender and receiver share a key. */
export const TAG_BYTES = 16;
/** Bytes of a message's check. */
const CHECK_BYTES = 8;

/** A key that both ends know, as text or bytes. */
export type SharedKey = string | Uint8Array;

/** Bytes that follow a datagram's contents. */
export function trailerBytes(key: SharedKey | undefined): number {
  return key === undefined ? CRC_BYTES : CRC_BYTES + TAG_BYTES;
}

/** Ends a datagram whose contents have been written: CRC, and tag where there is a key. */
export function seal(datagram: Buffer, key: SharedKey | undefined): Buffer {
  const end = datagram.length - trailerBytes(key);
  datagram.writeUInt32BE(crc32(datagram.subarray(0, end)), end);
  if (key !== undefined) tagOf(datagram.subarray(0, end + CRC_BYTES), key).copy(datagram, end + CRC_BYTES);
  return datagram;
}

/** Whether the CRC before `end` fits the bytes before it. */
export function isIntact(datagram: Buffer, end: number): boolean {
  return datagram.readUInt32BE(end) === crc32(datagram.subarray(0, end));
}

/** Whether the last bytes of a datagram are its tag under `key`. */
export function isAuthentic(datagram: Buffer, key: SharedKey): boolean {
  const end = datagram.length - TAG_BYTES;
  return timingSafeEqual(datagram.subarray(end), tagOf(datagram.subarray(0, end), key));
}

function tagOf(bytes: Uint8Array, key: SharedKey): Buffer {
  return createHmac('sha256', key).update(bytes).digest().subarray(0, TAG_BYTES);
}

/**
 * The check over a whole message, as latin1. It is no CRC: an error that the CRC of a datagram cannot see (a multiple of its
 * polynomial) would be invisible to the same CRC over the message as well.
 */
export function messageCheck(message: Uint8Array): string {
  return hash('sha256', message, 'buffer').toString('latin1', 0, CHECK_BYTES);
}
