import { type Random, UPPER } from './random.ts';

/** Doubled digits whose digits are added, for Luhn's formula. */
const DOUBLED = '0246813579';

/** Appends the check digit that makes Luhn's sum a multiple of ten. */
export function withLuhn(body: string): string {
  const sum = [...body]
    .reverse()
    .reduce((total, digit, index) => total + Number(index % 2 === 0 ? DOUBLED[Number(digit)] : digit), 0);
  return body + String((1000 - sum) % 10);
}

/** Issuers: beginnings, length. Weights by repetition. */
const ISSUERS: readonly (readonly [readonly string[], number])[] = [
  [['4'], 16],
  [['4'], 16],
  [['4'], 16],
  [['51', '52', '53', '54', '55'], 16],
  [['2221', '2300', '2699', '2720'], 16],
  [['34', '37'], 15],
  [['6011', '644', '649', '65'], 16],
  [['300', '305', '36', '38'], 14],
  [['3528', '3567', '3589'], 16],
  [['62'], 16],
  [['5018', '5020', '5893', '6304', '6759'], 16],
  [['2200', '2204'], 16],
];

/** Returns a valid number of a payment card, without separators. */
export function cardDigits(random: Random): string {
  const [beginnings, length] = random.pick(ISSUERS);
  const beginning = random.pick(beginnings);
  return withLuhn(beginning + random.digits(length - 1 - beginning.length));
}

/** Writes the digits of a card as people and programs do. */
export function printedCard(random: Random): string {
  const digits = cardDigits(random);
  const separator = random.pick(['', '', ' ', '-', '\u00a0']);
  const sizes = digits.length === 15 ? [4, 6, 5] : digits.length === 14 ? [4, 6, 4] : [4, 4, 4, 4];
  let at = 0;
  const groups = sizes.map((size) => {
    at += size;
    return digits.slice(at - size, at);
  });
  return groups.join(separator);
}

/** Structures of accounts: `n` digits, `a` capital letters, `c` both. */
const ACCOUNTS: readonly (readonly [string, string])[] = [
  ['DE', '18n'],
  ['DE', '18n'],
  ['FR', '10n 11c 2n'],
  ['GB', '4a 14n'],
  ['NL', '4a 10n'],
  ['ES', '20n'],
  ['IT', '1a 10n 12c'],
  ['PL', '24n'],
  ['CH', '5n 12c'],
  ['AT', '16n'],
  ['BE', '12n'],
  ['NO', '11n'],
  ['SE', '20n'],
  ['PT', '21n'],
  ['IE', '4a 14n'],
  ['MT', '4a 5n 18c'],
  ['LC', '4a 24c'],
  ['BR', '23n 1a 1c'],
  ['SA', '2n 18c'],
  ['TR', '6n 16c'],
];

/** Returns a valid IBAN, without separators. */
export function iban(random: Random): string {
  const [country, structure] = random.pick(ACCOUNTS);
  const account = structure
    .split(' ')
    .map((part) => random.text(ALPHABETS[part.at(-1) ?? 'n'] ?? '', Number.parseInt(part, 10)))
    .join('');
  return country + ibanCheck(country, account) + account;
}

/** Computes the check digits over the number that the text stands for, with letters as 10 to 35. */
export function ibanCheck(country: string, account: string): string {
  const number = [...`${account}${country}00`].map((char) => Number.parseInt(char, 36)).join('');
  return String(98n - (BigInt(number) % 97n)).padStart(2, '0');
}

const ALPHABETS: Readonly<Record<string, string>> = { n: '0123456789', a: UPPER, c: `${UPPER}0123456789` };

/** Writes an IBAN with or without spaces. */
export function printedIban(random: Random): string {
  const text = iban(random);
  const separator = random.pick(['', '', ' ', '\u00a0', '-']);
  return separator === '' ? text : (text.match(/.{1,4}/g) ?? []).join(separator);
}
