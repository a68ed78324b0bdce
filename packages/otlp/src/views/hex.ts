const DIGIT_PAIRS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Encodes the bytes in `[start, end)` as lower-case hexadecimal digits. */
export function encodeHex(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  let text = '';
  for (let pos = start; pos < end; pos++) text += DIGIT_PAIRS[bytes[pos]];
  return text;
}

/**
 * Decodes hexadecimal digits in upper or lower case. Returns `undefined` for other characters or an odd number of
 * digits.
 */
export function decodeHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
