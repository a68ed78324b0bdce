import { CLASS_OF, endOfRun, membersOf } from '../byte-classes.ts';
import { byteAt, type TextRange } from '../text-range.ts';
import { isVaried, latin1 } from './token.ts';

/**
 * How strong the sign is: after `password`, any value is secret; after `token`, only one that can be a secret; after
 * `cookie`, a name and an equals sign come first; after a scheme of `Authorization`, only a space.
 */
export type SecretName = 'password' | 'token' | 'cookie' | 'scheme';

/** Ends of names, in lower case and without `_` and `-`. */
const NAMES: ReadonlyMap<string, SecretName> = new Map([
  ...named('password', 'password passwd passwort pwd passphrase passcode contrasena senha motdepasse userpass dbpass'),
  ...named(
    'token',
    'secret token apikey accesskey secretkey privatekey accountkey sharedaccesskey signingkey encryptionkey masterkey authkey apitoken credential credentials authorization secretaccesskey clientsecret sessiontoken sas sig subscriptionkey',
  ),
  ...named('cookie', 'cookie setcookie'),
  ...named('scheme', 'bearer basic'),
]);

const NAMES_BY_LENGTH = [...NAMES.keys()].sort((a, b) => b.length - a.length);
const MAX_NAME = 24;

/** 1 for the hash of the last three letters of a name. */
const ENDS = endsOf();

function hashOfEnd(a: number, b: number, c: number): number {
  return ((a & 31) + (b & 31) * 32 + (c & 31) * 1024) & 32767;
}

/** Reports whether a name after which a secret stands may end at `end`. */
export function maybeName(bytes: Uint8Array, end: number): boolean {
  return ENDS[hashOfEnd(bytes[end - 3], bytes[end - 2], bytes[end - 1])] === 1;
}

/** A secret value that was found. */
export interface ValueRange {
  readonly start: number;
  readonly end: number;
}

/** Returns the kind of the name that ends at `end`, ignoring case, `_` and `-`. */
export function nameBefore({ bytes, start }: Pick<TextRange, 'bytes' | 'start'>, end: number): SecretName | undefined {
  let name = '';
  for (let pos = end - 1; pos >= start && name.length < MAX_NAME; pos--) {
    const byte = bytes[pos];
    if (byte === 0x5f || byte === 0x2d) continue;
    if (CLASS_OF[byte] === 0) break;
    name = String.fromCharCode(byte | 0x20) + name;
  }
  const found = NAMES_BY_LENGTH.find((candidate) => name.endsWith(candidate));
  // `tokens` are counted and `authorization` has its own rule; `maxtoken` is a number, which no token is.
  return found === undefined ? undefined : NAMES.get(found);
}

/** Finds the secret value after the name that ends at `end`. */
export function detectCredential(text: TextRange, end: number): ValueRange | undefined {
  const kind = nameBefore(text, end);
  if (kind === undefined) return undefined;
  return kind === 'scheme' ? afterScheme(text, end) : afterName(text, end, kind);
}

/** Finds the secret in a value whose key is such a name: all of it. */
export function detectSecretValue(text: TextRange, kind: SecretName): ValueRange | undefined {
  return kind === 'scheme' ? undefined : secretOf(text, text.start, text.end, kind);
}

/** Finds the secret in the text that the quotation mark at `start` opens, in a column with such a name. */
export function detectQuoted(text: TextRange, start: number, kind: SecretName): ValueRange | undefined {
  return kind === 'scheme' ? undefined : quoted(text, start, 1, kind);
}

/** The value of `Bearer abc` or `Basic abc`. */
function afterScheme(text: TextRange, end: number): ValueRange | undefined {
  const start = skipSpaces(text, end);
  if (start === end) return undefined;
  return secretOf(text, start, endOfRun(text.bytes, start, text.end, TOKEN_CHARACTERS), 'scheme');
}

