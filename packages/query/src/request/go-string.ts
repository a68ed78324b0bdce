const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|([\s\S]?))/g;

/** Why an escape is invalid. */
export type EscapeError = 'unknown' | 'no-byte' | 'no-character';

/**
 * Resolves the escapes between the quotes of a Go string literal. Bytes from `\x80` on are decoded as UTF-8 with their
 * neighbors; those that are not UTF-8 become lone surrogates. `invalid` is called for an invalid escape, with its offset,
 * and returns what stands for it.
 */
export function resolveEscapes(
  content: string,
  invalid: (error: EscapeError, sequence: string, offset: number) => string,
): string {
  if (!content.includes('\\')) return content;
  const resolved = content.replace(ESCAPE, (sequence, hex, short, long, octal, simple, offset: number) => {
    if (simple !== undefined) return SIMPLE[simple as string] ?? invalid('unknown', sequence, offset);
    if (hex !== undefined || octal !== undefined) {
      const byte = hex === undefined ? Number.parseInt(octal, 8) : Number.parseInt(hex, 16);
      if (byte > 0xff) return invalid('no-byte', sequence, offset);
      return String.fromCharCode(byte < 0x80 ? byte : BYTE + byte);
    }
    const point = Number.parseInt(short ?? long, 16);
    const isCharacter = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
    return isCharacter ? String.fromCodePoint(point) : invalid('no-character', sequence, offset);
  });
  return resolved.replace(ESCAPED_BYTES, decodeBytes);
}

/** Added to a byte to represent it until it is decoded with its neighbors. */
const BYTE = 0xdc00;
const ESCAPED_BYTES = /(?<![\ud800-\udbff])[\udc80-\udcff]+/g;

function decodeBytes(escaped: string): string {
  const bytes = Uint8Array.from(escaped, (unit) => unit.charCodeAt(0) - BYTE);
  const text = new TextDecoder().decode(bytes);
  return text.includes('\ufffd') ? escaped : text;
}

/** Returns the byte that a lone surrogate stands for, or `undefined`. */
export function escapedByte(unit: number): number | undefined {
  return unit > BYTE && unit <= BYTE + 0xff ? unit - BYTE : undefined;
}
