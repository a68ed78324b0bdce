import { CLASS_OF, DIGIT, HEX, hexDigit, membersOf, UPPER, UPPER_HEX } from './byte-classes.ts';
import { detectEmail } from './email.ts';
import { endOfEscape, isEscaped, isEscapedAt } from './escapes.ts';
import { ContextLabels } from './labels.ts';
import type { CatalogName } from './names.ts';
import { detectIpv4, detectIpv6, detectMac, endOfUuid } from './network.ts';
import { NumberCandidate, type NumberDetector } from './number-candidate.ts';
import { detectCard } from './numbers/card.ts';
import { detectIban } from './numbers/iban.ts';
import {
  detectBsn,
  detectCnpj,
  detectCpf,
  detectNir,
  detectPersonalNumber,
  detectPesel,
  detectSsn,
  detectTaxId,
} from './numbers/identity.ts';
import { detectCorsicanNir, detectDni, detectFiscalCode, detectLetteredCnpj, detectNino } from './numbers/lettered.ts';
import { detectPhone, isPhoneShape } from './numbers/phone.ts';
import {
  detectCredential,
  detectQuoted,
  detectSecretValue,
  detectUrlPassword,
  maybeName,
  nameBefore,
  type SecretName,
} from './secrets/credentials.ts';
import { detectJwt } from './secrets/jwt.ts';
import { detectPrivateKey } from './secrets/private-key.ts';
import { detectToken, maybeToken } from './secrets/token.ts';
import { SqlColumns } from './sql-columns.ts';
import { byteAt, type TextRange } from './text-range.ts';
import { endOfTime, isDigits } from './times.ts';

const AT = 0x40;
const COLON = 0x3a;
const DASH = 0x2d;
const DOT = 0x2e;

const NUMBERS: readonly (readonly [CatalogName, NumberDetector])[] = [
  ['card', detectCard],
  ['us_ssn', detectSsn],
  ['br_cpf', detectCpf],
  ['br_cnpj', detectCnpj],
  ['fr_nir', detectNir],
  ['se_personal_number', detectPersonalNumber],
  ['pl_pesel', detectPesel],
  ['nl_bsn', detectBsn],
  ['de_tax_id', detectTaxId],
];

/**
 * Finds sensitive values in UTF-8. One pass over the bytes classifies runs of ASCII letters and digits; detectors examine only runs that can be
 * or introduce such a value: with digits, before a colon, with the first bytes of a token, or with the last of a name such as `password`.
 */
