/** Classes of bytes, as bits, so that those of a run can be joined. */
export const DIGIT = 1;
/** `a` to `f`. */
export const LOWER_HEX = 2;
export const LOWER = 4;
/** `A` to `F`. */
export const UPPER_HEX = 8;
export const UPPER = 16;
/** Digits and letters that occur in hexadecimal numbers. */
export const HEX: number = DIGIT | LOWER_HEX | UPPER_HEX;
export const LETTER: number = LOWER_HEX | LOWER | UPPER_HEX | UPPER;

/** The class of each byte. 0 for everything but ASCII letters and digits. */
export const CLASS_OF: Uint8Array = tableOf((char) => {
  if (/[0-9]/.test(char)) return DIGIT;
  if (/[a-f]/.test(char)) return LOWER_HEX;
  if (/[g-z]/.test(char)) return LOWER;
  if (/[A-F]/.test(char)) return UPPER_HEX;
  return /[G-Z]/.test(char) ? UPPER : 0;
});

/** Returns a table with a number for each byte. */
export function tableOf(classOf: (char: string) => number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (byte < 128 ? classOf(String.fromCharCode(byte)) : 0));
}

/** Returns a table with 1 for each ASCII byte that the expression matches. */
export function membersOf(expression: RegExp): Uint8Array {
  return tableOf((char) => (expression.test(char) ? 1 : 0));
}

/** Returns the offset after the bytes from `start` on that are in the table. */
export function endOfRun(bytes: Uint8Array, start: number, limit: number, table: Uint8Array): number {
  let pos = start;
  while (pos < limit && table[bytes[pos]] !== 0) pos++;
  return pos;
}

/** Returns the value of a hexadecimal digit, or -1. */
export function hexDigit(byte: number): number {
  const type = CLASS_OF[byte];
  if (type === DIGIT) return byte - 0x30;
  return (type & HEX) === 0 ? -1 : (byte | 0x20) - 0x57;
}

/** Reports whether the ASCII text is at `pos`. */
export function isTextAt(bytes: Uint8Array, pos: number, limit: number, text: Uint8Array): boolean {
  if (pos < 0 || pos + text.length > limit) return false;
  for (let i = 0; i < text.length; i++) if (bytes[pos + i] !== text[i]) return false;
  return true;
}
