import type { AttributeType } from '../schema.ts';
import { isCutAsJson, splitKeyValue } from './json.ts';
import { ByteDictionary, isText } from './values/byte-dictionary.ts';
import { BytesBuilder } from './values/bytes-builder.ts';
import { freeMemory, grownBytes, grownCapacity, grownIntegers, grownWords } from './values/grown.ts';
import { PairIndex } from './values/pair-index.ts';
import { BoolBuilder, Words64Builder } from './values/words-builders.ts';
import { varint, varint64, varintEnd } from './wire.ts';

/** Numeric attribute types: string, integer, double, boolean, and values that only wire bytes preserve. */
export const TEXT = 0;
export const INTEGER = 1;
export const DOUBLE = 2;
export const BOOL = 3;
export const WIRE = 4;

/** The letter that denotes each type in `attr_keys`. */
export const TYPE_LETTERS: readonly (AttributeType | 'w')[] = ['s', 'i', 'd', 'b', 'w'];

/** Maximum number of attributes that get their own column as rows arrive. Values of later attributes go to the list. */
const DENSE_COLUMNS = 64;
/** Slots from this number on never have a column, which keeps the column arrays short. */
const FIRST_LISTED_SLOT = 4096;

/** Maximum number of attributes per item stored in columns and the map. Any others are retained only as wire bytes. */
const MAX_SHOWN = 16_384;

/** The column of one attribute, with one element per row. */
export type DenseColumn = BytesBuilder | Words64Builder | BoolBuilder;

/** The key and type of an attribute. Slots are numbered from 1. */
export interface AttributeSlot {
  /** Index of the entry in `keys`. */
  readonly key: number;
  readonly type: number;
  readonly dense: DenseColumn | undefined;
}

/**
 * Collects the attributes of all rows of a builder.
 *
 * A row's attributes, in order, form a path in a tree whose edges are attribute slots. Similar rows share a path, so
 * the next key is usually predictable and only its bytes need to be compared. `attr_keys` stores the path.
 */
export class AttributesBuilder {
  readonly keys = new ByteDictionary(true);
  /** The key and type of each slot. */
  readonly slots = new PairIndex();
  /** The node at which each row's path ends; 0 if the row has no attributes. */
  paths: Uint32Array = new Uint32Array(256);

  /** The parent and slot of each tree node. Node 0 is the root. */
  readonly nodes = new PairIndex();
  /** The most recently visited child of each node. */
  #nodeChild: Uint32Array = new Uint32Array(64);
  #nodeDepth: Uint32Array = new Uint32Array(64);
  /** Encoded length of each node's path. */
  #nodeText: Uint32Array = new Uint32Array(64);
  /** Total encoded length of all rows' paths. A key counts toward every path but is stored once in `keys`. */
  #pathBytes = 0;
  /** 1 for each node at which some row ends, so that each path is written once. */
  #isEnd: Uint8Array = new Uint8Array(64);

  // Values of slots without a column, in row order.
  listRows: Uint32Array = new Uint32Array(64);
  listSlots: Uint32Array = new Uint32Array(64);
  listValues: Uint32Array = new Uint32Array(64);
  listLength = 0;
  /** Values of the list: strings unchanged, numbers as eight bytes, booleans as one, others as AnyValue messages. */
  readonly listDictionary = new ByteDictionary(false, true);

  /** The column of each slot that has one. */
  readonly #dense: (DenseColumn | undefined)[] = [undefined];
  /** The string columns among `#dense`. */
  readonly #texts: (BytesBuilder | undefined)[] = [undefined];
  /** Offset of each slot's last KeyValue in the current request, or -1 if the request does not contain one. */
  #lastAt: Int32Array = new Int32Array(64).fill(-1);
  #lastLength: Int32Array = new Int32Array(64);
  #keyRow: Int32Array = new Int32Array(64).fill(-1);
  readonly #denseColumns: DenseColumn[] = [];
  /** Slots that have a column. */
  readonly denseSlots: number[] = [];
  #node = 0;
  readonly #pair = new Uint32Array(2);
  readonly #number = new Uint8Array(8);
  readonly #numberView = new DataView(this.#number.buffer);

