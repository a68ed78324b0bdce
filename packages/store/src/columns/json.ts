import { isUtf8 } from 'node:buffer';
import { ByteWriter } from '../parquet/byte-writer.ts';
import { decodeText } from './values/byte-dictionary.ts';
import { forEachField, varint, varint64 } from './wire.ts';

const DIGITS = '0123456789abcdef';
/** Maximum number of keys in a JSON object. */
const MAX_KEYS = 16_384;
/**
 * Size at which the JSON output stops growing, in bytes. Without it, a 20 MB request could become 120 MB of JSON,
 * because a control character takes six bytes. Any string of a million characters fits.
 */
const MAX_BYTES = 6_500_000;
/** Maximum size of strings that are always written in full, in bytes. */
const SHORT_BYTES = 65_536;
const pair = new Uint32Array(2);
const double = new Float64Array(1);
const doubleWords = new Uint32Array(double.buffer);

/**
 * Converts wire bytes to JSON for queries. Sets `exact` to false when the wire bytes cannot be restored from the JSON
 * (bytes, lists, maps, empty values, invalid UTF-8, unknown fields); the caller then retains them too.
 */
export class JsonWriter extends ByteWriter {
  exact = true;

  reset(): void {
    this.clear();
    this.exact = true;
  }

  /** Reports whether the output has reached its size limit. The caller then omits the rest, so the JSON is inexact. */
  isFull(): boolean {
    if (this.length < MAX_BYTES) return false;
    this.exact = false;
    return true;
  }

  ascii(text: string): void {
    this.reserve(text.length);
    for (let i = 0; i < text.length; i++) this.bytes[this.length++] = text.charCodeAt(i);
  }

  /** Writes UTF-8 bytes as a JSON string, truncated to the remaining capacity if it is long. */
  string(source: Uint8Array, from: number, end: number): void {
    const to = end - from <= SHORT_BYTES ? end : fittingEnd(source, from, end, MAX_BYTES - this.length);
    if (to < end) this.exact = false;
    const bytes = source.subarray(from, to);
    if (!isUtf8(bytes)) {
      this.exact = false;
      const replaced = Buffer.from(decodeText(source, from, to));
      this.string(replaced, 0, replaced.length);
      return;
    }
    this.reserve(escapedLength(bytes) + 2);
    const out = this.bytes;
    let at = this.length;
    out[at++] = 0x22;
    for (let i = from; i < to; i++) {
      const byte = source[i];
      if (byte >= 0x20 && byte !== 0x22 && byte !== 0x5c) {
        out[at++] = byte;
        continue;
      }
      out[at++] = 0x5c;
      if (byte >= 0x20) {
        out[at++] = byte;
        continue;
      }
      // \u00XX
      out[at++] = 0x75;
      out[at++] = 0x30;
      out[at++] = 0x30;
      out[at++] = DIGITS.charCodeAt(byte >>> 4);
      out[at++] = DIGITS.charCodeAt(byte & 15);
    }
    out[at++] = 0x22;
    this.length = at;
  }

  hex(source: Uint8Array, from: number, to: number): void {
    this.reserve((to - from) * 2);
    for (let i = from; i < to; i++) {
      const byte = source[i];
      this.bytes[this.length++] = DIGITS.charCodeAt(byte >>> 4);
      this.bytes[this.length++] = DIGITS.charCodeAt(byte & 15);
    }
  }

  unsigned64(low: number, high: number): void {
    this.ascii(high < 0x20_0000 ? String(high * 0x1_0000_0000 + low) : String((BigInt(high) << 32n) | BigInt(low)));
  }

