import { CLASS_OF, DIGIT } from './byte-classes.ts';
import { byteAt, type TextRange } from './text-range.ts';

const COLON = 0x3a;
const DASH = 0x2d;
const DOT = 0x2e;

/** Skips a date with or without a time, so that its parts are not taken for numbers. Returns 0 if there is none. */
export function endOfTime(text: TextRange, start: number): number {
  const isDate =
    byteAt(text, start + 7) === DASH &&
    isDigits(text, start + 5, 2) &&
    isDigits(text, start + 8, 2) &&
    byteAt(text, start + 10) !== DASH;
  if (!isDate || CLASS_OF[byteAt(text, start + 10)] === DIGIT) return 0;
  const between = byteAt(text, start + 10);
  if ((between === 0x54 || between === 0x20) && isDigits(text, start + 11, 2) && byteAt(text, start + 13) === COLON) {
    let pos = start + 13;
    while (CLASS_OF[byteAt(text, pos)] === DIGIT || byteAt(text, pos) === COLON) pos++;
    if ((byteAt(text, pos) === DOT || byteAt(text, pos) === 0x2c) && isDigits(text, pos + 1, 1)) pos++;
    while (CLASS_OF[byteAt(text, pos)] === DIGIT) pos++;
    return pos;
  }
  return start + 10;
}

/** Reports whether `count` digits are at `start`. */
export function isDigits(text: TextRange, start: number, count: number): boolean {
  for (let i = 0; i < count; i++) if (CLASS_OF[byteAt(text, start + i)] !== DIGIT) return false;
  return true;
}
