/** Reports whether the digits `[from, to)` end in a check digit by Luhn's formula (ISO/IEC 7812-1, annex B). */
export function isLuhn(digits: Uint8Array, from: number, to: number): boolean {
  let sum = 0;
  for (let i = to - 1, doubled = false; i >= from; i--, doubled = !doubled) {
    const value = doubled ? digits[i] * 2 : digits[i];
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}

/** Returns the sum of the first digits, each times its weight. */
export function weightedSum(digits: Uint8Array, weights: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += digits[i] * weights[i];
  return sum;
}

/** Returns the number that the digits `[from, to)` write. Exact for up to 15 digits. */
export function numberOf(digits: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) value = value * 10 + digits[i];
  return value;
}

/** Reports whether all of the first `count` digits are the same. */
export function isRepeated(digits: Uint8Array, count: number): boolean {
  for (let i = 1; i < count; i++) if (digits[i] !== digits[0]) return false;
  return true;
}

/** Reports whether a month and a day can be in a date. */
export function isMonthAndDay(month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= (DAYS[month] ?? 31);
}

const DAYS: readonly number[] = [0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
