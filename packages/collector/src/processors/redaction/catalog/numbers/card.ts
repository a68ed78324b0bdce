import { DASH, type DigitGroups, PLUS, SPACE } from '../digit-groups.ts';
import { CARD, IDENTITIES, NEAREST_IS_OTHER } from '../labels.ts';
import type { NumberCandidate } from '../number-candidate.ts';
import { isLuhn, numberOf } from './checksums.ts';

/** Ranges of issuers: first and last beginning, the lengths of numbers, and those that need a label or groups. */
const ISSUERS: readonly (readonly [number, number, readonly number[], readonly number[]])[] = [
  [4, 4, [16], [13, 19]], // Visa
  [51, 55, [16], []], // Mastercard
  [2221, 2720, [16], []], // Mastercard
  [34, 34, [15], []], // American Express
  [37, 37, [15], []], // American Express
  [6011, 6011, [16], [17, 18, 19]], // Discover
  [644, 649, [16], [17, 18, 19]], // Discover
  [65, 65, [16], [17, 18, 19]], // Discover, RuPay, Elo
  [300, 305, [14, 16], [17, 18, 19]], // Diners Club
  [3095, 3095, [14, 16], [17, 18, 19]], // Diners Club
  [36, 36, [14], [16, 17, 18, 19]], // Diners Club
  [38, 39, [14, 16], [17, 18, 19]], // Diners Club
  [3528, 3589, [16], [17, 18, 19]], // JCB
  [62, 62, [16], [17, 18, 19]], // UnionPay
  [8100, 8171, [16], [17, 18, 19]], // UnionPay
  [2200, 2204, [16], [17, 18, 19]], // Mir
  [60, 60, [16], []], // RuPay, Hipercard
  [81, 82, [16], []], // RuPay
  [9792, 9792, [16], []], // Troy
  [50, 50, [16], [12, 13, 14, 15, 17, 18, 19]], // Maestro, Elo, Dankort
  [56, 58, [16], [12, 13, 14, 15, 17, 18, 19]], // Maestro
  [63, 63, [16], [12, 13, 14, 15, 17, 18, 19]], // Maestro, Elo
  [67, 69, [16], [12, 13, 14, 15, 17, 18, 19]], // Maestro
];

/** How cards print their digits. */
const SHAPES: readonly (readonly number[])[] = [
  [4, 4, 4, 4, 3],
  [4, 4, 4, 4, 2],
  [4, 4, 4, 4, 1],
  [4, 4, 4, 4],
  [4, 6, 5],
  [4, 6, 4],
  [6, 13],
];

/** Finds the number of a payment card. */
export function detectCard(candidate: NumberCandidate): number {
  const { groups } = candidate;
  if (groups.digitCount < 12 || groups.followsNumber) return 0;
  for (const shape of SHAPES) {
    const count = shape.length;
    if (!groups.startsWith(shape) || !isSeparated(groups, count) || !groups.endsAfter(count)) continue;
    if (isCard(groups, groups.digitsIn(count), true)) return count;
  }
  const length = groups.lengths[0];
  if (length < 12 || length > 19 || !groups.endsAfter(1)) return 0;
  if (!isCard(groups, length, true)) return 0;
  if (candidate.has(NEAREST_IS_OTHER | IDENTITIES)) return 0;
  return candidate.has(CARD) || isCard(groups, length, false) ? 1 : 0;
}

function isSeparated(groups: DigitGroups, count: number): boolean {
  return [SPACE, DASH, PLUS].some((separator) => groups.isSeparatedBy(separator, count));
}

function isCard({ digits }: DigitGroups, length: number, isLabeled: boolean): boolean {
  const hasIssuer = ISSUERS.some(([first, last, lengths, labeledLengths]) => {
    const beginning = numberOf(digits, 0, String(first).length);
    if (beginning < first || beginning > last) return false;
    return lengths.includes(length) || (isLabeled && labeledLengths.includes(length));
  });
  return hasIssuer && isLuhn(digits, 0, length);
}
