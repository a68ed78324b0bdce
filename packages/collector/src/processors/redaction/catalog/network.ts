import { CLASS_OF, DIGIT, HEX, hexDigit, LETTER } from './byte-classes.ts';
import { NEAREST_IS_VERSION } from './labels.ts';
import { labelsBefore } from './number-candidate.ts';
import { byteAt, type TextRange } from './text-range.ts';

const COLON = 0x3a;
const DASH = 0x2d;
const DOT = 0x2e;

/** Returns the end of the IPv4 address that starts at `start`, or -1. Versions with four parts are not addresses. */
export function detectIpv4(text: TextRange, start: number): number {
  const end = endOfIpv4(text, start);
  if (end < 0) return -1;
  const next = byteAt(text, end);
  if (CLASS_OF[next] !== 0 || next === 0x5f) return -1;
  const afterNext = CLASS_OF[byteAt(text, end + 1)];
  // A fifth part, or a file such as `app-1.2.3.4.jar`, or a suffix such as `1.2.3.4-rc1`.
  if ((next === DOT && afterNext !== 0) || (next === 0x2b && afterNext !== 0)) return -1;
  if (next === DASH && afterNext !== 0 && !isAddressAt(text, end + 1)) return -1;
  const before = byteAt(text, start - 1);
  if (before === DOT || before === 0x5f) return -1;
  if (before === DASH && CLASS_OF[byteAt(text, start - 2)] !== 0 && !isAfterAddress(text, start - 1)) return -1;
  const isEncodedSlash = before === 0x46 && byteAt(text, start - 2) === 0x32 && byteAt(text, start - 3) === 0x25;
  const slash = before === 0x2f ? start - 1 : isEncodedSlash ? start - 3 : -1;
  if (slash >= 0 && isProduct(text, slash) && next !== COLON) return -1;
  return (labelsBefore(text, start) & NEAREST_IS_VERSION) === 0 ? end : -1;
}

function endOfIpv4(text: TextRange, start: number): number {
  let pos = start;
  for (let part = 0; part < 4; part++) {
    if (part > 0 && byteAt(text, pos++) !== DOT) return -1;
    let value = 0;
    const from = pos;
    while (CLASS_OF[byteAt(text, pos)] === DIGIT && pos - from < 4) value = value * 10 + byteAt(text, pos++) - 0x30;
    const length = pos - from;
    if (length === 0 || value > 255 || (length > 1 && byteAt(text, from) === 0x30)) return -1;
  }
  return pos;
}

/** Reports whether the second address of a range is at `start`. */
function isAddressAt(text: TextRange, start: number): boolean {
  return endOfIpv4(text, start) > 0;
}

function isAfterAddress(text: TextRange, end: number): boolean {
  let from = end;
  while (CLASS_OF[byteAt(text, from - 1)] === DIGIT || byteAt(text, from - 1) === DOT) from--;
  return endOfIpv4(text, from) === end;
}

/** Reports whether a capitalized name ends at `end`, as in `Chrome/120.0.0.0`. */
function isProduct(text: TextRange, end: number): boolean {
  let from = end;
  while (CLASS_OF[byteAt(text, from - 1)] !== 0) from--;
  if (byteAt(text, from - 1) === 0x25) from += 2;
  const first = byteAt(text, from);
  return from < end && first >= 0x41 && first <= 0x5a;
}

