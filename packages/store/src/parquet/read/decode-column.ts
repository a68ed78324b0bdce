import type { ByteEntries, PlainColumn } from '../column.ts';
import type { FileBytes } from '../file-bytes.ts';
import { ENCODING } from '../format.ts';
import { decodeDeltas } from './delta-words.ts';
import type { ChunkPlace, GroupLayout } from './layout.ts';
import { openLevels, type PageLevels } from './levels.ts';
import { openChunk, type Page } from './pages.ts';
import { indicesOf } from './values.ts';

/** Maximum size of a chunk that is decoded at once, in bytes. */
const MAX_CHUNK_BYTES = 48 << 20;

/** Thrown for a column that is not damaged but too large. */
export class LargeColumnError extends RangeError {
  override readonly name = 'LargeColumnError';
}

/** Returns memory for a number of words, which are not zeroed. */
export type WordMemory = (count: number) => Uint32Array;

/** How to decode a column. */
export interface DecodeOptions {
  /** Rows in ascending order. Others may have any value. */
  readonly only?: Uint32Array | undefined;
  readonly memory?: WordMemory | undefined;
}

/** Decodes a column of a row group; `undefined` if the file does not have it. Throws if it is damaged. */
export function decodeColumn(
  file: FileBytes,
  group: GroupLayout,
  name: string,
  { only, memory = (count) => new Uint32Array(count) }: DecodeOptions = {},
): PlainColumn | undefined {
  const keys = group.chunks.get(`${name}.key_value.key`);
  const values = group.chunks.get(`${name}.key_value.value`);
  if (keys !== undefined && values !== undefined) return decodeMap(file, group, name, keys, values);
  const chunk = group.chunks.get(name);
  if (chunk === undefined) return undefined;
  const pages = openPages(file, chunk);
  switch (chunk.type) {
    case 'text':
    case 'bytes':
      return { kind: 'bytes', name, type: chunk.type, ...decodeTexts(chunk, pages, memory(group.rows), only) };
    case 'id8':
    case 'int64':
    case 'double': {
      const { words, present } = decodeWords(pages, memory(group.rows * 2), 2, only);
      return { kind: 'words64', name, type: chunk.type, words, present };
    }
    case 'int32':
    case 'uint32': {
      const { words, present } = decodeWords(pages, memory(group.rows), 1, only);
      return { kind: 'words32', name, type: chunk.type, words, present };
    }
    case 'bool':
      return { kind: 'bool', name, type: 'bool', values: decodeBools(pages, group.rows) };
  }
}

/**
 * Returns the entries of a text column's dictionary; `undefined` if some values are not in it, so that the entries do
 * not show which values there are.
 */
export function dictionaryOf(file: FileBytes, group: GroupLayout, name: string): ByteEntries | undefined {
  const chunk = group.chunks.get(name);
  if (chunk === undefined || (chunk.type !== 'text' && chunk.type !== 'bytes')) return undefined;
  const pages = openPages(file, chunk);
  const dictionary = pages.find((page) => page.isDictionary);
  const isWhole = pages.every((page) => page.isDictionary || page.encoding === ENCODING.dictionary);
  return dictionary !== undefined && isWhole ? entriesOf([pageBytes(chunk, dictionary)], dictionary.values) : undefined;
}

/** Returns the bytes of a number column's dictionary; `undefined` if some values are not in it. */
export function numberDictionaryOf(file: FileBytes, group: GroupLayout, name: string): Uint8Array | undefined {
  const chunk = group.chunks.get(name);
  if (chunk === undefined) return undefined;
  const pages = openPages(file, chunk);
  const dictionary = pages.find((page) => page.isDictionary);
  const isWhole = pages.every((page) => page.isDictionary || page.encoding === ENCODING.dictionary);
  return dictionary !== undefined && isWhole ? pageBytes(chunk, dictionary) : undefined;
}

function openPages(file: FileBytes, chunk: ChunkPlace): readonly Page[] {
  const pages = openChunk(file, chunk);
  const size = pages.reduce((sum, { uncompressedBytes }) => sum + uncompressedBytes, 0);
  if (size > MAX_CHUNK_BYTES) throw new LargeColumnError('a column is too large to be decoded at once');
  return pages;
}

