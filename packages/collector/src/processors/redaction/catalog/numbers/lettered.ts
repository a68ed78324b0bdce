import { CLASS_OF, DIGIT, LETTER, membersOf } from '../byte-classes.ts';
import { IDENTITY, NEAREST_IS_OTHER } from '../labels.ts';
import { labelsBefore } from '../number-candidate.ts';
import { byteAt, type TextRange } from '../text-range.ts';
import { isCnpj, isNir } from './identity.ts';

/** Identity numbers with letters. Each function returns the end of the number that starts at `start`, or -1. */

const DNI_LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE';

/** Finds a Spanish DNI (`12345678Z`, also `12.345.678-Z`) or NIE (`X1234567L`). */
export function detectDni(text: TextRange, start: number): number {
  const first = byteAt(text, start) & 0xdf;
  const isForeign = first >= 0x58 && first <= 0x5a;
  let number = isForeign ? first - 0x58 : 0;
  let pos = isForeign ? skip(text, start + 1, DASH_OR_DOT) : start;
  let count = isForeign ? 1 : 0;
  while (count < 8) {
    const byte = byteAt(text, pos++);
    if (CLASS_OF[byte] !== DIGIT) return -1;
    number = number * 10 + byte - 0x30;
    count++;
    if ((count === 2 || count === 5) && byteAt(text, pos) === 0x2e) pos++;
  }
  pos = skip(text, pos, SEPARATORS_OF_DNI);
  const letter = byteAt(text, pos++);
  if (String.fromCharCode(letter & 0xdf) !== DNI_LETTERS[number % 23] || isContinued(text, pos)) return -1;
  const isUsual = letter < 0x60 && !isDate(text, start, number, isForeign) && !isAfterDashOrDot(text, start);
  const labels = labelsBefore(text, start);
  if ((labels & IDENTITY) !== 0) return pos;
  return isUsual && (labels & NEAREST_IS_OTHER) === 0 ? pos : -1;
}

/** `20240115Z` is a date. */
function isDate(text: TextRange, start: number, number: number, isForeign: boolean): boolean {
  const year = Math.floor(number / 10_000);
  const month = Math.floor(number / 100) % 100;
  return !isForeign && byteAt(text, start + 8) === 0x5a && year > 1969 && year < 2100 && month > 0 && month < 13;
}

/** Values of characters at odd positions of a fiscal code, for 0 to 9 and A to Z. */
const ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];
const ODD_LETTERS = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
/** Letters that replace digits where two persons would have the same code. */
const DIGIT_LETTERS = membersOf(/[0-9LMNP-V]/i);
const MONTHS = membersOf(/[A-EHLMPR-T]/i);

/** Finds an Italian fiscal code: `RSSMRA85T10A562S`. */
export function detectFiscalCode(text: TextRange, start: number): number {
  const { bytes } = text;
  const end = start + 16;
  if (end > text.end || isContinued(text, end)) return -1;
  let sum = 0;
  for (let i = 0; i < 16; i++) {
    const byte = bytes[start + i];
    const isLetterExpected = i < 6 || i === 8 || i === 11 || i === 15;
    if (isLetterExpected ? (CLASS_OF[byte] & LETTER) === 0 : DIGIT_LETTERS[byte] === 0) return -1;
    if (i === 15) break;
    const value = byte < 0x3a ? byte - 0x30 : (byte & 0xdf) - 0x41;
    if (i % 2 === 1) sum += value;
    else sum += (byte < 0x3a ? ODD : ODD_LETTERS)[value] ?? 0;
  }
  return MONTHS[bytes[start + 8]] === 1 && (bytes[start + 15] & 0xdf) - 0x41 === sum % 26 ? end : -1;
}

const NINO_FIRST = membersOf(/[A-CEGHJ-PR-TW-Z]/);
const NINO_SECOND = membersOf(/[A-CEGHJ-NPR-TW-Z]/);
const NINO_UNUSED = new Set(['BG', 'GB', 'KN', 'NK', 'NT', 'TN', 'ZZ']);