/** The value of `name=value`, `name: value` and `"name": "value"`, also within JSON in a text or a URL. */
function afterName(text: TextRange, end: number, kind: SecretName): ValueRange | undefined {
  let pos = skipQuote(text, end);
  pos = skipSpaces(text, pos);
  const separator = separatorAt(text, pos);
  if (separator === 0) return undefined;
  const afterSeparator = pos + separator;
  pos = skipSpaces(text, afterSeparator);
  const hasSpace = pos > afterSeparator;
  const quote = quoteAt(text, pos);
  if (quote > 0) return quoted(text, pos, quote, kind);
  if (kind === 'cookie') pos = endOfRun(text.bytes, pos, text.end, COOKIE_NAME) + 1;
  const scheme = endOfScheme(text, pos);
  if (scheme > 0) return secretOf(text, scheme, endOfRun(text.bytes, scheme, text.end, TOKEN_CHARACTERS), 'scheme');
  const isUrl = text.bytes[pos - 1] === 0x44;
  let valueEnd = endOfRun(text.bytes, pos, text.end, isUrl ? URL_VALUE : VALUE);
  // A sentence or an escape ends the value, but not a part of it.
  while (valueEnd > pos && (text.bytes[valueEnd - 1] === 0x2e || text.bytes[valueEnd - 1] === 0x5c)) valueEnd--;
  if (hasSpace && text.bytes[afterSeparator - 1] === 0x3a && isProse(text, pos, valueEnd)) return undefined;
  return secretOf(text, pos, valueEnd, kind);
}

function quoted(text: TextRange, start: number, quote: number, kind: SecretName): ValueRange | undefined {
  const { bytes } = text;
  const mark = bytes[start + quote - 1];
  const from = start + quote;
  let to = from;
  while (to < text.end && !(bytes[to] === mark && (quote > 1 ? bytes[to - 1] === 0x5c : !isEscaped(bytes, to, from))))
    to++;
  if (quote > 1 && to > from && to < text.end) to -= quote - 1;
  const scheme = endOfScheme(text, from);
  if (scheme > 0 && scheme < to) return secretOf(text, scheme, to, 'scheme');
  return secretOf(text, from, to, kind);
}

function isEscaped(bytes: Uint8Array, pos: number, from: number): boolean {
  let count = 0;
  while (pos - count > from && bytes[pos - count - 1] === 0x5c) count++;
  return count % 2 === 1;
}

/** Returns the value unless it is a placeholder or cannot be a secret of this kind. */
function secretOf({ bytes }: TextRange, start: number, end: number, kind: SecretName): ValueRange | undefined {
  if (end - start < 3 || end - start > 8192) return undefined;
  const value = latin1(bytes, start, end);
  if (PLACEHOLDER.test(value.replace(/%(?:3[CE]|5[BD]|7[BD]|24|2A)/gi, decodeURIComponent))) return undefined;
  if (/^HTTP\/\d/.test(value) || (kind === 'scheme' && /^\w+=\w/.test(value))) return undefined;
  if (kind === 'password') return { start, end };
  const isLong = value.length >= (kind === 'scheme' ? 8 : 20);
  const isMixed = value.length >= 8 && /\d/.test(value) && /[A-Za-z]/.test(value);
  if (!isMixed && !(isLong && (kind !== 'scheme' || /[A-Z=+/_.-]/.test(value)))) return undefined;
  return isVaried(value) && !/\s/.test(value.trim()) ? { start, end } : undefined;
}

