import type { BytesColumn, DeferredColumn, MapColumn, ParquetColumn, PlainColumn } from '../parquet/column.ts';
import { ATTRIBUTE_KEYS, ATTRIBUTES_MAP, type AttributeType, attributeColumn, isColumnKey } from '../schema.ts';
import { BOOL, DOUBLE, INTEGER, TEXT, TYPE_LETTERS, WIRE } from './attribute-types.ts';
import type { AttributesBuilder } from './attributes.ts';
import { JsonWriter } from './json.ts';
import type { AttributeSlot } from './values/attribute-slots.ts';
import { ByteDictionary } from './values/byte-dictionary.ts';
import { BytesBuilder } from './values/bytes-builder.ts';
import { BoolBuilder, Words64Builder } from './values/words-builders.ts';

/** Fraction of a file's rows above which an attribute is promoted to its own column. */
const PROMOTED_SHARE = 0.01;
const MAX_PROMOTED = 64;
const MAX_KEYS = 1000;

/** The attributes of a range of rows, laid out as file columns. */
export interface AttributeColumns {
  readonly promoted: readonly ParquetColumn[];
  readonly map: DeferredColumn<MapColumn>;
  readonly keys: DeferredColumn<BytesColumn>;
  /** Number of rows per `key#type`, most frequent first. */
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * Builds the attribute columns for rows `from` to `to`: promotes frequent attributes and stores the rest in the map.
 */
export function attributeColumns(builder: AttributesBuilder, from: number, to: number): AttributeColumns {
  builder.flush();
  const list = listRange(builder, from, to);
  const counts = countRows(builder, list, from, to);
  const promoted = choosePromoted(builder, counts, to - from);
  const columns = [...promoted].map(([slot, name]) =>
    promotedColumn(builder, slot, name, from, to, counts[slot] === to - from),
  );
  columns.sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    promoted: columns,
    map: {
      kind: 'deferred',
      name: ATTRIBUTES_MAP,
      type: 'map',
      slice: (first, end) => restMap(builder, promoted, from + first, from + end),
    },
    keys: {
      kind: 'deferred',
      name: ATTRIBUTE_KEYS,
      type: 'text',
      slice: (first, end) => keysColumn(builder, from + first, from + end),
    },
    counts: namedCounts(builder, counts),
  };
}

interface ListRange {
  readonly first: number;
  readonly last: number;
}

function listRange(builder: AttributesBuilder, from: number, to: number): ListRange {
  return {
    first: lowerBound(builder.listRows, builder.listLength, from),
    last: lowerBound(builder.listRows, builder.listLength, to),
  };
}

