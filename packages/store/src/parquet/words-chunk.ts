import { ByteWriter } from './byte-writer.ts';
import { type Bounds, ChunkWriter, type EncodedChunk } from './chunk.ts';
import type { BoolColumn, Words32Column, Words64Column } from './column.ts';
import { writeDeltas } from './delta.ts';
import { ENCODING, PAGE_ROWS, PHYSICAL } from './format.ts';
import { bitWidth, writeHybrid } from './hybrid.ts';
import { levelsOf, writeLevels } from './levels.ts';
import { Scratch } from './scratch.ts';

/** Maximum number of distinct values for a dictionary. Columns with more are delta-encoded. */
const LARGEST_DICTIONARY = 1024;
const SLOTS = 4096;

/**
 * Encodes 64-bit values: times as deltas, other integers with a dictionary or as deltas, doubles with a dictionary or
 * plain, and IDs plain.
 */
export function encodeWords64(column: Words64Column): EncodedChunk {
  const rows = column.words.length / 2;
  const { levels, present } =
    column.present === undefined ? { levels: undefined, present: rows } : levelsOf(column.present);
  const words = levels === undefined ? column.words : compact(column.words, levels, present, 2);
  const numeric = column.type === 'int64' || column.type === 'double';
  const dictionary = numeric ? numberDictionary(words, present, 2) : undefined;
  const integer = column.type !== 'double' && column.type !== 'id8';
  const chunk = new ChunkWriter();
  if (dictionary !== undefined) chunk.dictionary(dictionary.bytes, dictionary.count);
  const writer = new PageWriter(levels, rows, chunk);
  writer.pages((out, from, to) => {
    if (dictionary !== undefined) return writeIndices(out, dictionary, from, to);
    const start = out.length;
    if (integer && writeDeltas(out, words, from, to)) return ENCODING.delta;
    out.length = start;
    out.append(new Uint8Array(words.buffer, words.byteOffset + from * 8, (to - from) * 8));
    return ENCODING.plain;
  });
  const physical = column.type === 'double' ? PHYSICAL.double : column.type === 'id8' ? PHYSICAL.fixed : PHYSICAL.int64;
  const bounds =
    present === 0 || column.type === 'id8'
      ? undefined
      : bounds64(dictionary?.entries ?? words, dictionary?.count ?? present, column.type === 'double');
  return chunk.finish([column.name], physical, rows - present, bounds, column.type !== 'id8');
}

/** Encodes 32-bit integers, with a dictionary or plain. */
export function encodeWords32(column: Words32Column): EncodedChunk {
  const rows = column.words.length;
  const { levels, present } =
    column.present === undefined ? { levels: undefined, present: rows } : levelsOf(column.present);
  const words = levels === undefined ? column.words : compact(column.words, levels, present, 1);
  const dictionary = numberDictionary(words, present, 1);
  const chunk = new ChunkWriter();
  if (dictionary !== undefined) chunk.dictionary(dictionary.bytes, dictionary.count);
  new PageWriter(levels, rows, chunk).pages((out, from, to) => {
    if (dictionary !== undefined) return writeIndices(out, dictionary, from, to);
    out.append(new Uint8Array(words.buffer, words.byteOffset + from * 4, (to - from) * 4));
    return ENCODING.plain;
  });
  const bounds =
    present === 0
      ? undefined
      : bounds32(dictionary?.entries ?? words, dictionary?.count ?? present, column.type === 'int32');
  return chunk.finish([column.name], PHYSICAL.int32, rows - present, bounds, true);
}

/** Encodes booleans as bits. */
export function encodeBools(column: BoolColumn): EncodedChunk {
  const rows = column.values.length;
  const { levels, present } = levelsOf(column.values);
  const values = new Uint8Array(present);
  for (let row = 0, at = 0; row < rows; row++) {
    const value = column.values[row];
    if (value !== 0) values[at++] = value - 1;
  }
  const chunk = new ChunkWriter();
  new PageWriter(levels, rows, chunk).pages((out, from, to) => {
    for (let i = from; i < to; i += 8) {
      let bits = 0;
      for (let k = 0; k < 8 && i + k < to; k++) bits |= values[i + k] << k;
      out.byte(bits);
    }
    return ENCODING.plain;
  });
  return chunk.finish([column.name], PHYSICAL.boolean, rows - present, undefined, true);
}

/** Splits a chunk into pages: the levels first, then the values that `write` outputs. */
class PageWriter {
  readonly #levels: Uint32Array | undefined;
  readonly #rows: number;
  readonly #chunk: ChunkWriter;

  constructor(levels: Uint32Array | undefined, rows: number, chunk: ChunkWriter) {
    this.#levels = levels;
    this.#rows = rows;
    this.#chunk = chunk;
  }

