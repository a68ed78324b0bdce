import type { FileBytes } from '../file-bytes.ts';
import type { Cell } from './cell.ts';
import type { ChunkPlace, GroupLayout } from './layout.ts';
import { openLevels, PresentRows } from './levels.ts';
import { openChunk } from './pages.ts';
import { PlainValues, type Values, valuesOf } from './values.ts';

/**
 * Iterates over all cells of a column in a row group, in order, with one page in memory at a time. Several columns can
 * be iterated in turn. A column that the file does not have is null in all rows. Throws if the file is damaged.
 */
export function* eachCell(file: FileBytes, group: GroupLayout, column: string): Generator<Cell> {
  const keys = group.chunks.get(`${column}.key_value.key`);
  const values = group.chunks.get(`${column}.key_value.value`);
  const chunk = group.chunks.get(column);
  if (keys !== undefined && values !== undefined) {
    const ofValues = eachList(file, values);
    for (const own of eachList(file, keys)) {
      const texts = ofValues.next().value ?? [];
      yield new Map(own.map((key, i) => [key, texts[i] ?? '']));
    }
  } else if (chunk !== undefined) yield* eachValue(file, chunk);
  else for (let row = 0; row < group.rows; row++) yield null;
}

function* eachValue(file: FileBytes, chunk: ChunkPlace): Generator<Cell> {
  for (const page of eachPage(file, chunk)) {
    const levels = openLevels(page.bytes, 0);
    const present = new PresentRows(levels.cursor, page.values);
    let read: Values | undefined;
    for (let row = 0; row < page.values; row++) {
      const position = present.position(row);
      if (position >= 0) read ??= page.read(levels.end);
      yield position < 0 || read === undefined ? null : read(position);
    }
  }
}

/** Iterates over the texts of a map's keys or values, row by row. Pages divide only between rows. */
function* eachList(file: FileBytes, chunk: ChunkPlace): Generator<readonly string[]> {
  for (const page of eachPage(file, chunk)) {
    const repetition = openLevels(page.bytes, 0);
    const definition = openLevels(page.bytes, repetition.end);
    let read: Values | undefined;
    let position = 0;
    let list: string[] = [];
    for (let element = 0; element < page.values; element++) {
      if (repetition.cursor.at(element) === 0) {
        if (element > 0) yield list;
        list = [];
      }
      if (definition.cursor.at(element) === 0) continue;
      read ??= page.read(definition.end);
      list.push(String(read(position)));
      position += 1;
    }
    if (page.values > 0) yield list;
  }
}

interface OpenPage {
  readonly bytes: Buffer;
  readonly values: number;
  /** Opens the values that start at an offset. */
  read(from: number): Values;
}

function* eachPage(file: FileBytes, chunk: ChunkPlace): Generator<OpenPage> {
  // A chunk is opened for each of its pages, and they are copied, because other chunks are opened meanwhile.
  const load = (index: number): Buffer => Buffer.from(openChunk(file, chunk)[index]?.load() ?? []);
  const pages = openChunk(file, chunk);
  const at = pages.findIndex(({ isDictionary }) => isDictionary);
  const dictionary = at < 0 ? undefined : new PlainValues(load(at), 0, chunk.type);
  for (const [index, page] of pages.entries()) {
    if (page.isDictionary) continue;
    const bytes = load(index);
    yield {
      bytes,
      values: page.values,
      read: (from) => valuesOf(bytes, from, page.encoding, chunk.type, dictionary),
    };
  }
}
