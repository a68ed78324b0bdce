import { withLuhn } from './financial.ts';
import { type Random, UPPER } from './random.ts';

const pad = (value: number, size = 2): string => String(value).padStart(size, '0');

/** Returns valid identity numbers, by the name of their catalog entry. They are computed from the rules that the countries publish. */
export const IDENTITIES: Readonly<Record<string, (random: Random) => string>> = {
  us_ssn(random) {
    let area = random.int(1, 899);
    if (area === 666) area = 667;
    return `${pad(area, 3)}-${pad(random.int(1, 99))}-${pad(random.int(1, 9999), 4)}`;
  },
  de_tax_id(random) {
    // Ten digits of which one occurs twice, the first of which is not zero.
    for (;;) {
      const pool = shuffled([...'0123456789'], random).slice(0, 9);
      pool.push(random.pick(pool));
      const ten = shuffled(pool, random).join('');
      if (!ten.startsWith('0'))
        return random.pick([
          (text: string) => text,
          (text: string) => text.replace(/^(..)(...)(...)(...)$/, '$1 $2 $3 $4'),
        ])(ten + iso7064(ten));
    }
  },
  fr_nir(random) {
    const department = random.chance(0.1) ? random.pick(['2A', '2B']) : pad(random.int(1, 95));
    const body = `${random.pick(['1', '2'])}${pad(random.int(0, 99))}${pad(random.int(1, 12))}${department}${pad(random.int(1, 990), 3)}${pad(random.int(1, 999), 3)}`;
    const key = pad(97 - Number(BigInt(body.replace('2A', '19').replace('2B', '18')) % 97n));
    return random.chance(0.5)
      ? body + key
      : `${body.replace(/^(.)(..)(..)(..)(...)(...)$/, '$1 $2 $3 $4 $5 $6')} ${key}`;
  },
  es_dni(random) {
    const letters = [...'TRWAGMYFPDXBNJZSQVHLCKE'];
    if (random.chance(0.35)) {
      const first = random.int(0, 2);
      const digits = random.digits(7);
      return `${'XYZ'[first]}${digits}${letters[Number(`${first}${digits}`) % 23]}`;
    }
    // Dates are left out: 20240115Z.
    const digits = `${random.int(3, 7)}${random.digits(7)}`;
    return digits + random.pick(['', '', '-']) + letters[Number(digits) % 23];
  },
  it_fiscal_code(random) {
    const consonants = 'BCDFGLMNPRSTV';
    const body =
      random.text(consonants, 6) +
      pad(random.int(0, 99)) +
      random.pick([...'ABCDEHLMPRST']) +
      pad(random.int(1, 28) + random.pick([0, 40])) +
      random.pick([...'ABCDEFGHL']) +
      pad(random.int(1, 999), 3);
    return body + fiscalCheck(body);
  },
  nl_bsn(random) {
    for (;;) {
      const eight = random.digits(8);
      const sum = [...eight].reduce((total, digit, index) => total + Number(digit) * (9 - index), 0) % 11;
      if (sum < 10 && Number(eight) > 1_000_000) return eight + sum;
    }
  },
  pl_pesel(random) {
    const year = random.int(1930, 2015);
    const body = `${pad(year % 100)}${pad(random.int(1, 12) + (year > 1999 ? 20 : 0))}${pad(random.int(1, 28))}${random.digits(4)}`;
    const weights = '1379137913';
    const sum = [...body].reduce((total, digit, index) => total + ((Number(digit) * Number(weights[index])) % 10), 0);
    return body + String((10 - (sum % 10)) % 10);
  },
  se_personal_number(random) {
    const nine = `${pad(random.int(20, 99))}${pad(random.int(1, 12))}${pad(random.int(1, 28))}${random.digits(3)}`;
    const ten = withLuhn(nine);
    return `${random.chance(0.5) ? '19' : ''}${ten.slice(0, 6)}-${ten.slice(6)}`;
  },
  br_cpf(random) {
    const nine = random.digits(9);
    const first = mod11(nine);
    const all = `${nine}${first}${mod11(nine + first)}`;
    return random.chance(0.7) ? all.replace(/^(...)(...)(...)(..)$/, '$1.$2.$3-$4') : all;
  },
  br_cnpj(random) {
    const isLettered = random.chance(0.2);
    const twelve = isLettered
      ? `${random.digits(2)}${random.text(UPPER, 3)}${random.digits(3)}${random.text(UPPER, 2)}${random.digits(2)}`
      : `${random.digits(8)}000${random.int(1, 9)}`;
    const first = mod11(twelve, 9);
    const all = `${twelve}${first}${mod11(twelve + first, 9)}`;
    return isLettered || random.chance(0.7) ? all.replace(/^(..)(...)(...)(....)(..)$/, '$1.$2.$3/$4-$5') : all;
  },
  uk_nino(random) {
    for (;;) {
      const prefix = random.text('ABCEGHJKLMNPRSTWXYZ', 2);
      if (['BG', 'GB', 'NK', 'KN', 'TN', 'NT', 'ZZ'].includes(prefix)) continue;
      const parts = [prefix, random.digits(2), random.digits(2), random.digits(2), random.pick([...'ABCD'])];
      return parts.join(random.pick(['', '', ' ']));
    }
  },
};

function shuffled<T>(values: readonly T[], random: Random): T[] {
  return values
    .map((value) => ({ value, order: random.next() }))
    .sort((a, b) => a.order - b.order)
    .map(({ value }) => value);
}

/** ISO/IEC 7064, MOD 11,10, as a recurrence on the product. */
function iso7064(body: string): string {
  let product = 10;
  for (const digit of body) {
    const sum = (Number(digit) + product) % 10;
    product = (2 * (sum === 0 ? 10 : sum)) % 11;
  }
  return String(product === 1 ? 0 : 11 - product);
}

/** The check digit of CPF (weights without a limit) and CNPJ (weights from 2 to 9), from the right. */
function mod11(body: string, maxWeight = 20): string {
  const sum = [...body]
    .reverse()
    .reduce((total, char, index) => total + (char.charCodeAt(0) - 48) * (2 + (index % (maxWeight - 1))), 0);
  const rest = sum % 11;
  return String(rest < 2 ? 0 : 11 - rest);
}

/** The control character of a fiscal code, by the tables of the decree of 23 December 1976. */
function fiscalCheck(body: string): string {
  const odd: Readonly<Record<string, number>> = Object.fromEntries([
    ...[...'0123456789'].map((char, index) => [char, [1, 0, 5, 7, 9, 13, 15, 17, 19, 21][index]] as const),
    ...[...UPPER].map(
      (char, index) =>
        [
          char,
          [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23][index],
        ] as const,
    ),
  ]) as Record<string, number>;
  const even = (char: string): number => (/\d/.test(char) ? Number(char) : char.charCodeAt(0) - 65);
  const sum = [...body].reduce((total, char, index) => total + (index % 2 === 0 ? (odd[char] ?? 0) : even(char)), 0);
  return String.fromCharCode(65 + (sum % 26));
}
