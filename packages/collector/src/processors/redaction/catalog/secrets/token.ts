import { CLASS_OF, endOfRun } from '../byte-classes.ts';
import type { TextRange } from '../text-range.ts';
import { TOKEN_FORMATS, type TokenFormat } from './prefixes.ts';

/** Formats by a hash of the first three bytes of their prefixes, so that few are compared. */
const BUCKETS = 1024;
const FORMATS: readonly (readonly TokenFormat[] | undefined)[] = bucketsOf();
const IS_START: Uint8Array = Uint8Array.from(FORMATS, (formats) => (formats === undefined ? 0 : 1));
// JSON web tokens and keys in PEM.
for (const text of ['eyJ', 'BEG']) IS_START[bucketOf(text.charCodeAt(0), text.charCodeAt(1), text.charCodeAt(2))] = 1;

function bucketOf(first: number, second: number, third: number): number {
  return (first * 7 + second * 31 + third * 131) & (BUCKETS - 1);
}

/** Reports whether a vendor's prefix may start at `start`. */
export function maybeToken(bytes: Uint8Array, start: number): boolean {
  return IS_START[bucketOf(bytes[start], bytes[start + 1], bytes[start + 2])] === 1;
}

/** Returns the end of the token with a vendor's prefix that starts at `start`, or -1. */
export function detectToken({ bytes, end }: TextRange, start: number): number {
  if (start + 8 > end) return -1;
  const formats = FORMATS[bucketOf(bytes[start], bytes[start + 1], bytes[start + 2])];
  if (formats === undefined) return -1;
  for (const format of formats) {
    const { prefix, characters, min, max, check } = format;
    if (!isPrefixAt(bytes, start, end, prefix)) continue;
    const from = start + prefix.length;
    let to = endOfRun(bytes, from, end, characters);
    // A dot at the end belongs to a sentence.
    while (to > from && (bytes[to - 1] === 0x2e || bytes[to - 1] === 0x2d)) to--;
    const length = to - from;
    if (length < min || length > max || (to < end && CLASS_OF[bytes[to]] !== 0)) continue;
    const token = latin1(bytes, start, to);
    if (!isVaried(token.slice(prefix.length))) continue;
    if (check === undefined || check(token)) return to;
  }
  return -1;
}

/** Reports whether a text is not a placeholder such as `xxxxxxxx`: at least six different characters. */
export function isVaried(text: string): boolean {
  return new Set(text).size >= 6;
}

/** Returns bytes as a text, one character each. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

function isPrefixAt(bytes: Uint8Array, start: number, end: number, prefix: string): boolean {
  if (start + prefix.length > end) return false;
  for (let i = 0; i < prefix.length; i++) if (bytes[start + i] !== prefix.charCodeAt(i)) return false;
  return true;
}

function bucketsOf(): (TokenFormat[] | undefined)[] {
  const buckets: (TokenFormat[] | undefined)[] = Array.from({ length: BUCKETS }, () => undefined);
  for (const format of TOKEN_FORMATS) {
    const { prefix } = format;
    // The third character of a prefix of two is the first of its contents.
    const thirds =
      prefix.length > 2
        ? [prefix.charCodeAt(2)]
        : [...format.characters.keys()].filter((byte) => format.characters[byte] === 1);
    for (const third of thirds) {
      const bucket = bucketOf(prefix.charCodeAt(0), prefix.charCodeAt(1), third);
      buckets[bucket] ??= [];
      buckets[bucket]?.push(format);
    }
  }
  return buckets;
}
