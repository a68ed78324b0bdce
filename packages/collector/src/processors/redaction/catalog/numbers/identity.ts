import { DASH, type DigitGroups, PLUS, SLASH, SPACE } from '../digit-groups.ts';
import { BSN, CNPJ, CPF, IDENTITY, NEAREST_IS_OTHER, NIR, PERSONAL_NUMBER, PESEL, SSN, TAX_ID } from '../labels.ts';
import type { NumberCandidate } from '../number-candidate.ts';
import { isLuhn, isMonthAndDay, isRepeated, numberOf, weightedSum } from './checksums.ts';

/** Lengths of the groups in which numbers are written. */
const SSN_SHAPES = [[3, 2, 4], [9]];
const TAX_ID_SHAPES = [[11], [2, 3, 3, 3]];
const NIR_SHAPES = [[15], [13, 2], [1, 2, 2, 2, 3, 3, 2]];
const BSN_SHAPES = [[9], [4, 2, 3], [3, 3, 3], [8]];
const PESEL_SHAPES = [[11]];
const PERSONAL_SHAPES = [[6, 4], [8, 4], [12], [10]];
const CPF_SHAPES = [[3, 3, 3, 2], [11], [9, 2]];
const CNPJ_SHAPES = [[2, 3, 3, 4, 2], [14]];

/** Finds a social security number of the United States: `123-45-6789`, without dashes only after a label. */
export function detectSsn(candidate: NumberCandidate): number {
  const { groups } = candidate;
  const { digits } = groups;
  const count = shapeOf(groups, SSN_SHAPES);
  if (count === 0) return 0;
  const area = numberOf(digits, 0, 3);
  if (area === 0 || area === 666 || area >= 900 || numberOf(digits, 3, 5) === 0 || numberOf(digits, 5, 9) === 0)
    return 0;
  const isUsual = count === 3 && groups.isSeparatedBy(DASH, 3);
  if (count === 3 && !isUsual && !groups.isSeparatedBy(SPACE, 3)) return 0;
  return isUsual ? unlessOther(candidate, count) : ifLabeled(candidate, SSN, count);
}

/** Finds a German tax identification number (check digit by ISO/IEC 7064, MOD 11,10). */
export function detectTaxId(candidate: NumberCandidate): number {
  const { groups } = candidate;
  const { digits } = groups;
  const count = shapeOf(groups, TAX_ID_SHAPES);
  if (count === 0 || digits[0] === 0 || !hasRepetitionOfTaxId(digits)) return 0;
  let product = 10;
  for (let i = 0; i < 10; i++) {
    const sum = (digits[i] + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  if ((11 - product) % 10 !== digits[10]) return 0;
  return count === 4 || candidate.has(TAX_ID | IDENTITY) ? count : unlessOther(candidate, count);
}

/** Of the first ten digits, exactly one occurs twice or three times, and no other more than once. */
function hasRepetitionOfTaxId(digits: Uint8Array): boolean {
  const counts = new Uint8Array(10);
  for (let i = 0; i < 10; i++) counts[digits[i]]++;
  let repeated = 0;
  for (const count of counts) {
    if (count > 3) return false;
    if (count > 1) repeated++;
  }
  return repeated === 1;
}

/** Finds a French social security number with its key, in digits. Corsica's have a letter: see `detectCorsicanNir`. */
export function detectNir(candidate: NumberCandidate): number {
  const { groups } = candidate;
  const { digits } = groups;
  const count = shapeOf(groups, NIR_SHAPES);
  if (count === 0 || !isNir(numberOf(digits, 0, 13), numberOf(digits, 13, 15))) return 0;
  return candidate.has(NIR) ? count : unlessOther(candidate, count);
}

/** Checks sex, month and key of a NIR. */
export function isNir(number: number, key: number): boolean {
  const sex = Math.floor(number / 1e12);
  const month = Math.floor(number / 1e8) % 100;
  if (![1, 2, 3, 4, 7, 8].includes(sex)) return false;
  const isMonth = (month >= 1 && month <= 12) || (month >= 20 && month <= 42) || month >= 50;
  return isMonth && 97 - (number % 97) === key;
}

/** Finds a Dutch citizen service number after a label. */
export function detectBsn(candidate: NumberCandidate): number {
  const { groups } = candidate;
  const count = shapeOf(groups, BSN_SHAPES);
  if (count === 0) return 0;
  const digits = groups.digitsIn(count) === 8 ? Uint8Array.of(0, ...groups.digits.subarray(0, 8)) : groups.digits;
  const sum = weightedSum(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1]);
  return sum % 11 === 0 && sum !== 0 && candidate.has(BSN) ? count : 0;
}

/** Finds a Polish PESEL number after a label. */
export function detectPesel(candidate: NumberCandidate): number {
  const { groups } = candidate;
  const { digits } = groups;
  if (shapeOf(groups, PESEL_SHAPES) === 0) return 0;
  if (!isMonthAndDay(numberOf(digits, 2, 4) % 20, numberOf(digits, 4, 6))) return 0;
  const sum = weightedSum(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]);
  return sum % 10 === 0 && candidate.has(PESEL | IDENTITY) ? 1 : 0;
}

