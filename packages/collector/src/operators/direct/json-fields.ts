import { encodeValue } from '../../ottl/values/codec.ts';
import { parseJsonValue } from '../parsers/json-object.ts';
import { type FlatRecord, ValueKind } from './flat-record.ts';
import type { KeyTable } from './key-table.ts';
import type { ReadFields } from './read-fields.ts';

const [QUOTE, BACKSLASH, COMMA, COLON, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [34, 92, 44, 58, 123, 125, 91, 93];
const [MINUS, DOT, ZERO, NINE] = [45, 46, 48, 57];
/** Digits that a double has exactly. */
const MAX_DIGITS = 15;

/** Returns the function that reads a JSON object in UTF-8 whose keys are distinct and have no escapes. */
export function jsonFields(keys: KeyTable, parsesIntegers: boolean): ReadFields {
  const reader = new JsonReader(keys, parsesIntegers);
  return (record, start, end) => reader.read(record, start, end);
}

/** Methods read at the position `#at`, move behind what they have read, and return false for what they do not read. */
class JsonReader {
  readonly #keys: KeyTable;
  readonly #parsesIntegers: boolean;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #end = 0;

  constructor(keys: KeyTable, parsesIntegers: boolean) {
    this.#keys = keys;
    this.#parsesIntegers = parsesIntegers;
  }

  read(record: FlatRecord, start: number, end: number): boolean {
    this.#bytes = record.bytes;
    this.#at = start;
    this.#end = end;
    if (!this.#next(OPEN)) return false;
    this.#spaces();
    if (this.#next(CLOSE)) return this.#at === end;
    for (let position = 0; this.#member(record, position); position++) {
      this.#spaces();
      if (this.#next(CLOSE)) return this.#at === end;
      if (!this.#next(COMMA)) return false;
      this.#spaces();
    }
    return false;
  }

  #member(record: FlatRecord, position: number): boolean {
    if (!this.#next(QUOTE)) return false;
    const start = this.#at;
    if (!this.#plainText()) return false;
    const slot = record.add(this.#keys.find(this.#bytes, start, this.#at++, position));
    if (slot < 0) return false;
    this.#spaces();
    if (!this.#next(COLON)) return false;
    this.#spaces();
    return this.#at < this.#end && this.#value(record, slot);
  }

  #value(record: FlatRecord, slot: number): boolean {
    const byte = this.#bytes[this.#at] as number;
    if (byte === QUOTE) return this.#text(record, slot);
    if (byte >= ZERO && byte <= NINE) return this.#number(record, slot);
    if (byte === MINUS) return this.#otherNumber(record, slot, this.#at);
    if (byte === OPEN || byte === OPEN_LIST) return this.#composite(record, slot);
    return this.#literal(record, slot);
  }

  #next(expected: number): boolean {
    if (this.#at >= this.#end || this.#bytes[this.#at] !== expected) return false;
    this.#at++;
    return true;
  }

  #spaces(): void {
    const bytes = this.#bytes;
    while (this.#at < this.#end) {
      const byte = bytes[this.#at] as number;
      if (byte > 32 || (byte !== 32 && byte !== 9 && byte !== 10 && byte !== 13)) return;
      this.#at++;
    }
  }

  /** Moves to the quote that ends a text, and returns false if something else comes before it. */
  #plainText(): boolean {
    const bytes = this.#bytes;
    const end = this.#end;
    let at = this.#at;
    while (at < end && ENDS_TEXT[bytes[at] as number] === 0) at++;
    this.#at = at;
    return at < end && bytes[at] === QUOTE;
  }

  #text(record: FlatRecord, slot: number): boolean {
    const start = ++this.#at;
    if (this.#plainText()) {
      record.setText(slot, start, this.#at++);
      return true;
    }
    return this.#restOfText() && this.#parsed(record, slot, start - 1);
  }

  /** Moves behind the quote that ends a text with escapes. */
  #restOfText(): boolean {
    while (!this.#plainText()) {
      if (this.#at >= this.#end || this.#bytes[this.#at] !== BACKSLASH) return false;
      this.#at += 2;
    }
    this.#at++;
    return true;
  }

  #composite(record: FlatRecord, slot: number): boolean {
    const start = this.#at;
    let depth = 0;
    while (this.#at < this.#end) {
      const byte = this.#bytes[this.#at++];
      if (byte === OPEN || byte === OPEN_LIST) depth++;
      else if (byte === CLOSE || byte === CLOSE_LIST) depth--;
      else if (byte === QUOTE && !this.#restOfText()) return false;
      if (depth === 0) return this.#parsed(record, slot, start);
    }
    return false;
  }

  #literal(record: FlatRecord, slot: number): boolean {
    const bytes = this.#bytes;
    const at = this.#at;
    for (const { letters, encoded } of LITERALS) {
      const end = at + letters.length;
      if (end > this.#end || letters.compare(bytes, at, end) !== 0) continue;
      this.#at = end;
      record.setEncoded(slot, encoded);
      return true;
    }
    return false;
  }

  #number(record: FlatRecord, slot: number): boolean {
    const start = this.#at;
    let value = this.#digits(0);
    const whole = this.#at - start;
    const isWhole = this.#at >= this.#end || this.#bytes[this.#at] !== DOT;
    if (!isWhole) {
      this.#at++;
      value = this.#digits(value);
    }
    const decimals = isWhole ? 0 : this.#at - start - whole - 1;
    const isPlain =
      (isWhole || decimals > 0) &&
      (whole === 1 || this.#bytes[start] !== ZERO) &&
      whole + decimals <= MAX_DIGITS &&
      (this.#at >= this.#end || IN_NUMBER[this.#bytes[this.#at] as number] === 0);
    if (!isPlain) return this.#otherNumber(record, slot, start);
    const kind = isWhole && this.#parsesIntegers ? ValueKind.integer : ValueKind.double;
    // Both are exact, so that the quotient is the nearest double.
    record.setNumber(slot, kind, value / (POWERS[decimals] as number), start, this.#at);
    return true;
  }

  #digits(before: number): number {
    let value = before;
    for (; this.#at < this.#end; this.#at++) {
      const digit = (this.#bytes[this.#at] as number) - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    return value;
  }

  /** Reads a number with a sign, an exponent or many digits. */
  #otherNumber(record: FlatRecord, slot: number, start: number): boolean {
    this.#at = start;
    while (this.#at < this.#end && IN_NUMBER[this.#bytes[this.#at] as number] === 1) this.#at++;
    return this.#parsed(record, slot, start);
  }

  /** Sets the value of the JSON from a position to here. */
  #parsed(record: FlatRecord, slot: number, start: number): boolean {
    try {
      const value = parseJsonValue(this.#bytes.toString('utf8', start, this.#at), this.#parsesIntegers);
      record.setEncoded(slot, encodeValue(value));
      return true;
    } catch (error) {
      if (error instanceof SyntaxError) return false;
      throw error;
    }
  }
}

/** Bytes that end the plain part of a text: quotes, backslashes, and control characters, which JSON does not allow. */
const ENDS_TEXT = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 32 || byte === QUOTE || byte === BACKSLASH ? 1 : 0,
);
const IN_NUMBER = Uint8Array.from({ length: 256 }, (_, byte) => (/[0-9+.eE-]/.test(String.fromCharCode(byte)) ? 1 : 0));
const POWERS = Array.from({ length: MAX_DIGITS + 1 }, (_, exponent) => 10 ** exponent);
const LITERALS = [true, false, undefined].map((value) => ({
  letters: Buffer.from(String(value ?? null)),
  encoded: encodeValue(value),
}));
