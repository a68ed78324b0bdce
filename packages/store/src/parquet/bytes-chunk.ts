import { ByteWriter } from './byte-writer.ts';
import { type Bounds, ChunkWriter, type EncodedChunk } from './chunk.ts';
import type { ByteEntries, BytesColumn } from './column.ts';
import { ENCODING, PAGE_ROWS, PHYSICAL } from './format.ts';
import { bitWidth, writeHybrid } from './hybrid.ts';
import { type Levels, levelsOf, writeLevels } from './levels.ts';
import { Scratch } from './scratch.ts';

/** Maximum length of min/max bounds. Longer ones do not help readers and enlarge the footer. */
const LONGEST_BOUND = 64;

/** The entries that a range of rows uses, renumbered in order of first use. */
export interface LocalDictionary {
  /** The zero-based index, plus `bias`, for each nonzero reference. */
  readonly indices: Uint32Array;
  readonly bias: number;
  /** The entry for each index. */
  readonly used: Uint32Array;
}

/** Average value size from which values are treated as large, in bytes. */
const LARGE_VALUE_BYTES = 16_384;

/** Maximum number of entries for which the encoder checks which ones are used, so that bounds are exact. */
const SMALL_DICTIONARY = 64;
/** Maximum number of entries that may form the dictionary of a part of the rows unchanged. */
const LARGEST_SHARED = 65_536;

/** Encodes text or bytes, with a dictionary or, if more than half of the values are distinct, plain. */
export function encodeBytes(column: BytesColumn): EncodedChunk {
  const { refs, entries } = column;
  const { levels, present } = column.full === true ? { levels: undefined, present: refs.length } : levelsOf(refs);
  const asTheyStand =
    column.whole === true && entries.count > SMALL_DICTIONARY
      ? true
      : entries.count <= Math.min(LARGEST_SHARED, refs.length) && usesAll(refs, entries.count);
  const local = asTheyStand
    ? wholeDictionary(refs, levels, present, entries.count)
    : localDictionary(refs, present, entries.count);
  const { indices, bias, used } = local;
  const chunk = new ChunkWriter();
  const plain = used.length * 2 > present && present > 32 && !areLarge(entries, used);
  if (!plain && present > 0) chunk.dictionary(copyEntries(entries, used, 0, used.length), used.length);
  const width = bitWidth(Math.max(0, used.length - 1));
  const out = new ByteWriter(PAGE_ROWS);
  let value = 0;
  for (let from = 0; from < refs.length; from += PAGE_ROWS) {
    const to = Math.min(from + PAGE_ROWS, refs.length);
    out.length = 0;
    const count = writeLevels(out, levels, from, to);
    if (plain) {
      copyValues(out, entries, local, value, value + count);
    } else if (present > 0) {
      out.byte(width);
      writeHybrid(out, indices, value, value + count, width, bias);
    }
    value += count;
    chunk.page(out.take(), to - from, plain || present === 0 ? ENCODING.plain : ENCODING.dictionary);
  }
  const bounds = plain || present === 0 || column.type === 'bytes' ? undefined : byteBounds(entries, used);
  return chunk.finish([column.name], PHYSICAL.byteArray, refs.length - present, bounds, true);
}

/** Reports whether values are too large to copy into pages: a dictionary of large values is compressed in place. */
function areLarge(entries: ByteEntries, used: Uint32Array): boolean {
  let size = 0;
  for (let i = 0; i < used.length; i++) {
    const entry = used[i];
    size += entries.starts[entry] - entries.starts[entry - 1];
  }
  return size > used.length * LARGE_VALUE_BYTES;
}

/** Returns whether all entries are used. Usually the first rows show it. */
function usesAll(refs: Uint32Array, entryCount: number): boolean {
  const seen = new Uint8Array(entryCount + 1);
  let missing = entryCount;
  for (let row = 0; row < refs.length && missing > 0; row++) {
    const ref = refs[row];
    if (ref === 0 || seen[ref] !== 0) continue;
    seen[ref] = 1;
    missing--;
  }
  return missing === 0;
}

function wholeDictionary(refs: Uint32Array, levels: Levels, present: number, entryCount: number): LocalDictionary {
  const used = new Uint32Array(entryCount);
  for (let i = 0; i < entryCount; i++) used[i] = i + 1;
  if (levels === undefined) return { indices: refs, bias: 1, used };
  const indices = indicesScratch.take(present);
  for (let row = 0, at = 0; row < refs.length; row++) {
    const ref = refs[row];
    if (ref !== 0) indices[at++] = ref;
  }
  return { indices, bias: 1, used };
}

