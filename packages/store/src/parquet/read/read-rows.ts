import type { FileBytes } from '../file-bytes.ts';
import type { Cell, CellBudget } from './cell.ts';
import type { GroupLayout } from './layout.ts';
import { openLevels, PresentRows } from './levels.ts';
import { openChunk, type Page } from './pages.ts';
import { PlainValues, type Values, valuesOf } from './values.ts';

/**
 * Reads some rows of a column in a row group. `rows` are positions in the group, in order. A column that the file does
 * not have is null in all rows. Throws if the values exceed the budget.
 */
export function readRows(
  file: FileBytes,
  group: GroupLayout,
  column: string,
  rows: readonly number[],
  budget?: CellBudget,
): readonly Cell[] {
  const keys = group.chunks.get(`${column}.key_value.key`);
  const values = group.chunks.get(`${column}.key_value.value`);
  if (keys !== undefined && values !== undefined) {
    const texts = (chunk: typeof keys) => readLists(openChunk(file, chunk), rows, budget);
    const ofKeys = texts(keys);
    const ofValues = texts(values);
    return ofKeys.map((own, i) => new Map(own.map((key, k) => [key, ofValues[i]?.[k] ?? ''])));
  }
  const chunk = group.chunks.get(column);
  if (chunk === undefined) return rows.map(() => null);
  const pages = openChunk(file, chunk);
  const dictionary = lazyDictionary(pages, chunk.type);
  const cells: Cell[] = [];
  let firstRow = 0;
  for (const page of pages) {
    if (page.isDictionary) continue;
    const wanted = rowsWithin(rows, cells.length, firstRow, page.values);
    if (wanted.length > 0) {
      const bytes = page.load();
      const levels = openLevels(bytes, 0);
      const present = new PresentRows(levels.cursor, page.values);
      let read: Values | undefined;
      for (const row of wanted) {
        const position = present.position(row);
        if (position >= 0) read ??= valuesOf(bytes, levels.end, page.encoding, chunk.type, dictionary());
        const cell = position < 0 || read === undefined ? null : read(position);
        budget?.take(cell);
        cells.push(cell);
      }
    }
    firstRow += page.values;
  }
  if (cells.length < rows.length) throw new RangeError('a column has too few rows');
  return cells;
}

/** Returns the rows of a page that are wanted, relative to its first row. */
function rowsWithin(rows: readonly number[], from: number, firstRow: number, count: number): readonly number[] {
  const found: number[] = [];
  for (let i = from; i < rows.length; i++) {
    const row = (rows[i] ?? 0) - firstRow;
    if (row >= count) break;
    found.push(row);
  }
  return found;
}

function lazyDictionary(pages: readonly Page[], type: PlainTypes): () => PlainValues | undefined {
  const page = pages.find(({ isDictionary }) => isDictionary);
  let dictionary: PlainValues | undefined;
  return () => {
    if (page !== undefined) dictionary ??= new PlainValues(page.load(), 0, type);
    return dictionary;
  };
}

type PlainTypes = ConstructorParameters<typeof PlainValues>[2];

/** Reads the texts of a map's keys or values in some rows. Pages divide only between rows. */
function readLists(
  pages: readonly Page[],
  rows: readonly number[],
  budget: CellBudget | undefined,
): readonly (readonly string[])[] {
  const dictionary = lazyDictionary(pages, 'text');
  const lists: string[][] = [];
  let row = -1;
  for (const page of pages) {
    if (page.isDictionary) continue;
    if (lists.length === rows.length) break;
    const bytes = page.load();
    const repetition = openLevels(bytes, 0);
    const definition = openLevels(bytes, repetition.end);
    if (definition.cursor.equal(page.values) === 0) {
      row += page.values;
      while (lists.length < rows.length && (rows[lists.length] ?? 0) <= row) lists.push([]);
      continue;
    }
    const read = valuesOf(bytes, definition.end, page.encoding, 'text', dictionary());
    let position = 0;
    for (let element = 0; element < page.values; element++) {
      if (repetition.cursor.at(element) === 0) row += 1;
      const isPresent = definition.cursor.at(element) !== 0;
      while (lists.length < rows.length && (rows[lists.length] ?? 0) <= row) lists.push([]);
      if (isPresent && rows[lists.length - 1] === row) {
        const text = String(read(position));
        budget?.take(text);
        lists.at(-1)?.push(text);
      }
      if (isPresent) position += 1;
    }
  }
  if (lists.length < rows.length) throw new RangeError('a map has too few rows');
  return lists;
}
