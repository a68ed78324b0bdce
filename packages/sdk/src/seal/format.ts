import { fromBase64Url, toBase64Url } from './base64url.ts';
import { KEY_ID_BYTES } from './keys.ts';
import { SealError } from './seal-error.ts';

/** The beginning of a sealed value: the name of the format and its version. */
export const SEALED_PREFIX = 'sealed:1:';

const ENC_BYTES = 32;
/** Bytes of the content key as it is sealed to one of several recipients. */
const WRAPPED_BYTES = 48;
/** Bytes of the counter that the nonce ends in, and of the tag of AES-256-GCM. */
const COUNTER_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Maximum number of recipients of a value. */
export const MAX_RECIPIENTS = 8;

/** How one recipient gets the content key. */
export interface WrappedKey {
  readonly id: Uint8Array;
  /** The encapsulated key. */
  readonly enc: Uint8Array<ArrayBuffer>;
  /** The content key, sealed by HPKE. Empty for the only recipient, whose content key HPKE exports. */
  readonly wrapped: Uint8Array<ArrayBuffer>;
}

/** The parts of a sealed value. */
export interface SealedParts {
  readonly recipients: readonly WrappedKey[];
  /** The bytes that describe the recipients, which are authenticated with the contents. */
  readonly header: Uint8Array<ArrayBuffer>;
  readonly counter: number;
  readonly ciphertext: Uint8Array<ArrayBuffer>;
}

/** Reports whether a text is a sealed value, of any version. */
export function isSealed(text: string): boolean {
  return /^sealed:\d+:/.test(text);
}

/** Encodes the header of values: the number of recipients, then the ID, encapsulated key and wrapped content key of each. */
export function encodeHeader(recipients: readonly WrappedKey[]): Uint8Array<ArrayBuffer> {
  const size = recipientBytes(recipients.length);
  const header = new Uint8Array(1 + recipients.length * size);
  header[0] = recipients.length;
  for (const [index, { id, enc, wrapped }] of recipients.entries()) {
    const start = 1 + index * size;
    header.set(id, start);
    header.set(enc, start + KEY_ID_BYTES);
    header.set(wrapped, start + KEY_ID_BYTES + ENC_BYTES);
  }
  return header;
}

function recipientBytes(count: number): number {
  return KEY_ID_BYTES + ENC_BYTES + (count === 1 ? 0 : WRAPPED_BYTES);
}

/** Returns the nonce of a value: zeros, then its counter. A content key is used once for each. */
export function nonceOf(counter: number): Uint8Array<ArrayBuffer> {
  const nonce = new Uint8Array(NONCE_BYTES);
  new DataView(nonce.buffer).setUint32(NONCE_BYTES - COUNTER_BYTES, counter);
  return nonce;
}

/** Returns the text of a sealed value. */
export function encodeSealed({ header, counter, ciphertext }: Omit<SealedParts, 'recipients'>): string {
  const bytes = new Uint8Array(header.length + COUNTER_BYTES + ciphertext.length);
  bytes.set(header);
  new DataView(bytes.buffer).setUint32(header.length, counter);
  bytes.set(ciphertext, header.length + COUNTER_BYTES);
  return SEALED_PREFIX + toBase64Url(bytes);
}

/** Reads a sealed value. Throws a `SealError` if it is none, of another version, or incomplete. */
export function decodeSealed(text: string): SealedParts {
  const [, version] = /^sealed:(\d+):/.exec(text) ?? [];
  if (version === undefined)
    throw new SealError('invalid_value', `expected a sealed value, "${SEALED_PREFIX}" and base64url`);
  if (version !== '1')
    throw new SealError('invalid_value', `expected version 1 of sealed values, got ${version.slice(0, 9)}`);
  const bytes = fromBase64Url(text.slice(SEALED_PREFIX.length));
  const count = bytes?.[0] ?? 0;
  const size = recipientBytes(count);
  const headerBytes = 1 + count * size;
  if (
    bytes === undefined ||
    count === 0 ||
    count > MAX_RECIPIENTS ||
    bytes.length < headerBytes + COUNTER_BYTES + TAG_BYTES
  )
    throw new SealError('invalid_value', 'the sealed value is incomplete');
  const recipients = Array.from({ length: count }, (_, index) => {
    const start = 1 + index * size;
    const encStart = start + KEY_ID_BYTES;
    return {
      id: bytes.slice(start, encStart),
      enc: bytes.slice(encStart, encStart + ENC_BYTES),
      wrapped: bytes.slice(encStart + ENC_BYTES, start + size),
    };
  });
  return {
    recipients,
    header: bytes.slice(0, headerBytes),
    counter: new DataView(bytes.buffer).getUint32(headerBytes),
    ciphertext: bytes.slice(headerBytes + COUNTER_BYTES),
  };
}