function lowerBound(sorted: Uint32Array, length: number, value: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Counts, for each slot, the rows of the range that have it. */
function countRows(builder: AttributesBuilder, list: ListRange, from: number, to: number): Uint32Array {
  const counts = new Uint32Array(builder.slots.length);
  for (let i = list.first; i < list.last; i++) {
    const slot = builder.listSlots[i];
    increment(counts, slot);
  }
  const rows = countPaths(builder, from, to);
  // Children have higher numbers than their parents.
  for (let node = rows.length - 1; node > 0; node--) {
    if (rows[node] === 0) continue;
    const parent = builder.nodes.first[node];
    rows[parent] = rows[parent] + rows[node];
    const slot = builder.nodes.second[node];
    if (builder.slot(slot).dense !== undefined) counts[slot] = counts[slot] + rows[node];
  }
  return counts;
}

/** Counts the rows of the range that end at each node of the tree of paths. */
function countPaths({ paths, nodes }: AttributesBuilder, from: number, to: number): Uint32Array {
  const counts = new Uint32Array(nodes.length);
  const end = Math.min(to, paths.length);
  for (let row = from; row < end; ) {
    const path = paths[row];
    const first = row;
    while (row < end && paths[row] === path) row++;
    counts[path] = counts[path] + (row - first);
  }
  return counts;
}

/**
 * Returns one element per row, nonzero where the row has a value. The array may end before the last row: columns of
 * rare keys are not padded, because the padding would take more memory than the values.
 */
function denseFlags({ dense }: AttributeSlot, from: number, to: number): Uint8Array | Uint32Array {
  if (dense instanceof BytesBuilder) return dense.refs.subarray(from, to);
  if (dense instanceof BoolBuilder) return dense.values.subarray(from, to);
  return dense?.present?.subarray(from, to) ?? new Uint8Array(0);
}

function choosePromoted(builder: AttributesBuilder, counts: Uint32Array, rows: number): Map<number, string> {
  const candidates: number[] = [];
  for (let slot = 1; slot < counts.length; slot++) {
    if (counts[slot] > rows * PROMOTED_SHARE && builder.slots.second[slot] !== WIRE) candidates.push(slot);
  }
  candidates.sort((a, b) => counts[b] - counts[a] || a - b);
  const promoted = new Map<number, string>();
  for (const slot of candidates) {
    if (promoted.size === MAX_PROMOTED) break;
    const { key, type } = builder.slot(slot);
    const name = builder.keys.text(key);
    if (isColumnKey(name)) promoted.set(slot, attributeColumn(name, TYPE_LETTERS[type] as AttributeType));
  }
  return promoted;
}

function promotedColumn(
  builder: AttributesBuilder,
  slot: number,
  name: string,
  from: number,
  to: number,
  full: boolean,
): ParquetColumn {
  const { type, dense } = builder.slot(slot);
  if (dense instanceof BytesBuilder) return dense.column(name, 'text', from, to, full);
  if (dense instanceof BoolBuilder) return dense.column(name, from, to);
  if (dense !== undefined) return dense.column(name, type === DOUBLE ? 'double' : 'int64', from, to);
  const columnType = type === TEXT ? 'text' : type === BOOL ? 'bool' : type === DOUBLE ? 'double' : 'int64';
  const slice = (first: number, end: number) => gatherFromList(builder, slot, name, from + first, from + end);
  return { kind: 'deferred', name, type: columnType, slice };
}

/** Builds a column for an attribute that was first seen too late to get its own column while rows arrived. */
function gatherFromList(builder: AttributesBuilder, slot: number, name: string, from: number, to: number): PlainColumn {
  const list = listRange(builder, from, to);
  const { type } = builder.slot(slot);
  const rows = to - from;
  const texts = new Uint32Array(type === TEXT ? rows : 0);
  const bools = new BoolBuilder();
  const numbers = new Words64Builder(true);
  for (let i = list.first; i < list.last; i++) {
    if (builder.listSlots[i] !== slot) continue;
    const row = builder.listRows[i] - from;
    const entry = builder.listValues[i];
    if (type === TEXT) {
      texts[row] = entry;
      continue;
    }
    const [low, high] = numberOf(builder.listDictionary.entry(entry));
    if (type === BOOL) bools.set(row, low !== 0);
    else numbers.set(row, low, high);
  }
  if (type === TEXT) return { kind: 'bytes', name, type: 'text', refs: texts, entries: builder.listDictionary };
  if (type === BOOL) return bools.column(name, 0, rows);
  return numbers.column(name, type === DOUBLE ? 'double' : 'int64', 0, rows);
}

function numberOf(bytes: Uint8Array): readonly [number, number] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  return [view.getUint32(0, true), view.getUint32(4, true)];
}

/** Builds the map of unpromoted attributes: key and JSON value pairs per row. */
function restMap(
  builder: AttributesBuilder,
  promoted: ReadonlyMap<number, string>,
  from: number,
  to: number,
): MapColumn {
  const rows = to - from;
  const list = listRange(builder, from, to);
  const others = builder.denseSlots.filter((index) => !promoted.has(index));
  const starts = new Uint32Array(rows + 1);
  const flags = others.map((index) => denseFlags(builder.slot(index), from, to));
  for (const flag of flags) for (let row = 0; row < flag.length; row++) if (flag[row] !== 0) increment(starts, row + 1);
  for (let i = list.first; i < list.last; i++) {
    if (!promoted.has(builder.listSlots[i])) increment(starts, builder.listRows[i] - from + 1);
  }
  if (others.length > 0 || list.last > list.first) {
    for (let row = 0; row < rows; row++) starts[row + 1] = starts[row + 1] + starts[row];
  }
  const pairs = starts[rows];
  const keys = new Uint32Array(pairs);
  const values = new Uint32Array(pairs);
  const next = starts.slice(0, rows);
  const texts = new JsonTexts(builder);
  others.forEach((index, i) => {
    const slot = builder.slot(index);
    const flag = flags[i] as Uint8Array | Uint32Array;
    for (let row = 0; row < flag.length; row++) {
      if (flag[row] === 0) continue;
      const at = increment(next, row);
      keys[at] = slot.key;
      values[at] = texts.ofDense(slot, from + row);
    }
  });
  for (let i = list.first; i < list.last; i++) {
    const index = builder.listSlots[i];
    if (promoted.has(index)) continue;
    const at = increment(next, builder.listRows[i] - from);
    keys[at] = builder.slots.first[index];
    values[at] = texts.ofEntry(builder.slots.second[index], builder.listValues[i]);
  }
  return {
    kind: 'map',
    name: ATTRIBUTES_MAP,
    type: 'map',
    starts,
    keys,
    keyEntries: builder.keys,
    values,
    valueEntries: texts.dictionary,
  };
}

/** Increments an element and returns its previous value. */
function increment(array: Uint32Array, at: number): number {
  const before = array[at];
  array[at] = before + 1;
  return before;
}

/** Attribute values encoded as JSON. Each distinct value is encoded once. */
class JsonTexts {
  readonly dictionary = new ByteDictionary(false);
  readonly #builder: AttributesBuilder;
  /** The JSON entry for each list dictionary entry, and the type it was encoded for. */
  readonly #texts: Uint32Array;
  readonly #types: Uint8Array;
  readonly #json = new JsonWriter();

