import { CLASS_OF, DIGIT } from './byte-classes.ts';
import type { TextRange } from './text-range.ts';

/** Letters after a backslash that stand for a control character. */
const ESCAPES = new Set([...'nrtbfu0'].map((char) => char.charCodeAt(0)));

/** Reports whether the run that starts at `from` may begin with letters of an escape. */
export function isEscaped(bytes: Uint8Array, from: number, start: number): boolean {
  if (from === start) return false;
  const before = bytes[from - 1];
  return before === 0x25 || before === 0x5c || (before === 0x5b && from - 1 > start && bytes[from - 2] === 0x1b);
}

/** Returns where the run `[from, to)` starts after the letters and digits of the escape that it begins with. */
export function endOfEscape({ bytes }: TextRange, from: number, to: number): number {
  const before = bytes[from - 1];
  let end = from;
  if (before === 0x25) end = from + 2;
  else if (before === 0x5b) end = endOfColor(bytes, from, to);
  else if (bytes[from] === 0x75) end = from + 5;
  else if (ESCAPES.has(bytes[from])) end = from + 1;
  return end > to ? from : end;
}

/** Reports whether the escape `[from, end)` is that of `@`: `%40` or `\u0040`. */
export function isEscapedAt({ bytes }: TextRange, from: number, end: number): boolean {
  return end - from > 1 && bytes[from - 1] !== 0x5b && bytes[end - 2] === 0x34 && bytes[end - 1] === 0x30;
}

/** Skips the digits and the letter of a color of the terminal: `ESC [ 3 1 m`. */
function endOfColor(bytes: Uint8Array, from: number, to: number): number {
  let pos = from;
  while (pos < to && CLASS_OF[bytes[pos]] === DIGIT) pos++;
  return bytes[pos] === 0x6d ? pos + 1 : from;
}