  memory(rows: number): number {
    let size = this.keys.byteSize + this.listDictionary.byteSize + (rows + this.listLength * 3) * 4;
    size +=
      this.slots.byteSize +
      this.nodes.byteSize +
      this.#nodeChild.length * 13 +
      this.#pathBytes +
      this.#lastAt.length * 8;
    size += this.#keyRow.length * 4 + this.#dense.length * 16;
    for (const dense of this.#denseColumns) size += dense.memory(rows);
    return size;
  }

  /** Returns the slot with a number. */
  slot(number: number): AttributeSlot {
    const { first, second } = this.slots;
    return { key: first[number], type: second[number], dense: this.#dense[number] };
  }

  /** Starts a request. Its bytes are in a different array than those of the previous one. */
  beginRequest(): void {
    this.#lastAt.fill(-1, 0, this.slots.length);
  }

  /** Starts a row. */
  begin(): void {
    this.#node = 0;
  }

  /** Ends the current row. */
  end(row: number): void {
    if (row >= this.paths.length) this.paths = grownWords(this.paths, grownCapacity(this.paths.length, row + 1));
    const node = this.#node;
    this.paths[row] = node;
    if (this.#isEnd[node] !== 0) return;
    this.#isEnd[node] = 1;
    this.#pathBytes += this.#nodeText[node];
  }

  /** Adds one KeyValue message. Returns `false` if the caller must also retain its wire bytes, in call order. */
  add(row: number, source: Uint8Array, view: DataView, at: number, end: number): boolean {
    const child = this.#nodeChild[this.#node];
    if (child !== 0) {
      const slot = this.nodes.second[child];
      const key = this.slots.first[slot];
      const keyLength = source[at + 1];
      const valueAt = at + 2 + keyLength;
      const lastAt = this.#lastAt[slot];
      const length = end - at;
      let keyMatches = false;
      if (lastAt >= 0) {
        // Compares key and value in one step with the same attribute of the previous row.
        const lastLength = this.#lastLength[slot];
        const common = commonPrefix(view, at, lastAt, Math.min(length, lastLength));
        if (common === length && length === lastLength) {
          const texts = this.#texts[slot];
          if (texts !== undefined) texts.repeat(row);
          else this.#addValue(row, source, view, slot, valueAt + 2, end);
          this.#keyRow[key] = row;
          this.#node = child;
          return true;
        }
        keyMatches = common >= 2 + keyLength;
      } else {
        keyMatches = source[at] === 0x0a && keyLength < 0x80 && this.keys.matches(key, view, at + 2, keyLength);
      }
      // `12 vl` and the value, all with one-byte lengths, as in nearly all attributes.
      const valueLength = source[valueAt + 1];
      if (keyMatches && source[valueAt] === 0x12 && valueLength === end - valueAt - 2 && valueLength < 0x80) {
        if (this.#addValue(row, source, view, slot, valueAt + 2, end)) {
          this.#lastAt[slot] = at;
          this.#lastLength[slot] = length;
          this.#keyRow[key] = row;
          this.#node = child;
          return true;
        }
      }
    }
    return this.#addAny(row, source, view, at, end);
  }

  /** Removes all rows from index `rows` on. */
  rollback(rows: number): void {
    this.paths.fill(0, rows);
    for (const dense of this.#denseColumns) dense.rollback(rows);
    while (this.listLength > 0 && this.listRows[this.listLength - 1] >= rows) this.listLength--;
    this.#keyRow.fill(-1);
  }

  /** Frees the memory. The builder must not be used afterwards. */
  free(): void {
    const nodes = [this.#nodeChild, this.#nodeDepth, this.#nodeText, this.#isEnd];
    const lists = [this.listRows, this.listSlots, this.listValues];
    for (const array of [this.paths, ...nodes, ...lists, this.#lastAt, this.#lastLength, this.#keyRow])
      freeMemory(array);
    for (const held of [this.keys, this.slots, this.nodes, this.listDictionary, ...this.#denseColumns]) held.free();
  }

  /** Stores an AnyValue in a slot's column. Returns `false` if the slot has no column or the types differ. */
  #addValue(row: number, source: Uint8Array, view: DataView, slot: number, at: number, end: number): boolean {
    const texts = this.#texts[slot];
    const type = this.slots.second[slot];
    const dense = this.#dense[slot];
    if (dense === undefined) return false;
    switch (source[at]) {
      case 0x0a: {
        if (texts === undefined || source[at + 1] !== end - at - 2) return false;
        if (texts.setNew(row, source, view, at + 2, end - at - 2)) return true;
        // Invalid UTF-8: the column value must not be used.
        texts.setEntry(row, 0);
        return false;
      }
      case 0x18:
        if (type !== INTEGER || varintEnd(source, at + 1) !== end) return false;
        varint64(source, at + 1, this.#pair);
        (dense as Words64Builder).set(row, this.#pair[0], this.#pair[1]);
        return true;
      case 0x21:
        if (type !== DOUBLE || end - at !== 9 || !isPlainDouble(view, at + 1)) return false;
        (dense as Words64Builder).set(row, view.getUint32(at + 1, true), view.getUint32(at + 5, true));
        return true;
      case 0x10:
        if (type !== BOOL || end - at !== 2 || source[at + 1] > 1) return false;
        (dense as BoolBuilder).set(row, source[at + 1] === 1);
        return true;
      default:
        return false;
    }
  }

  #addAny(row: number, source: Uint8Array, view: DataView, at: number, end: number): boolean {
    if (this.#nodeDepth[this.#node] >= MAX_SHOWN) return false;
    const parts = splitKeyValue(source, at, end);
    const keyLength = parts.keyTo - parts.keyFrom;
    let key = this.keys.intern(source, view, parts.keyFrom, keyLength);
    const exactKey = key !== 0;
    if (!exactKey) key = this.keys.internReplaced(source, parts.keyFrom, keyLength);
    if (key >= this.#keyRow.length) this.#growKeys();
    const repeated = this.#keyRow[key] === row;
    this.#keyRow[key] = row;
    const type = exactKey && parts.plain && !repeated ? typeOf(source, view, parts.valueFrom, parts.valueTo) : WIRE;
    if (type !== WIRE) {
      const slot = this.#slot(key, type);
      if (this.#setValue(row, slot, type, source, view, parts.valueFrom, parts.valueTo)) {
        this.#step(slot);
        // The column's last value no longer matches the bytes at that offset.
        this.#lastAt[slot] = -1;
        return true;
      }
    }
    const slot = this.#slot(key, WIRE);
    this.#step(slot);
    // A repeated key cannot be stored, because map keys are distinct.
    if (!repeated) this.#listBytes(row, slot, source, view, parts.valueFrom, parts.valueTo - parts.valueFrom);
    return false;
  }

  #setValue(
    row: number,
    slot: number,
    type: number,
    source: Uint8Array,
    view: DataView,
    from: number,
    to: number,
  ): boolean {
    if (type === TEXT) {
      const at = varintEnd(source, from + 1);
      const dense = this.#texts[slot];
      if (dense === undefined) return this.#listText(row, slot, source, view, at, to - at);
      if (dense.set(row, source, view, at, to - at)) return true;
      dense.setEntry(row, 0);
      return false;
    }
    if (type === DOUBLE) {
      this.#setNumber(row, slot, view.getUint32(from + 1, true), view.getUint32(from + 5, true));
    } else {
      varint64(source, from + 1, this.#pair);
      this.#setNumber(row, slot, this.#pair[0], this.#pair[1]);
    }
    return true;
  }

  #setNumber(row: number, slot: number, low: number, high: number): void {
    const dense = this.#dense[slot];
    if (dense instanceof Words64Builder) {
      dense.set(row, low, high);
    } else if (dense instanceof BoolBuilder) {
      dense.set(row, low !== 0);
    } else {
      this.#numberView.setUint32(0, low, true);
      this.#numberView.setUint32(4, high, true);
      this.#listBytes(row, slot, this.#number, this.#numberView, 0, 8);
    }
  }

  #listText(row: number, slot: number, source: Uint8Array, view: DataView, at: number, length: number): boolean {
    if (!isText(source, at, at + length)) return false;
    this.#listBytes(row, slot, source, view, at, length);
    return true;
  }

  #listBytes(row: number, slot: number, source: Uint8Array, view: DataView, at: number, length: number): void {
    if (this.listLength === this.listRows.length) this.#growList();
    this.listRows[this.listLength] = row;
    this.listSlots[this.listLength] = slot;
    this.listValues[this.listLength++] = this.listDictionary.intern(source, view, at, length);
  }

  #slot(key: number, type: number): number {
    const before = this.slots.length;
    const slot = this.slots.intern(key, type);
    if (slot < before) return slot;
    if (slot < FIRST_LISTED_SLOT) this.#addDense(slot, type);
    if (slot >= this.#lastAt.length) {
      this.#lastAt = grownIntegers(this.#lastAt, this.#lastAt.length * 2);
      this.#lastLength = grownIntegers(this.#lastLength, this.#lastLength.length * 2);
    }
    return slot;
  }

  #addDense(slot: number, type: number): void {
    const dense = type !== WIRE && this.#denseColumns.length < DENSE_COLUMNS ? denseColumn(type) : undefined;
    this.#dense.push(dense);
    this.#texts.push(dense instanceof BytesBuilder ? dense : undefined);
    if (dense === undefined) return;
    this.#denseColumns.push(dense);
    this.denseSlots.push(slot);
  }

  /** Moves from the current node to its child for `slot`. */
  #step(slot: number): void {
    const node = this.#node;
    const last = this.#nodeChild[node];
    if (last !== 0 && this.nodes.second[last] === slot) {
      this.#node = last;
      return;
    }
    const child = this.nodes.intern(node, slot);
    if (child >= this.#nodeChild.length) {
      this.#nodeChild = doubledWords(this.#nodeChild);
      this.#nodeDepth = doubledWords(this.#nodeDepth);
      this.#nodeText = doubledWords(this.#nodeText);
      this.#isEnd = grownBytes(this.#isEnd, this.#isEnd.length * 2);
    }
    this.#nodeDepth[child] = this.#nodeDepth[node] + 1;
    const key = this.slots.first[slot];
    const keyBytes = this.keys.starts[key] - this.keys.starts[key - 1];
    // Quotes, a comma, and the type letter.
    this.#nodeText[child] = Math.min(this.#nodeText[node] + keyBytes + 1, 0xffff_ffff);
    this.#nodeChild[node] = child;
    this.#node = child;
  }

  #growKeys(): void {
    this.#keyRow = grownIntegers(this.#keyRow, this.#keyRow.length * 2);
  }

  #growList(): void {
    const capacity = grownCapacity(this.listLength, this.listLength + 1);
    this.listRows = grownWords(this.listRows, capacity);
    this.listSlots = grownWords(this.listSlots, capacity);
    this.listValues = grownWords(this.listValues, capacity);
  }
}

/** Returns the type of an AnyValue that a column can represent exactly, otherwise `WIRE`. */
function typeOf(source: Uint8Array, view: DataView, from: number, to: number): number {
  if (to <= from) return WIRE;
  switch (source[from]) {
    case 0x0a:
      if (varintEnd(source, from + 1) + varint(source, from + 1) !== to) return WIRE;
      return isCutAsJson(source, from + 1, to) ? WIRE : TEXT;
    case 0x10:
      return to === from + 2 && source[from + 1] < 2 ? BOOL : WIRE;
    case 0x18:
      return varintEnd(source, from + 1) === to ? INTEGER : WIRE;
    case 0x21:
      return to === from + 9 && isPlainDouble(view, from + 1) ? DOUBLE : WIRE;
    default:
      return WIRE;
  }
}

/** Reports whether a double survives conversion to text. A NaN with a payload does not. */
export function isPlainDouble(view: DataView, at: number): boolean {
  const low = view.getUint32(at, true);
  const high = view.getUint32(at + 4, true);
  const notANumber = (high & 0x7ff0_0000) === 0x7ff0_0000 && ((high & 0xf_ffff) !== 0 || low !== 0);
  return !notANumber || (high === 0x7ff8_0000 && low === 0);
}

function denseColumn(type: number): DenseColumn {
  if (type === TEXT) return new BytesBuilder(true);
  return type === BOOL ? new BoolBuilder() : new Words64Builder(true);
}

/** Returns the number of leading bytes, up to `length`, that are equal at `a` and `b`. */
function commonPrefix(view: DataView, a: number, b: number, length: number): number {
  let i = 0;
  while (i + 4 <= length && view.getInt32(a + i, true) === view.getInt32(b + i, true)) i += 4;
  while (i < length && view.getUint8(a + i) === view.getUint8(b + i)) i++;
  return i;
}

function doubledWords(array: Uint32Array): Uint32Array {
  return grownWords(array, array.length * 2);
}
