import type { Condition } from '../contract.ts';
import { jsonText, NotScannableError, type NumberTest, type ValueTests } from './value-tests.ts';

/** The field of a condition that holds if any of an item's texts contains the value. No field of a query has this name. */
export const ANY_TEXT = '*';

/** Reports whether a text can be searched for without the engine, which lowercases other characters in its own way. */
export function isScannableText(text: string): boolean {
  return /^[\x20-\x7e]+$/.test(text);
}

/** Returns a condition that holds for items with a text that contains another in any case. */
export function anyText(text: string): Condition {
  return { field: ANY_TEXT, op: '=', value: text };
}

/** Returns the tests of a search for a text. */
export function containsTests(wanted: string): ValueTests {
  const lower = Buffer.from(wanted.toLowerCase());
  const text = containsTest(lower);
  const ofText = (other: string): boolean => {
    const bytes = Buffer.from(other);
    return text(bytes, 0, bytes.length);
  };
  // Most texts cannot be part of a number, so that numbers are not formatted.
  const number: NumberTest = NUMERIC.test(lower.toString())
    ? { kind: 'text', test: ofText }
    : { kind: 'number', test: () => false };
  return {
    text,
    integer: number,
    double: number,
    boolean: (value) => ofText(String(value)),
    json: (encoded) => ofText(jsonText(encoded)),
    numbers: undefined,
  };
}

/** Matches what may be part of a number, also of NaN and Infinity, in lowercase. */
const NUMERIC = /^[-+.e\d]+$|^[-infty]+$|^[na]+$/;

/** Returns a test for a text in lowercase ASCII. */
function containsTest(wanted: Buffer): ValueTests['text'] {
  const first = wanted[0] ?? 0;
  const upper = first >= 0x61 && first <= 0x7a ? first - 0x20 : first;
  return (bytes, from, to) => {
    const last = to - wanted.length;
    for (let at = from; at < to; at++) {
      const byte = bytes[at] ?? 0;
      if (byte > 0x7f) checkLetter(bytes, at);
      else if ((byte === first || byte === upper) && at <= last && matchesAt(bytes, at, wanted)) return true;
    }
    return false;
  };
}

function matchesAt(bytes: Uint8Array, at: number, wanted: Buffer): boolean {
  for (let i = 1; i < wanted.length; i++) {
    const byte = bytes[at + i] ?? 0;
    if ((byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte) !== wanted[i]) return false;
  }
  return true;
}

/** Throws at a letter whose lowercase form is in ASCII: the Kelvin sign, and I with a dot. */
function checkLetter(bytes: Uint8Array, at: number): void {
  const isKelvin = bytes[at] === 0xe2 && bytes[at + 1] === 0x84 && bytes[at + 2] === 0xaa;
  const isDotted = bytes[at] === 0xc4 && bytes[at + 1] === 0xb0;
  if (isKelvin || isDotted) throw new NotScannableError('expected letters that the engine lowercases in the same way');
}
