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
import { doubleText, type NumberTest } from './value-tests.ts';

/** Removes the rows that do not satisfy conditions from a selection: one element per row, nonzero if it is selected. */
export function selectRows(block: RowBlock, conditions: readonly ScanCondition[], selected: Uint8Array): void {
  for (const condition of conditions) {
    const hits = new Uint8Array(block.rows);
    mark(block, condition, selected, hits);
    selected.set(hits);
    if (!hits.includes(1)) return;
  }
}

/** Marks the selected rows that satisfy a condition. */
function mark(block: RowBlock, { places, tests }: ScanCondition, selected: Uint8Array, hits: Uint8Array): void {
  const marked = { selected, hits };
  switch (places.kind) {
    case 'column': {
      const column = block.column(places.name, selected);
      const missing = Buffer.from(places.missing ?? '');
      const ofMissing = places.missing !== undefined && tests.text(missing, 0, missing.length);
      if (column !== undefined) markColumn(column, tests, ofMissing, marked);
      return;
    }
    case 'attribute': {
      for (const name of places.columns) {
        const column = block.column(name, selected);
        if (column !== undefined) markColumn(column, tests, false, marked);
      }
      const map = block.mayBeInMap(places.key) ? block.column(ATTRIBUTES_MAP) : undefined;
      if (map?.kind === 'map') markMap(map, places.key, tests.json, marked);
      return;
    }
    case 'resource': {
      const column = block.column('resource_attributes', selected);
      if (column?.kind === 'bytes') markBytes(column, resourceTest(places.key, tests.json), false, marked);
    }
  }
}

interface Marked {
  readonly selected: Uint8Array;
  readonly hits: Uint8Array;
}

function markColumn(column: PlainColumn, tests: ScanCondition['tests'], ofMissing: boolean, marked: Marked): void {
  switch (column.kind) {
    case 'empty':
      if (ofMissing) marked.hits.set(marked.selected);
      return;
    case 'bytes':
      markBytes(column, tests.text, ofMissing, marked);
      return;
    case 'words64':
      markWords64(column, column.type === 'double' ? tests.double : tests.integer, marked);
      return;
    case 'words32':
      markWords32(column, tests.integer, marked);
      return;
    case 'bool':
      markBools(column, tests.boolean, marked);
      return;
    case 'map':
      return;
  }
}

const HOLDS = 1;
const FAILS = 2;

function markBytes(
  { refs, entries }: BytesColumn,
  test: (bytes: Uint8Array, from: number, to: number) => boolean,
  ofMissing: boolean,
  { selected, hits }: Marked,
): void {
  // Each distinct value is tested once.
  const known = new Uint8Array(entries.count + 1);
  known[0] = ofMissing ? HOLDS : FAILS;
  for (let row = 0; row < refs.length; row++) {
    if (selected[row] === 0) continue;
    const ref = refs[row];
    let result = known[ref];
    if (result === 0) {
      result = test(entries.bytes, entries.starts[ref - 1] + 4, entries.starts[ref]) ? HOLDS : FAILS;
      known[ref] = result;
    }
    if (result === HOLDS) hits[row] = 1;
  }
}

function markWords64(column: Words64Column, { kind, test }: NumberTest, { selected, hits }: Marked): void {
  const { words, present, type } = column;
  const view = new DataView(words.buffer, words.byteOffset, words.byteLength);
  for (let row = 0; row < selected.length; row++) {
    if (selected[row] === 0 || present?.[row] === 0) continue;
    const value =
      type === 'double' ? view.getFloat64(row * 8, true) : (words[row * 2 + 1] | 0) * 2 ** 32 + words[row * 2];
    const holds =
      kind === 'number'
        ? test(value)
        : test(type === 'double' ? doubleText(value) : view.getBigInt64(row * 8, true).toString());
    if (holds) hits[row] = 1;
  }
}

function markWords32(column: Words32Column, { kind, test }: NumberTest, { selected, hits }: Marked): void {
  const { words, present, type } = column;
  for (let row = 0; row < selected.length; row++) {
    if (selected[row] === 0 || present?.[row] === 0) continue;
    const value = type === 'int32' ? words[row] | 0 : words[row];
    if (kind === 'number' ? test(value) : test(String(value))) hits[row] = 1;
  }
}

function markBools({ values }: BoolColumn, test: (value: boolean) => boolean, { selected, hits }: Marked): void {
  const results = [false, test(false), test(true)];
  for (let row = 0; row < selected.length; row++) {
    if (selected[row] !== 0 && results[values[row]]) hits[row] = 1;
  }
}

function markMap(column: MapColumn, key: string, test: (text: string) => boolean, { selected, hits }: Marked): void {
  const { starts, keys, values, valueEntries } = column;
  const wanted = findEntries(column.keyEntries, Buffer.from(key));
  if (!wanted.includes(1)) return;
  const known = new Uint8Array(valueEntries.count + 1);
  for (let row = 0; row < selected.length; row++) {
    if (selected[row] === 0) continue;
    for (let pair = starts[row]; pair < starts[row + 1]; pair++) {
      if (wanted[keys[pair]] === 0) continue;
      const ref = values[pair];
      let result = known[ref];
      if (result === 0) {
        result = test(entryBytes(valueEntries, ref).toString()) ? HOLDS : FAILS;
        known[ref] = result;
      }
      if (result === HOLDS) hits[row] = 1;
      break;
    }
  }
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
