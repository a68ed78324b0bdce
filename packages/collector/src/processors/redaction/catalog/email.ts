import { CLASS_OF, DIGIT, hexDigit, membersOf } from './byte-classes.ts';
import { byteAt, type TextRange } from './text-range.ts';

const LOCAL = membersOf(/[A-Za-z0-9._+'\-=~!#$&*/?^`{|}]/);
/** Characters that are allowed in a local part, but usually end what stands before it: `to=user@example.com`. */
const RARE = membersOf(/[=!#$&*/?^`{|}~']/);
const MAX_LOCAL = 64;
const MAX_DOMAIN = 253;
/** Endings of files, which follow an `@` in names such as `icon@2x.png`. */
const FILES = new Set(
  'png jpg jpeg gif svg webp css js mjs ts tsx jsx json html htm xml yaml yml map txt woff ttf'.split(' '),
);

/** An e-mail address that was found. */
export interface EmailRange {
  start: number;
  end: number;
}

/**
 * Finds the e-mail address around `@`, at `[at, afterAt)`, also if it is encoded. Returns `undefined` if there is none.
 * `git@host:path` and `https://user@host` are not e-mail addresses.
 */
export function detectEmail(text: TextRange, at: number, afterAt: number): EmailRange | undefined {
  const start = startOfLocal(text, at);
  const end = endOfDomain(text, afterAt);
  if (start < 0 || end < 0) return undefined;
  if (isAfterScheme(text, start)) return undefined;
  const next = byteAt(text, end);
  // `git@host:path`, but not `user@host:25`, nor a time or a sentence after the colon.
  const afterColon = next === 0x3a ? end + 1 : encodedByte(text, end) === 0x3a ? end + 3 : -1;
  const isPath = afterColon > 0 && (CLASS_OF[byteAt(text, afterColon)] & ~DIGIT) !== 0;
  return isPath && isGitUser(text, start, at) ? undefined : { start, end };
}

function startOfLocal(text: TextRange, at: number): number {
  const { bytes } = text;
  let pos = at;
  const min = Math.max(text.start, at - MAX_LOCAL * 2);
  while (pos > min) {
    const byte = bytes[pos - 1];
    const encoded = pos - 3 >= min && bytes[pos - 3] === 0x25 ? encodedByte(text, pos - 3) : -1;
    if (pos - 6 >= min && isEscapedLetter(text, pos - 6)) pos -= 6;
    else if (encoded >= 0) {
      if (encoded < 0x80 && (LOCAL[encoded] === 0 || RARE[encoded] === 1)) break;
      pos -= 3;
    } else if ((LOCAL[byte] === 0 && !isPartOfLetter(byte)) || RARE[byte] === 1) break;
    else pos--;
  }
  pos = skipEscape(text, pos, at);
  while (pos < at && !isFirst(bytes[pos]) && !isEscapedLetter(text, pos) && encodedByte(text, pos) < 0x80) pos++;
  return pos < at && bytes[at - 1] !== 0x2e ? pos : -1;
}

/** Reports whether a letter beyond ASCII is at `pos`, as JSON escapes it: `\u00fc`. */
function isEscapedLetter(text: TextRange, pos: number): boolean {
  if (byteAt(text, pos) !== 0x5c || byteAt(text, pos + 1) !== 0x75 || byteAt(text, pos + 2) !== 0x30) return false;
  const high = hexDigit(byteAt(text, pos + 3)) * 16 + hexDigit(byteAt(text, pos + 4));
  return high >= 0x0c && high < 0x53 && hexDigit(byteAt(text, pos + 5)) >= 0;
}

/** Returns the byte that `%` and two digits at `pos` stand for, or -1. */
function encodedByte(text: TextRange, pos: number): number {
  if (byteAt(text, pos) !== 0x25) return -1;
  const high = hexDigit(byteAt(text, pos + 1));
  const low = hexDigit(byteAt(text, pos + 2));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/** A letter, a digit, an underscore, or a letter of several bytes starts a local part. */
function isFirst(byte: number): boolean {
  return CLASS_OF[byte] !== 0 || byte === 0x5f || (byte >= 0xc3 && byte <= 0xd4);
}

/** Bytes of Latin, Greek and Cyrillic letters. */
function isPartOfLetter(byte: number): boolean {
  return byte >= 0x80 && byte < 0xc0 ? true : byte >= 0xc3 && byte <= 0xd4;
}

/** Skips the characters of an escape before the local part: `\n`, `\u003c`. */
function skipEscape(text: TextRange, start: number, at: number): number {
  const before = byteAt(text, start - 1);
  return before === 0x5c && start < at ? start + (byteAt(text, start) === 0x75 ? 5 : 1) : start;
}

function endOfDomain(text: TextRange, start: number): number {
  const limit = Math.min(text.end, start + MAX_DOMAIN);
  let pos = start;
  let labelStart = start;
  let end = -1;
  while (pos <= limit) {
    const byte = byteAt(text, pos);
    if (isOfDomain(byte)) {
      pos++;
      continue;
    }
    if (encodedByte(text, pos) >= 0x80) {
      pos += 3;
      continue;
    }
    if (isEscapedLetter(text, pos)) {
      pos += 6;
      continue;
    }
    if (pos === labelStart) break;
    if (labelStart > start && isTop(text, labelStart, pos)) end = pos;
    else if (byte !== 0x2e) end = -1;
    if (byte !== 0x2e) break;
    pos++;
    labelStart = pos;
  }
  return end;
}

/** Letters, digits, dashes, and letters of several bytes. */
function isOfDomain(byte: number): boolean {
  return CLASS_OF[byte] !== 0 || byte === 0x2d || byte >= 0x80;
}

/** Reports whether a label can be a top-level domain: letters, or an encoded one. */
function isTop(text: TextRange, start: number, end: number): boolean {
  if (end - start < 2 || end - start > 24) return false;
  const label = Buffer.from(text.bytes.buffer, text.bytes.byteOffset + start, end - start)
    .toString('latin1')
    .toLowerCase();
  if (label.startsWith('xn--')) return true;
  return /^[a-z\x80-\xff]+$/.test(label) && !FILES.has(label);
}

function isAfterScheme(text: TextRange, start: number): boolean {
  return byteAt(text, start - 1) === 0x2f && byteAt(text, start - 2) === 0x2f && byteAt(text, start - 3) === 0x3a;
}

/** Users of hosts of repositories: `git`, and `org-123` of GitHub. */
function isGitUser(text: TextRange, start: number, at: number): boolean {
  const local = Buffer.from(text.bytes.buffer, text.bytes.byteOffset + start, at - start).toString('latin1');
  return local === 'git' || /^org-\d+$/.test(local);
}