/** Finds a Swedish personal identity number or coordination number: without its separator only after a label. */
export function detectPersonalNumber(candidate: NumberCandidate): number {
  const { groups } = candidate;
  const count = shapeOf(groups, PERSONAL_SHAPES);
  if (count === 0) return 0;
  const first = groups.digitsIn(count) - 10;
  const century = first === 2 ? numberOf(groups.digits, 0, 2) : 19;
  const day = numberOf(groups.digits, first + 4, first + 6);
  const isDate = isMonthAndDay(numberOf(groups.digits, first + 2, first + 4), day > 60 ? day - 60 : day);
  if (!isDate || century < 18 || century > 20 || !isLuhn(groups.digits, first, first + 10)) return 0;
  const isUsual = count === 2 && (groups.separators[1] === DASH || groups.separators[1] === PLUS);
  return isUsual ? unlessOther(candidate, count) : ifLabeled(candidate, PERSONAL_NUMBER | IDENTITY, count);
}

/** Finds a Brazilian CPF: `123.456.789-09`, without punctuation only after a label. */
export function detectCpf(candidate: NumberCandidate): number {
  const { groups } = candidate;
  const { digits } = groups;
  const count = shapeOf(groups, CPF_SHAPES);
  if (count === 0 || isRepeated(digits, 11)) return 0;
  for (const length of [9, 10]) {
    let sum = 0;
    for (let i = 0; i < length; i++) sum += digits[i] * (length + 1 - i);
    if (((sum * 10) % 11) % 10 !== digits[length]) return 0;
  }
  return count === 4 ? count : ifLabeled(candidate, CPF | IDENTITY, count);
}

/** Finds a Brazilian CNPJ of digits: `12.345.678/0001-95`, without punctuation only after a label. */
export function detectCnpj(candidate: NumberCandidate): number {
  const { groups } = candidate;
  const { digits } = groups;
  const count = shapeOf(groups, CNPJ_SHAPES);
  if (count === 0 || isRepeated(digits, 14) || !isCnpj(digits)) return 0;
  if (count === 1) return ifLabeled(candidate, CNPJ, count);
  return groups.separators[3] === SLASH || candidate.has(CNPJ) ? count : 0;
}

/** Checks the two check digits at the end of 14 values. Letters, allowed since July 2026, count as their code minus 48. */
export function isCnpj(values: Uint8Array): boolean {
  const first = weightedSum(values, [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
  const second = weightedSum(values, [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
  return values[12] === (first < 2 ? 0 : 11 - first) && values[13] === (second < 2 ? 0 : 11 - second);
}

/** Returns the number of groups of the first shape that the candidate has as a complete number, or 0. */
function shapeOf(groups: DigitGroups, shapes: readonly (readonly number[])[]): number {
  if (groups.followsNumber) return 0;
  for (const shape of shapes) {
    if (groups.startsWith(shape) && groups.endsAfter(shape.length)) return shape.length;
  }
  return 0;
}

function ifLabeled(candidate: NumberCandidate, labels: number, count: number): number {
  return candidate.has(labels) ? count : 0;
}

function unlessOther(candidate: NumberCandidate, count: number): number {
  return candidate.has(NEAREST_IS_OTHER) ? 0 : count;
}