/** Decodes texts to references and entries: those of the dictionary first, then plain values. */
function decodeTexts(
  chunk: ChunkPlace,
  pages: readonly Page[],
  refs: Uint32Array,
  only: Uint32Array | undefined,
): { readonly refs: Uint32Array; readonly entries: ByteEntries } {
  const rows = refs.length;
  const parts: Uint8Array[] = [];
  let count = 0;
  let row = 0;
  const wanted = new WantedRows(only);
  for (const page of pages) {
    if (page.isDictionary) {
      parts.push(pageBytes(chunk, page));
      count += page.values;
      continue;
    }
    checkRows(row, page.values, rows);
    const ofPage = wanted.before(row + page.values);
    if (ofPage?.length === 0) {
      row += page.values;
      continue;
    }
    const bytes = page.load();
    const levels = openLevels(bytes, 0);
    const present = presentRows(levels, page.values);
    const values = present?.count ?? page.values;
    if (values > 0 && page.encoding === ENCODING.dictionary) {
      const some = present === undefined && ofPage !== undefined && ofPage.length < page.values / 2;
      indicesOf(bytes, levels.end).copyTo(refs, row, values, 1, some ? ofPage : undefined);
      if (page.checksum === undefined) checkRefs(refs.subarray(row, row + values), count);
    } else if (values > 0 && page.encoding === ENCODING.plain) {
      for (let i = 0; i < values; i++) refs[row + i] = count + i + 1;
      parts.push(Uint8Array.from(bytes.subarray(levels.end)));
      count += values;
    } else if (values > 0) throw new RangeError(`unknown encoding ${page.encoding}`);
    if (present !== undefined) spread(refs, row, page.values, present, 1);
    row += page.values;
  }
  if (row < rows) throw new RangeError('a column has too few rows');
  return { refs, entries: entriesOf(parts, count) };
}

/** Divides ascending rows among pages. */
class WantedRows {
  readonly #rows: Uint32Array | undefined;
  #next = 0;

  constructor(rows: Uint32Array | undefined) {
    this.#rows = rows;
  }

