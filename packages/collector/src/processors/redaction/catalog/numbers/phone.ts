import { CLASS_OF, DIGIT, isTextAt } from '../byte-classes.ts';
import { NEAREST_IS_PHONE } from '../labels.ts';
import { labelsBefore, type NumberCandidate } from '../number-candidate.ts';
import { byteAt, type TextRange } from '../text-range.ts';

/** Country codes of one and two digits (ITU-T E.164). All others have three. */
const SHORT_CODES = new Set(
  '1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98'.split(
    ' ',
  ),
);
/** Beginnings of the codes of three digits that are assigned. */
const LONG_CODES =
  /^(?:21[123689]|22\d|23\d|24\d|25[0-8]|26\d|29[01789]|35\d|37[0-8]|38[01235679]|42[013]|50\d|59\d|67[0-9]|68[0-35-9]|69[0-2]|80[08]|85[02356]|87[08]|88[01236-8]|96[0-8]|97[0-79]|99[2-68])/;

const MAX_DIGITS = 15;
const MAX_GROUPS = 8;

/** The digits of a telephone number and where they are. Found by `readPhone`. */
interface PhoneDigits {
  digits: string;
  end: number;
  /** Lengths of the groups, and the separators between them, a character each. */
  lengths: readonly number[];
  separators: string;
}

/**
 * Returns the end of the telephone number that starts at `start`: a plus sign, a parenthesis or a digit, or -1. National
 * forms other than those of North America and France need a label before them.
 */
export function detectPhone(text: TextRange, start: number): number {
  const first = byteAt(text, start);
  const isInternational = first === 0x2b || first === 0x25;
  const before = byteAt(text, start - 1);
  if (CLASS_OF[before] !== 0 && !isAfterEscape(text, start)) return -1;
  if (before === 0x2e || before === 0x2c || before === 0x2d || before === 0x5f || before === 0x2f || before === 0x23) {
    if (!isInternational && CLASS_OF[byteAt(text, start - 2)] !== 0 && !isLabelBefore(text, start)) return -1;
    if (before === 0x2e && CLASS_OF[byteAt(text, start - 2)] === DIGIT) return -1;
  }
  const digitsStart = first === 0x25 ? start + 3 : first === 0x2b ? start + 1 : start;
  const phone = readPhone(text, digitsStart, first === 0x25);
  if (phone === undefined) return -1;
  if (isInternational) return isInternationalNumber(phone) ? phone.end : -1;
  if (isNorthAmerican(phone, first === 0x28) || isFrench(phone)) return phone.end;
  return isNational(phone) && isLabelBefore(text, start) ? phone.end : -1;
}

/** Reports whether groups of digits can be a national number: with the shape of some countries, or after a label. */
export function isPhoneShape(candidate: NumberCandidate): boolean {
  const { groups } = candidate;
  return SHAPES.some((shape) => groups.startsWith(shape)) || candidate.has(NEAREST_IS_PHONE);
}

/** North America and France. */
const SHAPES = [
  [3, 3, 4],
  [1, 3, 3, 4],
  [2, 2, 2, 2, 2],
];

function isLabelBefore(text: TextRange, start: number): boolean {
  return (labelsBefore(text, start) & NEAREST_IS_PHONE) !== 0;
}

/** Reports whether the character before `start` belongs to an escape such as `\n` or `%20`. */
function isAfterEscape(text: TextRange, start: number): boolean {
  return byteAt(text, start - 2) === 0x5c || byteAt(text, start - 3) === 0x25;
}