/** Returns the end of the IPv6 address that starts at `start`: a group or `::`, or -1. */
export function detectIpv6(text: TextRange, start: number): number {
  let pos = start;
  let groups = 0;
  let digits = 0;
  let hasGap = false;
  while (pos < text.end) {
    if (byteAt(text, pos) === COLON) {
      if (byteAt(text, pos + 1) === COLON) {
        if (hasGap) return -1;
        hasGap = true;
        pos += 2;
        if (hexDigit(byteAt(text, pos)) < 0) break;
      } else if (groups > 0 && hexDigit(byteAt(text, pos + 1)) >= 0) pos++;
      else break;
    }
    const embedded = groups > 0 || hasGap ? endOfIpv4(text, pos) : -1;
    if (embedded > 0 && CLASS_OF[byteAt(text, embedded)] === 0) {
      groups += 2;
      digits += 4;
      pos = embedded;
      break;
    }
    const from = pos;
    while (hexDigit(byteAt(text, pos)) >= 0 && pos - from < 5) {
      if (CLASS_OF[byteAt(text, pos)] === DIGIT) digits++;
      pos++;
    }
    if (pos === from || pos - from > 4) return -1;
    groups++;
    if (byteAt(text, pos) !== COLON) break;
    if (groups === 8) break;
  }
  // A ninth group is something else, such as a fingerprint.
  if (groups === 8 && byteAt(text, pos) === COLON && hexDigit(byteAt(text, pos + 1)) >= 0) return -1;
  const next = byteAt(text, pos);
  if ((CLASS_OF[next] & LETTER) !== 0 || CLASS_OF[next] === DIGIT) return -1;
  const isAddress = hasGap ? groups < 8 && digits > 0 && groups > 0 : groups === 8;
  // `10:20::30` may be anything, but `::` between words of C++ has no digits.
  return isAddress && isStartOfAddress(text, start) ? endOfZone(text, pos) : -1;
}

function isStartOfAddress(text: TextRange, start: number): boolean {
  const before = byteAt(text, start - 1);
  if (before === COLON) return false;
  return CLASS_OF[before] === 0 || byteAt(text, start - 2) === 0x5c || byteAt(text, start - 3) === 0x25;
}

/** Includes a zone: `fe80::1%eth0`. */
function endOfZone(text: TextRange, end: number): number {
  if (byteAt(text, end) !== 0x25 || CLASS_OF[byteAt(text, end + 1)] === 0) return end;
  // `%2F` and other encoded characters are not zones.
  if (hexDigit(byteAt(text, end + 1)) >= 0 && hexDigit(byteAt(text, end + 2)) >= 0) return end;
  let pos = end + 1;
  while (CLASS_OF[byteAt(text, pos)] !== 0) pos++;
  return pos;
}

/** Returns the end of the MAC address that starts at `start`: six pairs with `:` or `-`, or three groups of four with dots. */
export function detectMac(text: TextRange, start: number): number {
  const isDotted = byteAt(text, start + 4) === DOT;
  const size = isDotted ? 4 : 2;
  const count = isDotted ? 3 : 6;
  const separator = byteAt(text, start + size);
  if (separator !== COLON && separator !== DASH && separator !== DOT) return -1;
  let pos = start;
  let letters = 0;
  for (let group = 0; group < count; group++) {
    if (group > 0 && byteAt(text, pos++) !== separator) return -1;
    for (let i = 0; i < size; i++) {
      const type = CLASS_OF[byteAt(text, pos++)];
      if (type === 0 || (type & ~HEX) !== 0) return -1;
      if (type !== DIGIT) letters++;
    }
  }
  const before = byteAt(text, start - 1);
  if (CLASS_OF[byteAt(text, pos)] !== 0 || byteAt(text, pos) === separator || before === separator) return -1;
  // Six pairs of decimal digits with dashes are often dates and times.
  return letters === 0 && separator !== COLON ? -1 : pos;
}

/** Returns the end of the UUID that starts at `start`, or -1. */
export function endOfUuid(text: TextRange, start: number): number {
  let pos = start;
  for (const [index, length] of UUID_GROUPS.entries()) {
    if (index > 0 && byteAt(text, pos++) !== DASH) return -1;
    for (let i = 0; i < length; i++) if (hexDigit(byteAt(text, pos++)) < 0) return -1;
  }
  return CLASS_OF[byteAt(text, pos)] === 0 ? pos : -1;
}

const UUID_GROUPS = [8, 4, 4, 4, 12];