/** Finds a National Insurance number: `AB123456C`, also `AB 12 34 56 C`. */
export function detectNino(text: TextRange, start: number): number {
  const first = byteAt(text, start);
  const second = byteAt(text, start + 1);
  if (NINO_FIRST[first] === 0 || NINO_SECOND[second] === 0) return -1;
  if (NINO_UNUSED.has(String.fromCharCode(first, second))) return -1;
  let pos = start + 2;
  for (let pair = 0; pair < 3; pair++) {
    pos = skip(text, pos, SPACE_OR_DASH);
    if (CLASS_OF[byteAt(text, pos)] !== DIGIT || CLASS_OF[byteAt(text, pos + 1)] !== DIGIT) return -1;
    pos += 2;
  }
  pos = skip(text, pos, SPACE_OR_DASH);
  const suffix = byteAt(text, pos++);
  if (suffix < 0x41 || suffix > 0x44 || isContinued(text, pos) || isAfterDashOrDot(text, start)) return -1;
  return (labelsBefore(text, start) & NEAREST_IS_OTHER) === 0 ? pos : -1;
}

/** Finds a NIR of Corsica, whose department is `2A` or `2B`: the digits before it are the run that starts at `start`. */
export function detectCorsicanNir(text: TextRange, start: number): number {
  let digits = '';
  let department = 0;
  let pos = start;
  while (digits.length < 15) {
    pos = skip(text, pos, SPACE_OR_DASH);
    const byte = byteAt(text, pos++);
    const isDepartment = digits.length === 6 && (byte === 0x41 || byte === 0x42) && digits.endsWith('2');
    if (CLASS_OF[byte] !== DIGIT && !isDepartment) return -1;
    if (isDepartment) department = byte;
    // 2A counts as 19 and 2B as 18.
    digits = isDepartment ? `${digits.slice(0, 5)}${byte === 0x41 ? '19' : '18'}` : digits + String.fromCharCode(byte);
  }
  if (department === 0 || isContinued(text, pos)) return -1;
  return isNir(Number(digits.slice(0, 13)), Number(digits.slice(13))) ? pos : -1;
}

/** Finds a CNPJ with letters and punctuation: `12.ABC.345/01DE-35`. */
export function detectLetteredCnpj(text: TextRange, start: number): number {
  const values = new Uint8Array(14);
  let pos = start;
  let hasSlash = false;
  for (let count = 0; count < 14; count++) {
    const separator = CNPJ_SEPARATORS[count];
    if (separator !== undefined && byteAt(text, pos) === separator) {
      hasSlash ||= separator === 0x2f;
      pos++;
    }
    const byte = byteAt(text, pos++);
    const type = CLASS_OF[byte];
    if (type === 0 || byte > 0x5a || (count > 11 && type !== DIGIT)) return -1;
    values[count] = byte - 48;
  }
  return hasSlash && !isContinued(text, pos) && isCnpj(values) ? pos : -1;
}

const CNPJ_SEPARATORS: Readonly<Record<number, number>> = { 2: 0x2e, 5: 0x2e, 8: 0x2f, 12: 0x2d };

const DASH_OR_DOT = membersOf(/[-.]/);
const SEPARATORS_OF_DNI = membersOf(/[- ]/);
const SPACE_OR_DASH = membersOf(/[- ]/);

function skip(text: TextRange, pos: number, table: Uint8Array): number {
  return table[byteAt(text, pos)] === 0 ? pos : pos + 1;
}

function isContinued(text: TextRange, pos: number): boolean {
  const next = byteAt(text, pos);
  if (next === 0x2d || next === 0x2e || next === 0x5f) return CLASS_OF[byteAt(text, pos + 1)] !== 0;
  return CLASS_OF[next] !== 0;
}

function isAfterDashOrDot(text: TextRange, start: number): boolean {
  const before = byteAt(text, start - 1);
  return (before === 0x2d || before === 0x2e) && CLASS_OF[byteAt(text, start - 2)] !== 0;
}