function readPhone(text: TextRange, start: number, isForm: boolean): PhoneDigits | undefined {
  let digits = '';
  let separators = '';
  const lengths: number[] = [];
  let end = start;
  let pos = start;
  while (lengths.length < MAX_GROUPS) {
    const from = skipSeparators(text, pos, isForm);
    if (lengths.length > 0 && from === pos) break;
    let to = from;
    while (to < text.end && CLASS_OF[text.bytes[to]] === DIGIT) to++;
    const isDifference = text.bytes[from - 1] === 0x2d && text.bytes[from - 2] === 0x20 && from - pos === 2;
    if (to === from || isDifference || digits.length + to - from > MAX_DIGITS) break;
    // A letter, a decimal point or a colon continues something else.
    const next = byteAt(text, to);
    if (CLASS_OF[next] !== 0 || next === 0x3a) return lengths.length === 0 ? undefined : finished();
    if (lengths.length > 0) separators += separatorIn(text, pos, from);
    digits += Buffer.from(text.bytes.buffer, text.bytes.byteOffset + from, to - from).toString('latin1');
    lengths.push(to - from);
    end = to;
    pos = to;
  }
  return lengths.length === 0 ? undefined : finished();

  function finished(): PhoneDigits {
    return { digits, end, lengths, separators };
  }
}

/**
 * Returns the offset after up to three separators: spaces, dashes, dots, slashes, parentheses, and in an encoded form
 * plus signs.
 */
function skipSeparators(text: TextRange, start: number, isForm: boolean): number {
  let pos = start;
  for (let i = 0; i < 3; i++) {
    const byte = byteAt(text, pos);
    if (byte === 0x25 && byteAt(text, pos + 1) === 0x32 && ENCODED.has(byteAt(text, pos + 2) | 0x20)) pos += 3;
    else if (byte === 0xc2 && byteAt(text, pos + 1) === 0xa0) pos += 2;
    else if (SEPARATORS.has(byte) || (isForm && byte === 0x2b)) pos++;
    else if (isTextAt(text.bytes, pos, text.end, ENCODED_NBSP)) pos += 6;
    else break;
  }
  return pos;
}

const ENCODED_NBSP = Buffer.from('%C2%A0');
/** Space, parentheses, dash, dot, slash. */
const SEPARATORS = new Set([0x20, 0x28, 0x29, 0x2d, 0x2e, 0x2f]);
/** Second digits of `%20`, `%28`, `%29`, `%2D`, `%2E`, `%2F`, as `byte | 0x20`. */
const ENCODED = new Set([0x30, 0x38, 0x39, 0x64, 0x65, 0x66, 0x20]);

function separatorIn(text: TextRange, start: number, end: number): string {
  for (let pos = start; pos < end; pos++) {
    const byte = text.bytes[pos];
    if (byte === 0x28 || byte === 0x29) return '(';
    if (byte === 0x2d) return '-';
    if (byte === 0x2e) return '.';
    if (byte === 0x2f) return '/';
  }
  return ' ';
}

function isInternationalNumber({ digits, lengths, separators }: PhoneDigits): boolean {
  if (digits.length < 8) return false;
  // Coordinates: `+48.8577-002.295`.
  if (separators.includes('.') && separators.includes('-')) return false;
  if (digits.startsWith('1')) return digits.length === 11 && isPlan(digits.slice(1));
  if (digits.startsWith('7')) return digits.length === 11;
  const isCode = SHORT_CODES.has(digits.slice(0, 2)) || LONG_CODES.test(digits);
  return isCode && (lengths.length > 1 || digits.length >= 9 || LONG_CODES.test(digits));
}

/** North American numbering plan: area codes and exchanges start with 2 to 9. */
function isPlan(digits: string): boolean {
  return /^[2-9]\d{2}[2-9]\d{6}$/.test(digits) && digits[1] !== '9';
}

function isNorthAmerican({ digits, lengths, separators }: PhoneDigits, isInParentheses: boolean): boolean {
  const shape = lengths.join('-');
  if (shape === '1-3-3-4') return digits.startsWith('1') && isPlan(digits.slice(1));
  if (shape !== '3-3-4' || !isPlan(digits)) return false;
  if (isInParentheses) return separators.startsWith('(');
  return separators === '--' || separators === '..';
}

function isFrench({ digits, lengths, separators }: PhoneDigits): boolean {
  return lengths.join('-') === '2-2-2-2-2' && /^0[1-9]/.test(digits) && new Set(separators).size === 1;
}

function isNational({ digits, lengths }: PhoneDigits): boolean {
  if (digits.startsWith('00'))
    return digits.length >= 10 && isInternationalNumber({ digits: digits.slice(2), lengths, separators: '', end: 0 });
  return digits.length >= 7 && digits.length <= 12;
}
