import type { FacetValue } from '../contract.ts';
import type { MapColumn, PlainColumn, Words32Column, Words64Column } from '../parquet/column.ts';
import { entryText } from '../parquet/entries.ts';
import { ATTRIBUTES_MAP } from '../schema.ts';
import type { RowBlock } from './block.ts';
import { resourceValue } from './resource-values.ts';
import type { FieldPlaces } from './scan-filter.ts';
import type { RowList } from './selection.ts';
import { doubleText, jsonText, NotScannableError } from './value-tests.ts';

/** Limits of the number of different values in memory and of their total length. */
const MAX_VALUES = 100_000;
const MAX_LENGTH = 4 << 20;
/** Minimum number of values in memory. With longer ones, too many of them would be forgotten. */
const MIN_VALUES = 1000;
/** Maximum number of values that are returned if some were forgotten. */
const MAX_INEXACT_VALUES = 10_000;
/** Limit of the bytes that reading the column takes. The engine's memory is limited for all queries together. */
const MAX_COLUMN_BYTES = 8 << 20;

/** Numbers of rows by value, of which rare ones may be missing. */
export interface CountedValues {
  readonly values: readonly FacetValue[];
  /** The counts, also those of values that are missing, may be too low by this number. 0 if they are exact. */
  readonly missing: number;
}

/**
 * Numbers of rows by value. If there are too many different values, it subtracts the median from all counts and forgets
 * those that reach 0 (Misra and Gries, "Finding repeated elements", 1982), so that memory is limited and frequent values
 * remain.
 */
export class ValueCounts {
  readonly #counts = new Map<string, number>();
  #length = 0;
  #missing = 0;

  add(value: string, count: number): void {
    const known = this.#counts.get(value);
    this.#counts.set(value, (known ?? 0) + count);
    if (known !== undefined) return;
    this.#length += value.length;
    if (this.#counts.size <= MAX_VALUES && this.#length <= MAX_LENGTH) return;
    this.#forgetRare();
    if (this.#counts.size === 0) this.#counts.set(value, count);
  }

  /** Adds the counts of other rows. */
  addAll({ values, missing }: CountedValues): void {
    for (const { value, count } of values) this.add(value, count);
    this.#missing += missing;
  }

  all(): CountedValues {
    const values = [...this.#counts].map(([value, count]) => ({ value, count }));
    if (this.#missing === 0) return { values, missing: 0 };
    values.sort((a, b) => b.count - a.count);
    const missing = this.#missing + (values[MAX_INEXACT_VALUES]?.count ?? 0);
    return { values: values.slice(0, MAX_INEXACT_VALUES), missing };
  }

  #forgetRare(): void {
    if (this.#counts.size < MIN_VALUES) throw new NotScannableError('expected shorter values');
    const median = Float64Array.from(this.#counts.values()).sort()[this.#counts.size >> 1] ?? 0;
    for (const [value, count] of this.#counts) {
      if (count > median) {
        this.#counts.set(value, count - median);
      } else {
        this.#counts.delete(value);
        this.#length -= value.length;
      }
    }
    this.#missing += median;
  }
}

/** Adds up the counts of different rows; `undefined` if the values are too long. */
export function addCounts(parts: readonly CountedValues[]): CountedValues | undefined {
  const counts = new ValueCounts();
  try {
    for (const part of parts) counts.addAll(part);
    return counts.all();
  } catch (error) {
    if (error instanceof NotScannableError) return undefined;
    throw error;
  }
}

/** Counts the values of a field, as text, in the selected rows of a block. Rows without a value are not counted. */
export function collectValues(block: RowBlock, selected: RowList, places: FieldPlaces, counts: ValueCounts): void {
  switch (places.kind) {
    case 'column':
      addColumn(columnOf(block, places.name, selected), selected, places.missing, counts);
      return;
    case 'attribute': {
      // A row has at most one of these.
      for (const name of places.columns) addColumn(columnOf(block, name, selected), selected, undefined, counts);
      const map = block.mayBeInMap(places.key) ? block.column(ATTRIBUTES_MAP) : undefined;
      if (map?.kind === 'map') addMap(map, selected, places.key, counts);
      return;
    }
    case 'resource': {
      const column = block.column('resource_attributes', selected);
      if (column?.kind !== 'bytes') return;
      addEntries(selected, column.refs, column.entries.count, counts, (entry) => {
        const json = entry === 0 ? undefined : resourceValue(entryText(column, entry), places.key);
        return json === undefined ? undefined : jsonText(json);
      });
    }
  }
}

function columnOf(block: RowBlock, name: string, rows: RowList): PlainColumn | undefined {
  if (block.columnBytes(name) > MAX_COLUMN_BYTES) throw new NotScannableError('expected shorter values');
  return block.column(name, rows);
}

function addColumn(
  column: PlainColumn | undefined,
  rows: RowList,
  missing: string | undefined,
  counts: ValueCounts,
): void {
  switch (column?.kind) {
    case 'bytes':
      addEntries(rows, column.refs, column.entries.count, counts, (entry) =>
        entry === 0 ? missing : entryText(column, entry),
      );
      return;
    case 'words64':
    case 'words32': {
      const textOf = numberText(column);
      const { present } = column;
      for (const row of rows) if (present?.[row] !== 0) counts.add(textOf(row), 1);
      return;
    }
    case 'bool': {
      const of = [0, 0, 0];
      for (const row of rows) of[column.values[row]] += 1;
      if (of[1] > 0) counts.add('false', of[1]);
      if (of[2] > 0) counts.add('true', of[2]);
      return;
    }
    case 'empty':
      if (missing !== undefined && rows.length > 0) counts.add(missing, rows.length);
      return;
    default:
  }
}

/** Returns a function that returns the number in a row as text. */
function numberText(column: Words64Column | Words32Column): (row: number) => string {
  const { words } = column;
  if (column.kind === 'words32') return (row) => String(column.type === 'int32' ? words[row] | 0 : words[row]);
  const view = new DataView(words.buffer, words.byteOffset, words.byteLength);
  if (column.type === 'double') return (row) => doubleText(view.getFloat64(row * 8, true));
  return (row) => view.getBigInt64(row * 8, true).toString();
}

/** Counts the rows of each entry, of which each is converted to text once. */
function addEntries(
  rows: RowList,
  refs: Uint32Array,
  count: number,
  counts: ValueCounts,
  textOf: (entry: number) => string | undefined,
): void {
  const of = new Uint32Array(count + 1);
  for (let i = 0; i < rows.length; i++) of[refs[rows[i]]] += 1;
  for (let entry = 0; entry <= count; entry++) {
    const text = of[entry] === 0 ? undefined : textOf(entry);
    if (text !== undefined) counts.add(text, of[entry]);
  }
}

function addMap(column: MapColumn, rows: RowList, key: string, counts: ValueCounts): void {
  const { starts, keys, keyEntries, values, valueEntries } = column;
  const isKey = Array.from({ length: keyEntries.count + 1 }, (_, entry) => {
    return entry > 0 && entryText({ entries: keyEntries }, entry) === key;
  });
  for (const row of rows) {
    for (let pair = starts[row]; pair < starts[row + 1]; pair++) {
      if (isKey[keys[pair]] !== true) continue;
      counts.add(jsonText(entryText({ entries: valueEntries }, values[pair])), 1);
      break;
    }
  }
}