  /** Returns the rows below `end` that have not been returned; `undefined` if all rows are wanted. */
  before(end: number): Uint32Array | undefined {
    if (this.#rows === undefined) return undefined;
    const from = this.#next;
    let high = this.#rows.length;
    while (this.#next < high) {
      const middle = (this.#next + high) >>> 1;
      if (this.#rows[middle] < end) this.#next = middle + 1;
      else high = middle;
    }
    return this.#rows.subarray(from, this.#next);
  }
}

/** Locates the entries in concatenated PLAIN values. */
function entriesOf(parts: readonly Uint8Array[], count: number): ByteEntries {
  const bytes = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const starts = new Uint32Array(count + 1);
  let at = 0;
  for (let entry = 1; entry <= count; entry++) {
    at += 4 + view.getUint32(at, true);
    if (at > bytes.length) throw new RangeError('a value exceeds its page');
    starts[entry] = at;
  }
  // A page header without its own checksum may give another number of values.
  if (at !== bytes.length) throw new RangeError('a page has more values than its header says');
  return { bytes, starts, count };
}

/** Returns a page's bytes, which remain valid. */
function pageBytes({ isCompressed }: ChunkPlace, page: Page): Uint8Array {
  const bytes = page.load();
  return isCompressed ? bytes : Uint8Array.from(bytes);
}

interface Words {
  readonly words: Uint32Array;
  readonly present: Uint8Array | undefined;
}

/** Decodes numbers of one or two words. */
function decodeWords(
  pages: readonly Page[],
  words: Uint32Array,
  wordsEach: 1 | 2,
  only: Uint32Array | undefined,
): Words {
  const rows = words.length / wordsEach;
  let dictionary: Uint32Array | undefined;
  let flags: Uint8Array | undefined;
  let row = 0;
  const wanted = new WantedRows(only);
  for (const page of pages) {
    if (page.isDictionary) {
      dictionary = wordsAt(page.load(), 0, page.values * wordsEach);
      continue;
    }
    checkRows(row, page.values, rows);
    if (wanted.before(row + page.values)?.length === 0) {
      row += page.values;
      continue;
    }
    const bytes = page.load();
    const levels = openLevels(bytes, 0);
    const present = presentRows(levels, page.values);
    const values = present?.count ?? page.values;
    if (values === 0) {
      // Only nulls.
    } else if (page.encoding === ENCODING.plain) {
      words.set(wordsAt(bytes, levels.end, values * wordsEach), row * wordsEach);
    } else if (page.encoding === ENCODING.delta && wordsEach === 2) {
      decodeDeltas(bytes, levels.end, values, words, row);
    } else if (page.encoding === ENCODING.dictionary && dictionary !== undefined) {
      const indices = new Uint32Array(values);
      indicesOf(bytes, levels.end).copyTo(indices, 0, values, 0);
      lookUp(dictionary, indices, words, row, wordsEach);
    } else throw new RangeError(`unknown encoding ${page.encoding}`);
    if (present !== undefined) {
      flags ??= new Uint8Array(rows).fill(1, 0, row);
      flags.set(present.flags, row);
      spread(words, row * wordsEach, page.values, present, wordsEach);
    } else flags?.fill(1, row, row + page.values);
    row += page.values;
  }
  if (row < rows) throw new RangeError('a column has too few rows');
  return { words, present: flags };
}

function lookUp(
  dictionary: Uint32Array,
  indices: Uint32Array,
  into: Uint32Array,
  from: number,
  wordsEach: 1 | 2,
): void {
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] * wordsEach;
    if (index >= dictionary.length) throw new RangeError('an index exceeds its dictionary');
    into[(from + i) * wordsEach] = dictionary[index];
    if (wordsEach === 2) into[(from + i) * 2 + 1] = dictionary[index + 1];
  }
}

/** Copies little-endian words, which may not be aligned. */
function wordsAt(bytes: Buffer, from: number, count: number): Uint32Array {
  if (from + count * 4 > bytes.length) throw new RangeError('a page is too short');
  const words = new Uint32Array(count);
  new Uint8Array(words.buffer).set(bytes.subarray(from, from + count * 4));
  return words;
}

function decodeBools(pages: readonly Page[], rows: number): Uint8Array {
  const values = new Uint8Array(rows);
  let row = 0;
  for (const page of pages) {
    checkRows(row, page.values, rows);
    const bytes = page.load();
    const levels = openLevels(bytes, 0);
    const present = presentRows(levels, page.values);
    for (let i = 0, bit = 0; i < page.values; i++) {
      if (present?.flags[i] === 0) continue;
      values[row + i] = ((bytes[levels.end + (bit >>> 3)] >>> (bit & 7)) & 1) + 1;
      bit++;
    }
    row += page.values;
  }
  if (row < rows) throw new RangeError('a column has too few rows');
  return values;
}

function decodeMap(
  file: FileBytes,
  { rows }: GroupLayout,
  name: string,
  keys: ChunkPlace,
  values: ChunkPlace,
): PlainColumn {
  const ofKeys = decodeList(keys, openPages(file, keys), rows);
  const ofValues = decodeList(values, openPages(file, values), rows);
  if (ofKeys.refs.length !== ofValues.refs.length)
    throw new RangeError('a map has different numbers of keys and values');
  const { starts, refs, entries } = ofKeys;
  const map = { kind: 'map', name, type: 'map', starts } as const;
  return { ...map, keys: refs, keyEntries: entries, values: ofValues.refs, valueEntries: ofValues.entries };
}

/** Decodes lists of required texts, such as a map's keys: row `r` has the elements `starts[r] .. starts[r + 1]`. */
function decodeList(
  chunk: ChunkPlace,
  pages: readonly Page[],
  rows: number,
): { readonly starts: Uint32Array; readonly refs: Uint32Array; readonly entries: ByteEntries } {
  const starts = new Uint32Array(rows + 1);
  const refs: Uint32Array[] = [];
  const parts: Uint8Array[] = [];
  let count = 0;
  let elements = 0;
  let row = -1;
  for (const page of pages) {
    if (page.isDictionary) {
      parts.push(pageBytes(chunk, page));
      count += page.values;
      continue;
    }
    const bytes = page.load();
    const repetition = openLevels(bytes, 0);
    const definition = openLevels(bytes, repetition.end);
    let own = 0;
    for (let i = 0; i < page.values; i++) {
      if (repetition.cursor.at(i) === 0) {
        row++;
        checkRows(row, 1, rows);
        starts[row] = elements + own;
      }
      own += definition.cursor.at(i);
    }
    const found = new Uint32Array(own);
    if (own > 0 && page.encoding === ENCODING.dictionary) {
      indicesOf(bytes, definition.end).copyTo(found, 0, own, 1);
      if (page.checksum === undefined) checkRefs(found, count);
    } else if (own > 0 && page.encoding === ENCODING.plain) {
      for (let i = 0; i < own; i++) found[i] = count + i + 1;
      parts.push(Uint8Array.from(bytes.subarray(definition.end)));
      count += own;
    } else if (own > 0) throw new RangeError(`unknown encoding ${page.encoding}`);
    refs.push(found);
    elements += own;
  }
  if (row + 1 < rows) throw new RangeError('a map has too few rows');
  starts[rows] = elements;
  return { starts, refs: concatWords(refs, elements), entries: entriesOf(parts, count) };
}

/** Checks references of a page without a checksum. */
function checkRefs(refs: Uint32Array, count: number): void {
  let largest = 0;
  for (let i = 0; i < refs.length; i++) if (refs[i] > largest) largest = refs[i];
  if (largest > count) throw new RangeError('an index exceeds its dictionary');
}

function concatWords(parts: readonly Uint32Array[], length: number): Uint32Array {
  const all = new Uint32Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

interface Present {
  /** One element per row, 0 if it is null. */
  readonly flags: Uint8Array;
  readonly count: number;
}

/** Returns which rows of a page have a value; `undefined` if all have one. */
function presentRows({ cursor }: PageLevels, rows: number): Present | undefined {
  const same = cursor.equal(rows);
  if (same === 1) return undefined;
  const flags = new Uint8Array(rows);
  let count = 0;
  if (same === undefined) {
    for (let row = 0; row < rows; row++) {
      const level = cursor.at(row);
      flags[row] = level;
      count += level;
    }
  }
  return { flags, count };
}

/** Moves consecutive values to the rows that have one, and sets the others to 0. */
function spread(values: Uint32Array, from: number, rows: number, { flags, count }: Present, wordsEach: 1 | 2): void {
  let next = count;
  for (let row = rows - 1; row >= 0; row--) {
    const isPresent = flags[row] !== 0;
    if (isPresent) next--;
    for (let word = 0; word < wordsEach; word++) {
      values[from + row * wordsEach + word] = isPresent ? values[from + next * wordsEach + word] : 0;
    }
  }
}

function checkRows(row: number, count: number, rows: number): void {
  if (row + count > rows) throw new RangeError('a column has too many rows');
}
