import { randomBytes } from 'node:crypto';

/** Number of bytes of a UUID. */
export const UUID_BYTES = 16;

/** Returns a new UUID version 7 (RFC 9562), which begins with the time. */
export function createUuid(nowMillis: number): Uint8Array<ArrayBuffer> {
  const uid = new Uint8Array(randomBytes(UUID_BYTES));
  const view = new DataView(uid.buffer);
  view.setUint16(0, Math.floor(nowMillis / 2 ** 32) & 0xffff);
  view.setUint32(2, nowMillis % 2 ** 32);
  view.setUint8(6, 0x70 | (view.getUint8(6) & 0x0f));
  view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f));
  return uid;
}

/** Parses a UUID or a ULID, as the Collector does. Returns `undefined` for any other text. */
export function parseUuid(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (UUID.test(text)) return new Uint8Array(Buffer.from(text.replaceAll('-', ''), 'hex'));
  return ULID.test(text) ? parseUlid(text.toUpperCase()) : undefined;
}

/** Formats a UUID. */
export function formatUuid(uid: Uint8Array): string {
  const hex = Buffer.from(uid).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** The first character has only three bits. */
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i;

function parseUlid(text: string): Uint8Array<ArrayBuffer> {
  const value = [...text].reduce((sum, character) => sum * 32n + BigInt(CROCKFORD.indexOf(character)), 0n);
  return new Uint8Array(Buffer.from(value.toString(16).padStart(UUID_BYTES * 2, '0'), 'hex'));
}
