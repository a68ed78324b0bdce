import { CLASS_OF, DIGIT, isTextAt } from './byte-classes.ts';
import { byteAt, type TextRange } from './text-range.ts';

/** Separators between groups of digits. */
export const NONE = 0;
export const SPACE = 1;
export const DASH = 2;
export const DOT = 3;
export const SLASH = 4;
export const PLUS = 5;

const MAX_GROUPS = 12;
const MAX_DIGITS = 32;

/** Digits in groups with one separator each, such as `4111 1111 1111 1111`. */
export class DigitGroups {
  /** The values of the digits. */
  readonly digits: Uint8Array = new Uint8Array(MAX_DIGITS);
  /** For each group: its length, its start and end in the text, and the separator before it. */
  readonly lengths: Int32Array = new Int32Array(MAX_GROUPS);
  readonly starts: Int32Array = new Int32Array(MAX_GROUPS);
  readonly ends: Int32Array = new Int32Array(MAX_GROUPS);
  readonly separators: Uint8Array = new Uint8Array(MAX_GROUPS + 1);
  groupCount = 0;
  digitCount = 0;
  /** Whether the text before is a part of the number: a decimal point, or a group that belongs to a longer sequence. */
  followsNumber = false;
  /** Whether a decimal point and more digits, or a letter, follow the last group. */
  endsInNumber = false;

  /** Reads the groups from `start` on, the first digit. */
  read(text: TextRange, start: number): void {
    this.groupCount = 0;
    this.digitCount = 0;
    this.endsInNumber = false;
    const before = byteAt(text, start - 1);
    this.followsNumber = (before === 0x2e || before === 0x2c) && isDigit(byteAt(text, start - 2));
    let pos = start;
    this.separators[0] = NONE;
    while (this.groupCount < MAX_GROUPS) {
      const end = this.#group(text, pos);
      if (end < 0) break;
      pos = this.#separator(text, end);
      if (pos < 0) break;
    }
  }

  /** Reports whether the first groups have these lengths. */
  startsWith(lengths: readonly number[]): boolean {
    if (lengths.length > this.groupCount) return false;
    for (let i = 0; i < lengths.length; i++) if (this.lengths[i] !== lengths[i]) return false;
    return true;
  }

  /** Reports whether the separators between the first `count` groups are all this one. */
  isSeparatedBy(separator: number, count: number): boolean {
    for (let i = 1; i < count; i++) if (this.separators[i] !== separator) return false;
    return true;
  }

  /** Reports whether a number of `count` groups ends there: no digit follows after the same separator, unless a space. */
  endsAfter(count: number): boolean {
    if (count === this.groupCount) return !this.endsInNumber;
    const next = this.separators[count];
    return next === SPACE || (count > 1 && next !== this.separators[1] && next !== DOT);
  }

  /** Returns the number of digits in the first `count` groups. */
  digitsIn(count: number): number {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += this.lengths[i];
    return sum;
  }

  #group(text: TextRange, start: number): number {
    let pos = start;
    while (pos < text.end && CLASS_OF[text.bytes[pos]] === DIGIT) pos++;
    const length = pos - start;
    const isFull = this.digitCount + length > MAX_DIGITS;
    if (length === 0 || isFull || (pos < text.end && CLASS_OF[text.bytes[pos]] !== 0)) {
      this.endsInNumber = this.groupCount === 0 || this.separators[this.groupCount] !== SPACE;
      return -1;
    }
    for (let i = 0; i < length; i++) this.digits[this.digitCount + i] = text.bytes[start + i] - 0x30;
    this.digitCount += length;
    this.lengths[this.groupCount] = length;
    this.starts[this.groupCount] = start;
    this.ends[this.groupCount] = pos;
    this.groupCount++;
    return pos;
  }

  /** Returns the start of the next group, or -1. */
  #separator(text: TextRange, pos: number): number {
    const { bytes } = text;
    const size = separatorSize(text, pos);
    if (size === 0 || !isDigit(byteAt(text, pos + size))) return -1;
    this.separators[this.groupCount] = separatorOf(bytes, pos);
    return pos + size;
  }
}

/** Returns the size of the separator at `pos`, also URL-encoded or of several bytes, or 0. */
export function separatorSize(text: TextRange, pos: number): number {
  switch (byteAt(text, pos)) {
    case 0x20:
    case 0x2d:
    case 0x2e:
    case 0x2f:
    case 0x2b:
      return 1;
    case 0x25: {
      if (isTextAt(text.bytes, pos, text.end, ENCODED_NBSP)) return 6;
      const high = byteAt(text, pos + 1);
      const low = byteAt(text, pos + 2) | 0x20;
      return high === 0x32 && (low === 0x20 || low === 0x30 || low === 0x64 || low === 0x65 || low === 0x66) ? 3 : 0;
    }
    case 0xc2:
      return byteAt(text, pos + 1) === 0xa0 ? 2 : 0;
    case 0xe2:
      return byteAt(text, pos + 1) === 0x80 && WIDE.has(byteAt(text, pos + 2)) ? 3 : 0;
    case 0x5c: {
      // The escape of a no-break space, or of a slash, in JSON.
      if (byteAt(text, pos + 1) === 0x2f) return 2;
      const isSpace =
        byteAt(text, pos + 1) === 0x75 && byteAt(text, pos + 2) === 0x30 && byteAt(text, pos + 3) === 0x30;
      return isSpace && (byteAt(text, pos + 4) | 0x20) === 0x61 && byteAt(text, pos + 5) === 0x30 ? 6 : 0;
    }
    default:
      return 0;
  }
}

const ENCODED_NBSP = Buffer.from('%C2%A0');

/** Last bytes of the narrow spaces, hyphens and dashes. */
const WIDE = new Set([0x87, 0x89, 0x8a, 0xaf, 0x90, 0x91, 0x92, 0x93]);

function separatorOf(bytes: Uint8Array, pos: number): number {
  switch (bytes[pos]) {
    case 0x2d:
      return DASH;
    case 0x2e:
      return DOT;
    case 0x2f:
      return SLASH;
    case 0x2b:
      return PLUS;
    case 0x5c:
      return bytes[pos + 1] === 0x2f ? SLASH : SPACE;
    case 0x25:
      return ENCODED[bytes[pos + 2] | 0x20] ?? SPACE;
    case 0xe2:
      return bytes[pos + 2] >= 0x90 && bytes[pos + 2] <= 0x93 ? DASH : SPACE;
    default:
      return SPACE;
  }
}

const ENCODED: Readonly<Record<number, number>> = { 100: DASH, 101: DOT, 102: SLASH };

function isDigit(byte: number): boolean {
  return CLASS_OF[byte] === DIGIT;
}
