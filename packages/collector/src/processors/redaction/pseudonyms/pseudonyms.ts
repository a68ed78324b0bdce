import { createHmac, hkdfSync } from 'node:crypto';
import type { CatalogName } from '../catalog/names.ts';
import { encryptFf1, minLength } from './ff1.ts';

/** Maximum number of pseudonyms that are remembered, because values repeat. */
const MAX_REMEMBERED = 4096;
/** Longest value whose format is kept. FF1 takes time in the square of the length. */
const MAX_FORMATTED = 256;
const MAX_REMEMBERED_LENGTH = 128;

const ALPHABETS = ['0123456789', 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'] as const;

/**
 * Replaces values by pseudonyms under a key: the same value of the same kind gets the same pseudonym within a tenant, and
 * another one in each other tenant. Without the key, values cannot be guessed from their pseudonyms.
 */
export class Pseudonyms {
  readonly #secret: string;
  readonly #tenant: string;
  readonly #keys = new Map<string, Buffer>();
  readonly #remembered = new Map<string, string>();

  constructor(secret: string, tenant: string) {
    this.#secret = secret;
    this.#tenant = tenant;
  }

  /** Returns a pseudonym such as `email_7f83b1657ff1fc53b92dc18148a1d65d`, for 128 bits of HMAC-SHA-256. */
  pseudonym(kind: CatalogName | 'value', value: string): string {
    return this.#remember('hash', kind, value, () => {
      const hash = createHmac('sha256', this.#key('hash', kind)).update(normalized(kind, value)).digest('hex');
      return `${kind}_${hash.slice(0, 32)}`;
    });
  }

  /**
   * Returns a pseudonym of the same format: digits are replaced by digits and letters by letters of the same case, by FF1
   * over all digits, all lowercase and all capital letters. Fewer than FF1 allows are replaced by characters derived
   * from HMAC-SHA-256, so that these cannot be reversed. Everything else remains; letters beyond ASCII become `x`.
   */
  keepFormat(kind: CatalogName | 'value', value: string): string {
    if (value.length > MAX_FORMATTED) return this.pseudonym(kind, value);
    return this.#remember('format', kind, value, () => this.#formatted(kind, value));
  }

  #formatted(kind: string, value: string): string {
    const out = [...value].map((char) => (char > '\u007f' ? 'x' : char));
    for (const alphabet of ALPHABETS) {
      const places = out.flatMap((char, index) => (alphabet.includes(char) ? [index] : []));
      const numerals = places.map((index) => alphabet.indexOf(out[index] as string));
      const replaced = this.#numerals(kind, alphabet.length, numerals);
      for (const [i, index] of places.entries()) out[index] = alphabet[replaced[i] as number] as string;
    }
    return out.join('');
  }

  #numerals(kind: string, radix: number, numerals: readonly number[]): readonly number[] {
    const key = this.#key('format', kind);
    const tweak = Buffer.from(`${kind}/${radix}`);
    if (numerals.length >= minLength(radix)) return encryptFf1(key, tweak, radix, numerals);
    const stream = createHmac('sha256', key).update(tweak).update(Buffer.from(numerals)).digest();
    return numerals.map((_, index) => stream.readUInt16BE(index * 2) % radix);
  }

  #key(use: 'hash' | 'format', kind: string): Buffer {
    const info = `otelier redaction ${use} 1\0${this.#tenant}\0${kind}`;
    let key = this.#keys.get(info);
    if (key === undefined) {
      key = Buffer.from(hkdfSync('sha256', this.#secret, '', info, 32));
      this.#keys.set(info, key);
    }
    return key;
  }

  #remember(use: string, kind: string, value: string, make: () => string): string {
    if (value.length > MAX_REMEMBERED_LENGTH) return make();
    const key = `${use}\0${kind}\0${value}`;
    const known = this.#remembered.get(key);
    if (known !== undefined) return known;
    const made = make();
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(key, made);
    return made;
  }
}

/** Kinds whose values are the same in capital and lowercase letters. */
const IGNORES_CASE = new Set<string>(['email', 'iban', 'es_dni', 'it_fiscal_code', 'uk_nino', 'ipv6', 'mac', 'uuid']);
/** Kinds whose values are written with and without separators. */
const IGNORES_SEPARATORS =
  /^(?:card|iban|phone|us_ssn|de_tax_id|fr_nir|es_dni|nl_bsn|pl_pesel|se_personal_number|br_cpf|br_cnpj|uk_nino|mac)$/;

/** Returns the form of a value that all its spellings have in common. */
function normalized(kind: string, value: string): string {
  const plain = value.replace(/%(?:20|2[bdef]|40|c2%a0)/gi, decodeURIComponent).replaceAll('\\u0040', '@');
  const joined = IGNORES_SEPARATORS.test(kind) ? plain.replace(/[^0-9A-Za-z]/g, '') : plain;
  return IGNORES_CASE.has(kind) ? joined.toLowerCase() : joined;
}