export class Scanner implements TextRange {
  bytes: Uint8Array = new Uint8Array();
  start = 0;
  end = 0;
  keyLabels = 0;
  readonly labels: ContextLabels = new ContextLabels();
  readonly columns: SqlColumns = new SqlColumns();
  /** The findings in the order of their positions, which do not overlap: numbers of names, starts and ends. */
  readonly names: CatalogName[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly #enabled: ReadonlySet<CatalogName>;
  readonly #numbers: readonly (readonly [CatalogName, NumberDetector])[];
  readonly #candidate = new NumberCandidate();
  readonly #hasEmail: boolean;
  readonly #hasPhone: boolean;
  readonly #hasTokens: boolean;
  readonly #hasCredentials: boolean;
  readonly #hasColons: boolean;
  readonly #hasDni: boolean;
  #count = 0;

  constructor(enabled: ReadonlySet<CatalogName>) {
    this.#enabled = enabled;
    this.#numbers = NUMBERS.filter(([name]) => enabled.has(name));
    this.#hasEmail = enabled.has('email');
    this.#hasPhone = enabled.has('phone');
    this.#hasTokens = enabled.has('token') || enabled.has('jwt') || enabled.has('private_key');
    this.#hasCredentials = enabled.has('credentials');
    this.#hasDni = enabled.has('es_dni');
    this.#hasColons = enabled.has('ipv6') || enabled.has('mac');
  }

  /**
   * Searches `[start, end)`, the value of a key with these labels, and returns the number of findings, which the next
   * search overwrites.
   */
  scan(bytes: Uint8Array, start: number, end: number, keyLabels = 0, keyName?: SecretName): number {
    this.#scan(bytes, start, end, keyLabels);
    if (this.#count === 0 && keyName !== undefined && this.#hasCredentials) {
      const value = detectSecretValue(this, keyName);
      if (value !== undefined) this.#found('credentials', value.start, value.end);
    }
    return this.#count;
  }

  #scan(bytes: Uint8Array, start: number, end: number, keyLabels: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.keyLabels = keyLabels;
    this.#count = 0;
    this.columns.reset(bytes, start, end);
    const isInsert = this.columns.isInsert && this.#hasCredentials;
    let pos = start;
    while (pos < end) {
      const type = CLASS_OF[bytes[pos]];
      if (type === 0) {
        const byte = bytes[pos];
        if (byte === 0x27 && isInsert) pos = this.#column(pos);
        else if (byte === AT) pos = this.#at(pos, pos + 1);
        else if (byte === COLON && this.#hasColons && byteAt(this, pos + 1) === COLON) pos = this.#gap(pos);
        else pos++;
        continue;
      }
      const from = pos;
      let types: number = type;
      pos++;
      while (pos < end) {
        const next = CLASS_OF[bytes[pos]];
        if (next === 0) break;
        types |= next;
        pos++;
      }
      if (
        (types & DIGIT) !== 0 ||
        (this.#hasTokens && maybeToken(bytes, from)) ||
        (this.#hasCredentials &&
          pos - from > 2 &&
          pos < end &&
          IS_AFTER_NAME[bytes[pos]] === 1 &&
          maybeName(bytes, pos)) ||
        (this.#hasColons && (types & ~HEX) === 0) ||
        (pos - from === 2 && CLASS_OF[bytes[pos + 1]] === DIGIT) ||
        isEscaped(bytes, from, start)
      ) {
        pos = this.#run(from, pos, types);
      }
    }
  }

  /** Examines the run `[from, to)` and returns where to continue. */
  #run(from: number, to: number, types: number): number {
    const start = isEscaped(this.bytes, from, this.start) ? this.#unescaped(from, to) : from;
    if (start < 0) return -start;
    if (start >= to) return to;
    const all = start === from ? types : this.#typesOf(start, to);
    if ((all & DIGIT) !== 0) {
      const end = this.#digits(start, to, all);
      if (end > 0) return end;
    } else if (this.#hasColons && (all & ~HEX) === 0 && this.#colons(start, to)) return this.ends[this.#count - 1];
    if (to - start === 2 && this.#enabled.has('uk_nino')) {
      const end = detectNino(this, start);
      if (end > 0) return this.#found('uk_nino', start, end);
    }
    if (this.#hasTokens && maybeToken(this.bytes, start)) {
      const end = this.#token(start);
      if (end > 0) return end;
    }
    return this.#hasCredentials && to - start > 2 ? this.#credential(to) : to;
  }

  /**
   * Returns where the run starts after an escape such as `\n` or `%20`, which its first letters belong to. If the escape is that of `@`, examines the
   * e-mail address and returns the negative offset of where to continue.
   */
  #unescaped(from: number, to: number): number {
    const end = endOfEscape(this, from, to);
    if (isEscapedAt(this, from, end) && this.#hasEmail) {
      const next = this.#at(from - 1, end);
      if (next > end) return -next;
    }
    return end;
  }

  #typesOf(start: number, end: number): number {
    let types = 0;
    for (let pos = start; pos < end; pos++) types |= CLASS_OF[this.bytes[pos]];
    return types;
  }

  /** Examines a run with digits. Returns where to continue, or 0 if nothing was found. */
  #digits(start: number, to: number, types: number): number {
    const length = to - start;
    if (length === 8 && (types & ~HEX) === 0 && byteAt(this, to) === DASH) {
      const end = endOfUuid(this, start);
      if (end > 0) return this.#enabled.has('uuid') ? this.#found('uuid', start, end) : end;
    }
    if (this.#hasColons && (types & ~HEX) === 0 && length <= 4 && this.#colons(start, to)) {
      return this.ends[this.#count - 1];
    }
    return types === DIGIT ? this.#number(start, to) : this.#lettered(start, length, types);
  }

  /** Examines a run of digits. */
  #number(start: number, to: number): number {
    const length = to - start;
    const next = byteAt(this, to);
    if (length === 4 && next === DASH) {
      const end = endOfTime(this, start);
      if (end > 0) return end;
    }
    if (next === DOT && length <= 3 && this.#enabled.has('ipv4')) {
      const end = detectIpv4(this, start);
      if (end > 0) return this.#found('ipv4', start, end);
    }
    const isAlone = next !== 0x20 && next !== DASH && next !== DOT && next !== 0x2f && next !== 0x25 && next < 0x80;
    if (length >= 7 || !isAlone || next === 0x2b || next === 0x5c || next === 0x29) {
      const end = this.#groups(start, to);
      if (end > 0) return end;
    }
    if (length === 8 || (next === DOT && byteAt(this, start + 6) === DOT)) {
      const end = this.#hasDni ? detectDni(this, start) : -1;
      if (end > 0) return this.#found('es_dni', start, end);
      if (length === 2 && byteAt(this, start + 10) === 0x2f && this.#enabled.has('br_cnpj')) {
        const cnpj = detectLetteredCnpj(this, start);
        if (cnpj > 0) return this.#found('br_cnpj', start, cnpj);
      }
    }
    return 0;
  }