  constructor(builder: AttributesBuilder) {
    this.#builder = builder;
    this.#texts = new Uint32Array(builder.listDictionary.count + 1);
    this.#types = new Uint8Array(builder.listDictionary.count + 1);
  }

  ofEntry(type: number, entry: number): number {
    const known = this.#texts[entry];
    if (known !== 0 && this.#types[entry] === type) return known;
    const text = this.#make(type, this.#builder.listDictionary.entry(entry));
    this.#texts[entry] = text;
    this.#types[entry] = type;
    return text;
  }

  ofDense(slot: AttributeSlot, row: number): number {
    const { dense, type } = slot;
    if (dense instanceof BytesBuilder) return this.#make(TEXT, dense.dictionary.entry(dense.refs[row]));
    if (dense instanceof BoolBuilder) return this.dictionary.internText(dense.values[row] === 2 ? 'true' : 'false');
    const { words } = dense as Words64Builder;
    return this.#makeNumber(type, words[row * 2], words[row * 2 + 1]);
  }

  #make(type: number, bytes: Uint8Array): number {
    const json = this.#json;
    json.reset();
    if (type === TEXT) json.string(bytes, 0, bytes.length);
    else if (type === WIRE)
      json.anyValue(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
    else return this.#makeNumber(type, ...numberOf(bytes));
    return this.dictionary.internBytes(json.view());
  }

  #makeNumber(type: number, low: number, high: number): number {
    const json = this.#json;
    json.reset();
    if (type === INTEGER) json.signed64(low, high);
    else if (type === DOUBLE) json.double(low, high);
    else json.ascii(low === 0 ? 'false' : 'true');
    return this.dictionary.internBytes(json.view());
  }
}

/** Builds `attr_keys`, encoding each distinct path as JSON once. */
function keysColumn(builder: AttributesBuilder, from: number, to: number): BytesColumn {
  const entries = new ByteDictionary(true);
  const known = new Uint32Array(builder.nodes.length);
  const json = new JsonWriter();
  const refs = new Uint32Array(to - from);
  let lastPath = 0;
  let lastRef = 0;
  for (let row = from; row < to; row++) {
    const path = row < builder.paths.length ? builder.paths[row] : 0;
    if (path !== lastPath) {
      lastPath = path;
      lastRef = known[path];
      if (lastRef === 0 && path !== 0) {
        writePath(json, builder, path);
        lastRef = entries.internBytes(json.view());
        known[path] = lastRef;
      }
    }
    refs[row - from] = lastRef;
  }
  return { kind: 'bytes', name: ATTRIBUTE_KEYS, type: 'text', refs, entries, whole: true };
}

/**
 * Writes a path as a JSON array of names such as `user.id#i`. Creates no strings, because a hostile request can contain
 * a million names.
 */
function writePath(json: JsonWriter, { nodes, slots, keys }: AttributesBuilder, path: number): void {
  const names: number[] = [];
  for (let node = path; node !== 0; node = nodes.first[node]) names.push(nodes.second[node]);
  json.reset();
  json.byte(0x5b);
  for (let i = names.length - 1; i >= 0; i--) {
    const slot = names[i];
    const key = slots.first[slot];
    json.string(keys.bytes, keys.starts[key - 1] + 4, keys.starts[key]);
    // Overwrites the closing quote.
    json.length -= 1;
    json.ascii(NAME_ENDS[slots.second[slot]] as string);
    if (i > 0) json.byte(0x2c);
  }
  json.byte(0x5d);
}

const NAME_ENDS = TYPE_LETTERS.map((letter) => `#${letter}"`);

function slotName(builder: AttributesBuilder, slot: number): string {
  const { key, type } = builder.slot(slot);
  return `${builder.keys.text(key)}#${TYPE_LETTERS[type]}`;
}

function namedCounts(builder: AttributesBuilder, counts: Uint32Array): Readonly<Record<string, number>> {
  const enough = countOfRank(counts, MAX_KEYS);
  const slots: number[] = [];
  let ties = MAX_KEYS;
  for (let slot = 1; slot < counts.length; slot++) {
    const count = counts[slot];
    if (count > enough || (count === enough && count > 0 && ties-- > 0)) slots.push(slot);
  }
  slots.sort((a, b) => counts[b] - counts[a] || a - b);
  return Object.fromEntries(slots.slice(0, MAX_KEYS).map((slot) => [slotName(builder, slot), counts[slot]]));
}

/** Returns the `rank`-th largest count, or 0 if there are fewer. It avoids sorting all of up to a million slots. */
function countOfRank(counts: Uint32Array, rank: number): number {
  if (counts.length <= rank) return 0;
  const sorted = counts.slice().sort();
  return sorted[sorted.length - rank];
}