/** Returns the dictionary of a range of references, skipping zeros. Its indices are valid until the next call. */
export function localDictionary(refs: Uint32Array, present: number, entryCount: number): LocalDictionary {
  const numbers = scratchFor(entryCount + 1);
  const indices = indicesScratch.take(present);
  const used = usedScratch.take(Math.min(present, entryCount));
  let count = 0;
  let at = 0;
  let lastRef = 0;
  let lastIndex = 0;
  for (let row = 0; row < refs.length; row++) {
    const ref = refs[row];
    if (ref === 0) continue;
    if (ref === lastRef) {
      indices[at++] = lastIndex;
      continue;
    }
    let number = numbers[ref];
    if (number === 0) {
      used[count++] = ref;
      number = count;
      numbers[ref] = number;
    }
    lastRef = ref;
    lastIndex = number - 1;
    indices[at++] = lastIndex;
  }
  for (let i = 0; i < count; i++) numbers[used[i]] = 0;
  return { indices, bias: 0, used: used.slice(0, count) };
}

/** Concatenates the bytes of entries. */
export function copyEntries(entries: ByteEntries, used: Uint32Array, from: number, to: number): Uint8Array {
  let size = 0;
  let consecutive = true;
  for (let i = from; i < to; i++) {
    const entry = used[i];
    size += entries.starts[entry] - entries.starts[entry - 1];
    if (i > from && entry !== used[i - 1] + 1) consecutive = false;
  }
  if (consecutive && to > from) {
    const start = entries.starts[used[from] - 1];
    return entries.bytes.subarray(start, start + size);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (let i = from; i < to; i++) {
    const entry = used[i];
    const start = entries.starts[entry - 1];
    const end = entries.starts[entry];
    bytes.set(entries.bytes.subarray(start, end), at);
    at += end - start;
  }
  return bytes;
}

function copyValues(out: ByteWriter, entries: ByteEntries, local: LocalDictionary, from: number, to: number): void {
  const { indices, used, bias } = local;
  const entryOf = (value: number) => used[indices[value] - bias];
  let i = from;
  while (i < to) {
    // Values that were appended consecutively are copied in one operation.
    const first = entryOf(i++);
    let last = first;
    while (i < to && entryOf(i) === last + 1) {
      last++;
      i++;
    }
    out.append(entries.bytes.subarray(entries.starts[first - 1], entries.starts[last]));
  }
}

function byteBounds(entries: ByteEntries, used: Uint32Array): Bounds | undefined {
  let min = used[0];
  let max = min;
  for (let i = 1; i < used.length; i++) {
    const entry = used[i];
    if (compareEntries(entries, entry, min) < 0) min = entry;
    else if (compareEntries(entries, entry, max) > 0) max = entry;
  }
  const bounds = { min: entryBytes(entries, min), max: entryBytes(entries, max) };
  return bounds.min.length > LONGEST_BOUND || bounds.max.length > LONGEST_BOUND ? undefined : bounds;
}

function entryBytes(entries: ByteEntries, entry: number): Uint8Array {
  return entries.bytes.slice(entries.starts[entry - 1] + 4, entries.starts[entry]);
}

function compareEntries(entries: ByteEntries, a: number, b: number): number {
  const { bytes, starts } = entries;
  let atA = starts[a - 1] + 4;
  let atB = starts[b - 1] + 4;
  const endA = starts[a];
  const endB = starts[b];
  while (atA < endA && atB < endB) {
    const difference = bytes[atA++] - bytes[atB++];
    if (difference !== 0) return difference;
  }
  return endA - atA - (endB - atB);
}

const indicesScratch = new Scratch();
const usedScratch = new Scratch();

/** Scratch array that maps entries to numbers. It is zeroed after each use. */
let numbersScratch = new Uint32Array(1024);

function scratchFor(length: number): Uint32Array {
  if (numbersScratch.length < length) numbersScratch = new Uint32Array(length * 2);
  return numbersScratch;
}

/** Releases the memory retained after encoding large files. */
export function trimScratch(): void {
  if (numbersScratch.length > 65_536) numbersScratch = new Uint32Array(1024);
  Scratch.trim();
}
