import { ENCODING } from '../format.ts';
import { DeltaCursor } from './delta-cursor.ts';
import { HybridCursor } from './hybrid-cursor.ts';
import type { ValueType } from './layout.ts';

/** A value as read: integers of 64 bits are `bigint`, IDs are lowercase hex. */
export type Value = string | bigint | number | boolean | Uint8Array;

/** Returns the value at a position among a page's values. Positions must not decrease. */
export type Values = (position: number) => Value;

/** The entries of a dictionary page, or the values of a plain page, without decoding them. */
export class PlainValues {
  readonly bytes: Buffer;
  readonly #type: ValueType;
  readonly #from: number;
  /** Offsets of byte strings that have been passed, each before its length. */
  readonly #starts: number[];

  constructor(bytes: Buffer, from: number, type: ValueType) {
    this.bytes = bytes;
    this.#from = from;
    this.#type = type;
    this.#starts = [from];
  }

  /** Returns the offset of a byte string's length, in front of it. */
  start(index: number): number {
    const starts = this.#starts;
    let last = starts.length - 1;
    let at = starts[last] ?? 0;
    for (; last < index; last++) {
      at += 4 + this.bytes.readUInt32LE(at);
      starts.push(at);
    }
    return starts[index] ?? 0;
  }

  value(index: number): Value {
    const { bytes } = this;
    switch (this.#type) {
      case 'text':
      case 'bytes': {
        const at = this.start(index) + 4;
        const end = at + bytes.readUInt32LE(at - 4);
        if (end > bytes.length) throw new RangeError('a value exceeds its page');
        return this.#type === 'text' ? bytes.toString('utf8', at, end) : Uint8Array.from(bytes.subarray(at, end));
      }
      case 'id8':
        return bytes.toString('hex', this.#from + index * 8, this.#from + index * 8 + 8);
      case 'int64':
        return bytes.readBigInt64LE(this.#from + index * 8);
      case 'double':
        return bytes.readDoubleLE(this.#from + index * 8);
      case 'int32':
        return bytes.readInt32LE(this.#from + index * 4);
      case 'uint32':
        return bytes.readUInt32LE(this.#from + index * 4);
      case 'bool':
        return ((bytes.readUInt8(this.#from + (index >>> 3)) >>> (index & 7)) & 1) === 1;
    }
  }
}

/** Returns the values of a page that start at `from`. */
export function valuesOf(
  bytes: Buffer,
  from: number,
  encoding: number,
  type: ValueType,
  dictionary: PlainValues | undefined,
): Values {
  if (encoding === ENCODING.plain) {
    const plain = new PlainValues(bytes, from, type);
    return (position) => plain.value(position);
  }
  if (encoding === ENCODING.delta) {
    const deltas = new DeltaCursor(bytes, from);
    return (position) => deltas.at(position);
  }
  if (encoding === ENCODING.dictionary && dictionary !== undefined) {
    const indices = indicesOf(bytes, from);
    return (position) => dictionary.value(indices.at(position));
  }
  throw new Error(`unknown encoding ${encoding}`);
}

/** Opens the dictionary indices of a page, which start with their width. */
export function indicesOf(bytes: Buffer, from: number): HybridCursor {
  const width = bytes.readUInt8(from);
  if (width > 24) throw new Error(`unknown width ${width}`);
  return new HybridCursor(bytes, from + 1, bytes.length, width);
}
