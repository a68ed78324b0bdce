import type {
  BoolColumn,
  ByteEntries,
  BytesColumn,
  MapColumn,
  PlainColumn,
  Words32Column,
  Words64Column,
} from '../parquet/column.ts';
import { entryBytes } from '../parquet/entries.ts';
import { ATTRIBUTES_MAP } from '../schema.ts';
import type { RowBlock } from './block.ts';
import { resourceTest } from './resource-values.ts';
import type { ScanCondition } from './scan-filter.ts';
import { combine, filterRows, type RowList } from './selection.ts';
import { doubleText, NotScannableError, type NumberTest } from './value-tests.ts';

/** Returns those of some rows that satisfy all conditions. */
export function selectRows(block: RowBlock, conditions: readonly ScanCondition[], rows: RowList): RowList {
  let selected = rows;
  for (const condition of conditions) {
    if (selected.length === 0) return selected;
    const rowsBefore = selected;
    const found = [condition, ...condition.or].map((one) => matching(block, one, rowsBefore));
    selected = found.length === 1 ? (found[0] ?? NONE) : combine(found, block.rows);
  }
  return selected;
}

/** Returns those of some rows that satisfy a condition. */
function matching(block: RowBlock, { places, tests }: ScanCondition, rows: RowList): RowList {
  switch (places.kind) {
    case 'column': {
      const missing = Buffer.from(places.missing ?? '');
      const ofMissing = places.missing !== undefined && tests.text(missing, 0, missing.length);
      return inColumn(block, places.name, tests, ofMissing, rows);
    }
    case 'attribute': {
      const found = places.columns.map((name) => inColumn(block, name, tests, false, rows));
      const map = block.mayBeInMap(places.key) ? block.column(ATTRIBUTES_MAP) : undefined;
      if (map?.kind === 'map') found.push(inMap(map, places.key, tests.json, rows));
      return combine(found, block.rows);
    }
    case 'texts': {
      const names = [...places.columns, ...block.attributeColumns];
      if (names.some((name) => block.columnBytes(name) > MAX_TEXT_BYTES)) {
        throw new NotScannableError('expected shorter values');
      }
      const found = names.map((name) => inColumn(block, name, tests, false, rows));
      const map = block.column(ATTRIBUTES_MAP);
      if (map?.kind === 'map') found.push(inValues(map, tests.json, rows));
      return combine(found, block.rows);
    }
    case 'resource': {
      const column = block.column('resource_attributes', rows);
      return column?.kind === 'bytes' ? inBytes(column, resourceTest(places.key, tests.json), false, rows) : NONE;
    }
  }
}

const NONE: RowList = new Uint32Array(0);
/** Limit of the size of a column that is searched for a text. The engine's memory is limited for all queries together. */
const MAX_TEXT_BYTES = 24 << 20;

function inColumn(
  block: RowBlock,
  name: string,
  tests: ScanCondition['tests'],
  ofMissing: boolean,
  rows: RowList,
): RowList {
  const direct = ofMissing || rows.length < block.rows ? undefined : block.rowsWith?.(name, tests.text);
  if (direct !== undefined) return direct;
  const column = block.column(name, rows);
  if (column === undefined) return NONE;
  return inPlain(column, tests, ofMissing, rows);
}

function inPlain(column: PlainColumn, tests: ScanCondition['tests'], ofMissing: boolean, rows: RowList): RowList {
  switch (column.kind) {
    case 'empty':
      return ofMissing ? rows : NONE;
    case 'bytes':
      return inBytes(column, tests.text, ofMissing, rows);
    case 'words64':
      return inWords64(column, column.type === 'double' ? tests.double : tests.integer, rows);
    case 'words32':
      return inWords32(column, tests.integer, rows);
    case 'bool':
      return inBools(column, tests.boolean, rows);
    case 'map':
      return NONE;
  }
}

const HOLDS = 1;
const FAILS = 2;

