import type { FileBytes } from '../../parquet/file-bytes.ts';
import { dictionaryOf, numberDictionaryOf } from '../../parquet/read/decode-column.ts';
import type { GroupLayout } from '../../parquet/read/layout.ts';
import { ATTRIBUTES_MAP, type AttributeType, attributeColumn } from '../../schema.ts';
import { DistinctValues, hashOf } from '../volumes/distinct-values.ts';

/** What a file says about an attribute of one type. */
export interface ColumnStats {
  /** Key and type: `http.route#s`. */
  readonly name: string;
  /** The smallest hashes of its values (see `DistinctValues`). */
  readonly hashes: readonly number[];
  /** Whether these are hashes of all values. */
  readonly hasAllValues: boolean;
  /** Average length of the encoded values. */
  readonly averageBytes: number;
}

/** Encoded length of values of types that have about the same length. */
const LENGTHS: Readonly<Record<string, number>> = { i: 3, d: 9, b: 2 };
/** Encoded length of lists, maps and bytes, which are not in columns. */
const NESTED_LENGTH = 32;
/** Length of the tags and lengths that precede a text, of a text in a page, and of the quotes of JSON in the map. */
const TEXT_FRAME = 2;
const TEXT_PREFIX = 4;
const QUOTES = 2;

/** Returns what a file says about its attributes, without reading its rows. `keys` is the number of rows per attribute. */
export function columnStats(
  file: FileBytes,
  groups: readonly GroupLayout[],
  keys: Readonly<Record<string, number>>,
): readonly ColumnStats[] {
  const columns = new Set(groups.flatMap(({ chunks }) => [...chunks.keys()]));
  const isColumn = (name: string): boolean =>
    columns.has(attributeColumn(name.slice(0, -2), name.slice(-1) as AttributeType));
  const inMap = Object.entries(keys).filter(([name]) => !isColumn(name) && !name.endsWith('#w'));
  const pairs = inMap.reduce((sum, [, rows]) => sum + rows, 0);
  const mapBytes = groups.reduce(
    (sum, { chunks }) => sum + bytesOf(chunks.get(`${ATTRIBUTES_MAP}.key_value.value`)),
    0,
  );
  const ofMap = Math.max(TEXT_FRAME, mapBytes / Math.max(1, pairs) - TEXT_PREFIX - QUOTES + TEXT_FRAME);
  return Object.keys(keys).map((name) => {
    if (isColumn(name)) return ofColumn(file, groups, name, keys[name] ?? 0);
    return { name, hashes: [], hasAllValues: false, averageBytes: name.endsWith('#w') ? NESTED_LENGTH : ofMap };
  });
}

function ofColumn(file: FileBytes, groups: readonly GroupLayout[], name: string, rows: number): ColumnStats {
  const type = name.slice(-1) as AttributeType;
  const column = attributeColumn(name.slice(0, -2), type);
  const distinct = new DistinctValues();
  const own = groups.filter(({ chunks }) => chunks.has(column));
  const length = LENGTHS[type];
  if (length !== undefined) {
    const known = own.map((group) => addNumbers(file, group, column, type, distinct));
    return { name, hashes: distinct.hashes, hasAllValues: known.every(Boolean), averageBytes: length };
  }
  const texts = own.map((group) => addTexts(file, group, column, distinct));
  const [entries, entryBytes] = [sum(texts, 'entries'), sum(texts, 'entryBytes')];
  const average = entries > 0 ? entryBytes / entries : sum(texts, 'plainBytes') / Math.max(1, rows);
  return {
    ...{ name, hashes: distinct.hashes, hasAllValues: texts.every(({ plainBytes }) => plainBytes === 0) },
    averageBytes: Math.max(0, average - TEXT_PREFIX) + TEXT_FRAME,
  };
}

interface TextSizes {
  /** Number and size of the entries of the dictionary. */
  readonly entries: number;
  readonly entryBytes: number;
  /** Size of the values if they are not in a dictionary. */
  readonly plainBytes: number;
}

function sum(sizes: readonly TextSizes[], key: keyof TextSizes): number {
  return sizes.reduce((total, size) => total + size[key], 0);
}

/** Adds the texts of a column, if they are in a dictionary. */
function addTexts(file: FileBytes, group: GroupLayout, column: string, distinct: DistinctValues): TextSizes {
  const dictionary = dictionaryOf(file, group, column);
  if (dictionary === undefined) return { entries: 0, entryBytes: 0, plainBytes: bytesOf(group.chunks.get(column)) };
  const { bytes, starts, count } = dictionary;
  for (let entry = 1; entry <= count; entry++) {
    distinct.add(hashOf(bytes, (starts[entry - 1] ?? 0) + TEXT_PREFIX, starts[entry] ?? 0));
  }
  return { entries: count, entryBytes: starts[count] ?? 0, plainBytes: 0 };
}

/** Adds the numbers of a column. Returns `false` if some of them are not in its dictionary. */
function addNumbers(
  file: FileBytes,
  group: GroupLayout,
  column: string,
  type: AttributeType,
  distinct: DistinctValues,
): boolean {
  // Two values at most, and no dictionary.
  if (type === 'b') return false;
  const bytes = numberDictionaryOf(file, group, column);
  for (let at = 0; at + 8 <= (bytes?.length ?? 0); at += 8)
    if (bytes !== undefined) distinct.add(hashOf(bytes, at, at + 8));
  return bytes !== undefined;
}

function bytesOf(chunk: { readonly uncompressedBytes: number } | undefined): number {
  return chunk?.uncompressedBytes ?? 0;
}