  pages(write: (out: ByteWriter, from: number, to: number) => number): void {
    const out = new ByteWriter(Math.min(this.#rows, PAGE_ROWS) * 2 + 64);
    let value = 0;
    for (let from = 0; from < this.#rows; from += PAGE_ROWS) {
      const to = Math.min(from + PAGE_ROWS, this.#rows);
      out.length = 0;
      const count = writeLevels(out, this.#levels, from, to);
      const encoding = count === 0 ? ENCODING.plain : write(out, value, value + count);
      value += count;
      this.#chunk.page(out.take(), to - from, encoding);
    }
  }
}

interface NumberDictionary {
  readonly entries: Uint32Array;
  readonly bytes: Uint8Array;
  readonly count: number;
  readonly indices: Uint32Array;
}

function writeIndices(out: ByteWriter, dictionary: NumberDictionary, from: number, to: number): number {
  const width = bitWidth(dictionary.count - 1);
  out.byte(width);
  writeHybrid(out, dictionary.indices, from, to, width);
  return ENCODING.dictionary;
}

const slots = new Uint32Array(SLOTS);
const indicesScratch = new Scratch();
const compacted = new Scratch();

/** Builds a dictionary of one- or two-word numbers. Returns `undefined` if there are too many distinct ones. */
function numberDictionary(words: Uint32Array, count: number, wordsEach: 1 | 2): NumberDictionary | undefined {
  if (count === 0) return undefined;
  slots.fill(0);
  const max = Math.min(LARGEST_DICTIONARY, (count >>> 1) + 1);
  const entries = new Uint32Array(max * wordsEach);
  const indices = indicesScratch.take(count);
  let distinct = 0;
  let lastLow = 0;
  let lastHigh = 0;
  let lastIndex = -1;
  for (let i = 0; i < count; i++) {
    const low = words[i * wordsEach];
    const high = wordsEach === 2 ? words[i * 2 + 1] : 0;
    // Most numbers equal the previous one.
    if (low === lastLow && high === lastHigh && lastIndex >= 0) {
      indices[i] = lastIndex;
      continue;
    }
    let slot = (Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b)) >>> 20;
    let entry = slots[slot];
    while (
      entry !== 0 &&
      (entries[(entry - 1) * wordsEach] !== low || (wordsEach === 2 && entries[(entry - 1) * 2 + 1] !== high))
    ) {
      slot = (slot + 1) & (SLOTS - 1);
      entry = slots[slot];
    }
    if (entry === 0) {
      if (distinct === max) return undefined;
      entries[distinct * wordsEach] = low;
      if (wordsEach === 2) entries[distinct * 2 + 1] = high;
      entry = ++distinct;
      slots[slot] = entry;
    }
    lastLow = low;
    lastHigh = high;
    lastIndex = entry - 1;
    indices[i] = lastIndex;
  }
  const bytes = new Uint8Array(entries.buffer, 0, distinct * wordsEach * 4);
  return { entries, bytes, count: distinct, indices };
}

function compact(words: Uint32Array, levels: Uint32Array, present: number, wordsEach: 1 | 2): Uint32Array {
  const values = compacted.take(present * wordsEach);
  if (present === 0) return values;
  for (let row = 0, at = 0; row < levels.length; row++) {
    if (levels[row] === 0) continue;
    values[at++] = words[row * wordsEach];
    if (wordsEach === 2) values[at++] = words[row * 2 + 1];
  }
  return values;
}

function bounds64(words: Uint32Array, count: number, double: boolean): Bounds | undefined {
  return double ? boundsOfDoubles(words, count) : boundsOfIntegers(words, count);
}

function boundsOfIntegers(words: Uint32Array, count: number): Bounds {
  let min = 0;
  let minHigh = words[1] | 0;
  let max = 0;
  let maxHigh = minHigh;
  for (let i = 1; i < count; i++) {
    const high = words[i * 2 + 1] | 0;
    if (high < minHigh || (high === minHigh && words[i * 2] < words[min * 2])) {
      min = i;
      minHigh = high;
    } else if (high > maxHigh || (high === maxHigh && words[i * 2] > words[max * 2])) {
      max = i;
      maxHigh = high;
    }
  }
  return { min: wordBytes(words, min), max: wordBytes(words, max) };
}

function wordBytes(words: Uint32Array, index: number): Uint8Array {
  return new Uint8Array(words.slice(index * 2, index * 2 + 2).buffer);
}

/** Returns the bounds, or `undefined` if a value is NaN. Zeros cover both signs (parquet.thrift, "TypeDefinedOrder"). */
function boundsOfDoubles(words: Uint32Array, count: number): Bounds | undefined {
  // A subarray may start at an odd word, which is not aligned for a Float64Array.
  const aligned = words.byteOffset % 8 === 0 ? words : words.slice(0, count * 2);
  const doubles = new Float64Array(aligned.buffer, aligned.byteOffset, count);
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    const value = doubles[i];
    if (Number.isNaN(value)) return undefined;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return {
    min: new Uint8Array(new Float64Array([min === 0 ? -0 : min]).buffer),
    max: new Uint8Array(new Float64Array([max === 0 ? 0 : max]).buffer),
  };
}

function bounds32(words: Uint32Array, count: number, signed: boolean): Bounds {
  let min = words[0];
  let max = min;
  const flip = signed ? 0x8000_0000 : 0;
  for (let i = 1; i < count; i++) {
    const value = words[i];
    if ((value ^ flip) >>> 0 < (min ^ flip) >>> 0) min = value;
    if ((value ^ flip) >>> 0 > (max ^ flip) >>> 0) max = value;
  }
  return { min: new Uint8Array(new Uint32Array([min]).buffer), max: new Uint8Array(new Uint32Array([max]).buffer) };
}