function inBytes(
  { refs, entries }: BytesColumn,
  test: (bytes: Uint8Array, from: number, to: number) => boolean,
  ofMissing: boolean,
  rows: RowList,
): RowList {
  // Each distinct value is tested once.
  const known = new Uint8Array(entries.count + 1);
  known[0] = ofMissing ? HOLDS : FAILS;
  const found = new Uint32Array(rows.length);
  let count = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    const ref = refs[row];
    let result = known[ref];
    if (result === 0) {
      result = test(entries.bytes, entries.starts[ref - 1] + 4, entries.starts[ref]) ? HOLDS : FAILS;
      known[ref] = result;
    }
    if (result === HOLDS) found[count++] = row;
  }
  return found.subarray(0, count);
}

function inWords64(column: Words64Column, { kind, test }: NumberTest, rows: RowList): RowList {
  const { words, present, type } = column;
  const view = new DataView(words.buffer, words.byteOffset, words.byteLength);
  return filterRows(rows, (row) => {
    if (present?.[row] === 0) return false;
    const value =
      type === 'double' ? view.getFloat64(row * 8, true) : (words[row * 2 + 1] | 0) * 2 ** 32 + words[row * 2];
    return kind === 'number'
      ? test(value)
      : test(type === 'double' ? doubleText(value) : view.getBigInt64(row * 8, true).toString());
  });
}

function inWords32(column: Words32Column, { kind, test }: NumberTest, rows: RowList): RowList {
  const { words, present, type } = column;
  return filterRows(rows, (row) => {
    if (present?.[row] === 0) return false;
    const value = type === 'int32' ? words[row] | 0 : words[row];
    return kind === 'number' ? test(value) : test(String(value));
  });
}

function inBools({ values }: BoolColumn, test: (value: boolean) => boolean, rows: RowList): RowList {
  const results = [false, test(false), test(true)];
  return filterRows(rows, (row) => results[values[row]] === true);
}

function inMap(column: MapColumn, key: string, test: (text: string) => boolean, rows: RowList): RowList {
  const { starts, keys, values, valueEntries } = column;
  const wanted = findEntries(column.keyEntries, Buffer.from(key));
  if (!wanted.includes(1)) return NONE;
  const known = new Uint8Array(valueEntries.count + 1);
  return filterRows(rows, (row) => {
    for (let pair = starts[row]; pair < starts[row + 1]; pair++) {
      if (wanted[keys[pair]] === 0) continue;
      const ref = values[pair];
      let result = known[ref];
      if (result === 0) {
        result = test(entryBytes(valueEntries, ref).toString()) ? HOLDS : FAILS;
        known[ref] = result;
      }
      return result === HOLDS;
    }
    return false;
  });
}

/** Returns the rows with a value in the map that satisfies a test. Each distinct value is tested once. */
function inValues(
  { starts, values, valueEntries }: MapColumn,
  test: (text: string) => boolean,
  rows: RowList,
): RowList {
  const flags = new Uint8Array(valueEntries.count + 1);
  for (let entry = 1; entry <= valueEntries.count; entry++) {
    if (test(entryBytes(valueEntries, entry).toString())) flags[entry] = 1;
  }
  return filterRows(rows, (row) => {
    for (let pair = starts[row]; pair < starts[row + 1]; pair++) if (flags[values[pair]] === 1) return true;
    return false;
  });
}

/** Flags the entries that are equal to some bytes. There may be several, because plain values are not distinct. */
function findEntries({ bytes, starts, count }: ByteEntries, wanted: Buffer): Uint8Array {
  const flags = new Uint8Array(count + 1);
  for (let entry = 1; entry <= count; entry++) {
    const from = starts[entry - 1] + 4;
    if (starts[entry] - from === wanted.length && wanted.compare(bytes, from, starts[entry]) === 0) flags[entry] = 1;
  }
  return flags;
}