  signed64(low: number, high: number): void {
    if (high >>> 31 === 0) {
      this.unsigned64(low, high);
      return;
    }
    this.ascii(String(BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low))));
  }

  /** Writes a double, always with a decimal point or an exponent to distinguish it from an integer. */
  double(low: number, high: number): void {
    doubleWords[0] = low;
    doubleWords[1] = high;
    const value = double[0];
    if (!Number.isFinite(value)) {
      // As in OTLP/JSON. A NaN's payload is lost.
      this.exact = false;
      this.ascii(`"${value}"`);
      return;
    }
    const text = Object.is(value, -0) ? '-0' : String(value);
    this.ascii(/[.e]/.test(text) ? text : `${text}.0`);
  }

  /** Writes the contents of an AnyValue message. */
  anyValue(source: Uint8Array, view: DataView, from: number, to: number): void {
    const before = this.length;
    forEachField(source, from, to, (field, wireType, at, end) => {
      if (this.length > before) {
        // A second value or an unknown field.
        this.exact = false;
        return;
      }
      this.#value(field * 8 + wireType, source, view, at, end);
    });
    if (this.length > before) return;
    this.exact = false;
    this.ascii('null');
  }

  /**
   * Writes the KeyValues in field `field` of a message as a JSON object with at most `MAX_KEYS` keys. The first value
   * of a repeated key wins.
   */
  object(source: Uint8Array, view: DataView, from: number, to: number, field: number): void {
    const seen = new Set<string>();
    this.byte(0x7b);
    forEachField(source, from, to, (found, wireType, at, end) => {
      if (found !== field || wireType !== 2) return;
      if (seen.size >= MAX_KEYS) {
        this.exact = false;
        return;
      }
      if (this.isFull()) return;
      const parts = splitKeyValue(source, at, end);
      if (!parts.plain) this.exact = false;
      const key = decodeText(source, parts.keyFrom, parts.keyTo);
      if (seen.has(key)) {
        this.exact = false;
        return;
      }
      if (seen.size > 0) this.byte(0x2c);
      seen.add(key);
      this.string(source, parts.keyFrom, parts.keyTo);
      this.byte(0x3a);
      this.anyValue(source, view, parts.valueFrom, parts.valueTo);
    });
    this.byte(0x7d);
  }

  #value(tag: number, source: Uint8Array, view: DataView, at: number, end: number): void {
    switch (tag) {
      case 0x0a:
        this.string(source, at, end);
        return;
      case 0x10: {
        const value = varint(source, at);
        if (value > 1) this.exact = false;
        this.ascii(value === 0 ? 'false' : 'true');
        return;
      }
      case 0x18:
        varint64(source, at, pair);
        this.signed64(pair[0], pair[1]);
        return;
      case 0x21:
        this.double(view.getUint32(at, true), view.getUint32(at + 4, true));
        return;
      case 0x2a:
        this.exact = false;
        this.#array(source, view, at, end);
        return;
      case 0x32:
        this.exact = false;
        this.object(source, view, at, end, 1);
        return;
      case 0x3a:
        this.exact = false;
        this.ascii(`{"bytes":"${Buffer.from(source.subarray(at, end)).toString('base64')}"}`);
        return;
      default:
        this.exact = false;
    }
  }

  #array(source: Uint8Array, view: DataView, from: number, to: number): void {
    const before = this.length;
    this.byte(0x5b);
    forEachField(source, from, to, (field, wireType, at, end) => {
      if (field !== 1 || wireType !== 2 || this.isFull()) return;
      if (this.length > before + 1) this.byte(0x2c);
      this.anyValue(source, view, at, end);
    });
    this.byte(0x5d);
  }
}

/**
 * Returns the maximum JSON size of a UTF-8 string: six bytes per byte for a short string, the exact size for a long
 * one.
 */
function escapedLength(bytes: Uint8Array): number {
  if (bytes.length <= SHORT_BYTES) return bytes.length * 6;
  let length = bytes.length;
  for (const byte of bytes) if (byte < 0x20 || byte === 0x22 || byte === 0x5c) length += 5;
  return length;
}

/** Reports whether a string is too long to be written to JSON in full. */
export function isCutAsJson(source: Uint8Array, from: number, to: number): boolean {
  return to - from > SHORT_BYTES && fittingEnd(source, from, to, MAX_BYTES) < to;
}

/** Returns the end of the longest prefix whose JSON encoding takes at most `capacity` bytes. */
function fittingEnd(source: Uint8Array, from: number, to: number, capacity: number): number {
  let left = capacity;
  let end = from;
  while (end < to) {
    const byte = source[end] as number;
    left -= byte < 0x20 ? 6 : byte === 0x22 || byte === 0x5c ? 2 : 1;
    if (left < 0) break;
    end++;
  }
  // Do not split a character.
  while (end < to && end > from && ((source[end] as number) & 0xc0) === 0x80) end--;
  return end;
}

/** Returns the start and end of each value of a repeated message field. */
export function fieldRanges(source: Uint8Array, from: number, to: number, wanted: number): readonly number[] {
  const ranges: number[] = [];
  forEachField(source, from, to, (field, wireType, at, end) => {
    if (field === wanted && wireType === 2) ranges.push(at, end);
  });
  return ranges;
}

/** The key and value of a KeyValue message. `plain` is set if it contains nothing else and they are in this order. */
export interface KeyValueParts {
  readonly keyFrom: number;
  readonly keyTo: number;
  readonly valueFrom: number;
  readonly valueTo: number;
  readonly plain: boolean;
}

/** Finds the key and value in a KeyValue with any valid encoding. */
export function splitKeyValue(source: Uint8Array, from: number, to: number): KeyValueParts {
  const parts = { keyFrom: from, keyTo: from, valueFrom: from, valueTo: from, plain: true };
  let expected = 0x0a;
  forEachField(source, from, to, (field, wireType, at, end) => {
    const tag = field * 8 + wireType;
    if (tag !== expected) parts.plain = false;
    expected = expected === 0x0a ? 0x12 : 0;
    if (tag === 0x0a) {
      parts.keyFrom = at;
      parts.keyTo = end;
    } else if (tag === 0x12) {
      parts.valueFrom = at;
      parts.valueTo = end;
    }
  });
  if (expected !== 0) parts.plain = false;
  return parts;
}