  /** Examines groups of digits, and telephone numbers, which may start before the first digit. */
  #groups(start: number, to: number): number {
    const phoneStart = this.#phoneStart(start);
    // Only a NIR and North American telephone numbers start with a single digit.
    if (to - start === 1 && phoneStart === start && !isDigits(this, to + 1, 2)) return 0;
    if (this.#hasPhone && phoneStart < start && byteAt(this, phoneStart) !== 0x28) {
      const end = detectPhone(this, phoneStart);
      if (end > 0) return this.#found('phone', phoneStart, end);
    }
    const candidate = this.#candidate;
    candidate.read(this, start);
    const { digitCount } = candidate.groups;
    if (digitCount >= 8) {
      for (const [name, detect] of this.#numbers) {
        const count = detect(candidate);
        if (count > 0) return this.#found(name, start, candidate.groups.ends[count - 1]);
      }
    }
    if (this.#enabled.has('fr_nir') && to - start <= 6 && this.bytes[start] < 0x39) {
      const end = detectCorsicanNir(this, start);
      if (end > 0) return this.#found('fr_nir', start, end);
    }
    if (!this.#hasPhone || (digitCount < 7 && phoneStart === start)) return 0;
    const end = phoneStart === start && !isPhoneShape(candidate) ? -1 : detectPhone(this, phoneStart);
    return end > 0 ? this.#found('phone', phoneStart, end) : 0;
  }