/** Values that hide a secret, or that stand for one: `****`, `<secret>`, `${SECRET}`, `null`. */
const PLACEHOLDER =
  /^(?:[*x.•#X_-]+|\\?[<[{].*[>\]}]?|\$.*|%.*s|\{\{.*|null|nil|none|true|false|undefined|empty|missing|invalid|expired|required|redacted|masked|hidden|filtered|unset|yes|no|(?:\\u2022|\xe2\x80\xa2)+|\*.*\*)$/i;

/** `password: must be at least`: lowercase letters, followed by more text. */
function isProse(text: TextRange, start: number, end: number): boolean {
  for (let pos = start; pos < end; pos++) {
    const byte = text.bytes[pos];
    if ((byte < 0x61 || byte > 0x7a) && byte !== 0x27) return false;
  }
  return end < text.end && text.bytes[end] === 0x20;
}

/** Schemes of the header `Authorization`, followed by a space. */
const SCHEMES = /^(?:bearer|basic|token|apikey|digest|negotiate|splunk|bot|key)(?: |%20|\+)+/i;

function endOfScheme({ bytes, end }: TextRange, start: number): number {
  const match = SCHEMES.exec(latin1(bytes, start, Math.min(end, start + 16)));
  return match === null ? -1 : start + match[0].length;
}

/** Returns the size of `=`, `:`, `=>`, `:=`, `%3D` or `%3A`, or 0. */
function separatorAt(text: TextRange, pos: number): number {
  const byte = byteAt(text, pos);
  if (byte === 0x3d) return byteAt(text, pos + 1) === 0x3e ? 2 : 1;
  if (byte === 0x3a) return byteAt(text, pos + 1) === 0x3d ? 2 : 1;
  if (byte !== 0x25 || byteAt(text, pos + 1) !== 0x33) return 0;
  return (byteAt(text, pos + 2) | 0x20) === 0x64 || (byteAt(text, pos + 2) | 0x20) === 0x61 ? 3 : 0;
}

/** Returns the size of a quotation mark, which may be escaped, or 0. */
function quoteAt(text: TextRange, pos: number): number {
  let size = 0;
  while (byteAt(text, pos + size) === 0x5c) size++;
  const byte = byteAt(text, pos + size);
  return byte === 0x22 || byte === 0x27 || byte === 0x60 ? size + 1 : 0;
}

function skipQuote(text: TextRange, pos: number): number {
  const closing = byteAt(text, pos) === 0x5d ? pos + 1 : pos;
  return closing + quoteAt(text, closing);
}

function skipSpaces(text: TextRange, start: number): number {
  let pos = start;
  while (byteAt(text, pos) === 0x20 || byteAt(text, pos) === 0x09) pos++;
  if (byteAt(text, pos) === 0x25 && byteAt(text, pos + 1) === 0x32 && byteAt(text, pos + 2) === 0x30) pos += 3;
  return pos;
}

/** Everything up to a space, quotation mark, bracket or separator. */
const VALUE = membersOf(/[^\s"'`,;&<>()[\]{}|\\]/);
const URL_VALUE = membersOf(/[A-Za-z0-9_.~+*!-]/);
const COOKIE_NAME = membersOf(/[A-Za-z0-9_.-]/);
const TOKEN_CHARACTERS = membersOf(/[A-Za-z0-9_.~+/=:-]/);
for (let byte = 128; byte < 256; byte++) VALUE[byte] = 1;

/**
 * Finds the password in the user information of a URL, `scheme://user:password@host`, whose `@` is at `at`. Returns
 * `undefined` if there is none.
 */
export function detectUrlPassword(text: TextRange, at: number): ValueRange | undefined {
  const { bytes } = text;
  const min = Math.max(text.start, at - 300);
  let colon = -1;
  let pos = at - 1;
  while (pos >= min) {
    const byte = bytes[pos];
    if (byte === 0x3a) {
      if (byteAt(text, pos + 1) === 0x2f && byteAt(text, pos + 2) === 0x2f) break;
      colon = pos;
    } else if (
      byte <= 0x20 ||
      byte === 0x22 ||
      (byte === 0x2f && byteAt(text, pos - 1) !== 0x2f && byteAt(text, pos - 1) !== 0x3a)
    )
      return undefined;
    pos--;
  }
  if (pos < min || colon < 0 || colon + 1 === at) return undefined;
  return PLACEHOLDER.test(latin1(bytes, colon + 1, at)) ? undefined : { start: colon + 1, end: at };
}

function named(kind: SecretName, names: string): [string, SecretName][] {
  return names.split(' ').map((name) => [name, kind]);
}

function endsOf(): Uint8Array {
  const ends = new Uint8Array(32768);
  for (const name of NAMES.keys()) {
    const [a, b, c] = [...name.slice(-3)].map((char) => char.charCodeAt(0));
    ends[hashOfEnd(a ?? 0, b ?? 0, c ?? 0)] = 1;
  }
  return ends;
}