  /** Returns the offset of the plus sign or parenthesis before the first digit, or of the digit. */
  #phoneStart(start: number): number {
    const before = byteAt(this, start - 1);
    if (before === 0x2b || before === 0x28) return start - 1;
    const isEncodedPlus = byteAt(this, start - 3) === 0x25 && before === 0x42 && byteAt(this, start - 2) === 0x32;
    return isEncodedPlus ? start - 3 : start;
  }

  /** Examines a run of letters and digits. */
  #lettered(start: number, length: number, types: number): number {
    const isAfterLetters = CLASS_OF[this.bytes[start]] !== DIGIT;
    if (isAfterLetters && length >= 4 && CLASS_OF[this.bytes[start + 2]] === DIGIT && this.#enabled.has('iban')) {
      const end = detectIban(this, start);
      if (end > 0) return this.#found('iban', start, end);
    }
    if (length === 16 && this.#enabled.has('it_fiscal_code')) {
      const end = detectFiscalCode(this, start);
      if (end > 0) return this.#found('it_fiscal_code', start, end);
    }
    const isDni = length === 9 || (length === 8 && isAfterLetters) || (length === 1 && isAfterLetters);
    if (isDni && this.#hasDni) {
      const end = detectDni(this, start);
      if (end > 0) return this.#found('es_dni', start, end);
    }
    if ((types & (UPPER | UPPER_HEX)) === 0) return 0;
    if (isAfterLetters && length <= 9 && this.#enabled.has('uk_nino')) {
      const end = detectNino(this, start);
      if (end > 0) return this.#found('uk_nino', start, end);
    }
    if (this.#enabled.has('fr_nir') && (length === 15 || length === 7)) {
      const end = detectCorsicanNir(this, start);
      if (end > 0) return this.#found('fr_nir', start, end);
    }
    if (length === 2 && byteAt(this, start + 10) === 0x2f && this.#enabled.has('br_cnpj')) {
      const end = detectLetteredCnpj(this, start);
      if (end > 0) return this.#found('br_cnpj', start, end);
    }
    return 0;
  }

  /** Examines a MAC or IPv6 address. Reports whether there is one. */
  #colons(start: number, to: number): boolean {
    const next = byteAt(this, to);
    if (next !== COLON && next !== DASH && next !== DOT) return false;
    if (this.#enabled.has('mac') && (to - start === 2 || (to - start === 4 && next === DOT))) {
      const end = detectMac(this, start);
      if (end > 0) return this.#found('mac', start, end) > 0;
    }
    if (next !== COLON || to - start > 4 || !this.#enabled.has('ipv6')) return false;
    const end = detectIpv6(this, start);
    return end > 0 && this.#found('ipv6', start, end) > 0;
  }

  /** Examines an IPv6 address that starts with `::`. */
  #gap(pos: number): number {
    const isStart =
      hexDigit(byteAt(this, pos + 2)) >= 0 && this.#enabled.has('ipv6') && CLASS_OF[byteAt(this, pos - 1)] === 0;
    const end = isStart ? detectIpv6(this, pos) : -1;
    return end > 0 ? this.#found('ipv6', pos, end) : pos + 2;
  }

  /** Examines a run with the first bytes of a token. Returns where to continue, or 0. */
  #token(start: number): number {
    const { bytes } = this;
    if (bytes[start] === 0x65 && bytes[start + 1] === 0x79 && this.#enabled.has('jwt')) {
      const end = detectJwt(this, start);
      if (end > 0) return this.#found('jwt', start, end);
    }
    if (bytes[start] === 0x42 && bytes[start + 1] === 0x45 && this.#enabled.has('private_key')) {
      const key = detectPrivateKey(this, start);
      if (key !== undefined) return this.#found('private_key', key.start, key.end);
    }
    if (!this.#enabled.has('token')) return 0;
    const end = detectToken(this, start);
    return end > 0 ? this.#found('token', start, end) : 0;
  }

  /** Examines the value after the name that ends at `to`. Returns where to continue. */
  #credential(to: number): number {
    if (IS_AFTER_NAME[byteAt(this, to)] === 0 || !maybeName(this.bytes, to)) return to;
    const value = detectCredential(this, to);
    if (value === undefined) return to;
    // A token or a JSON web token is found as such.
    if (this.#hasTokens && maybeToken(this.bytes, value.start) && this.#token(value.start) > 0) {
      if (this.ends[this.#count - 1] >= value.end) return this.ends[this.#count - 1];
      this.#count--;
    }
    return this.#found('credentials', value.start, value.end);
  }

  /** Examines the text that the quotation mark at `pos` opens, the value of a column such as `password`. */
  #column(pos: number): number {
    const column = this.columns.opensAt(pos) ? this.columns.columnAt(pos) : undefined;
    const kind = column === undefined ? undefined : nameBefore({ bytes: this.bytes, start: column.start }, column.end);
    const value = kind === undefined ? undefined : detectQuoted(this, pos, kind);
    if (value === undefined) return pos + 1;
    if (this.#hasTokens && maybeToken(this.bytes, value.start) && this.#token(value.start) > 0)
      return this.ends[this.#count - 1];
    return this.#found('credentials', value.start, value.end);
  }

  /** Examines what is around an `@` at `[at, afterAt)`. Returns where to continue. */
  #at(at: number, afterAt: number): number {
    if (this.#hasCredentials) {
      const password = detectUrlPassword(this, at);
      if (password !== undefined) {
        this.#dropFrom(password.start);
        return Math.max(this.#found('credentials', password.start, password.end), afterAt);
      }
    }
    if (!this.#hasEmail) return afterAt;
    const email = detectEmail(this, at, afterAt);
    if (email === undefined) return afterAt;
    const last = this.#count - 1;
    // A password that contains an `@` is longer.
    if (last >= 0 && this.ends[last] > at) return afterAt;
    this.#dropFrom(email.start);
    return this.#found('email', email.start, email.end);
  }

  /** Drops the findings that end after `start`: parts of a longer one. */
  #dropFrom(start: number): void {
    while (this.#count > 0 && this.ends[this.#count - 1] > start) this.#count--;
  }

  #found(name: CatalogName, start: number, end: number): number {
    this.names[this.#count] = name;
    this.starts[this.#count] = start;
    this.ends[this.#count] = end;
    this.#count++;
    return end;
  }
}

/** What may follow a name such as `password`: a quotation mark, a space, a separator, a bracket or an escape. */
const IS_AFTER_NAME = membersOf(/["'`\s=:%\]\\]/);
