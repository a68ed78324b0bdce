import type { FileBytes } from '../file-bytes.ts';
import { ENCODING } from '../format.ts';
import type { ChunkPlace } from './layout.ts';
import { openLevels, rowsWithValue } from './levels.ts';
import { openChunk, type Page } from './pages.ts';
import { indicesOf, PlainValues } from './values.ts';

/** Texts to find, by their first four bytes. */
export class WantedTexts {
  readonly #texts: ReadonlyMap<number, readonly (readonly [string, Buffer])[]>;

  /** Prepares texts, each of which has at least four bytes. */
  constructor(texts: readonly string[]) {
    const encoded = texts.map((text) => [text, Buffer.from(text)] as const);
    if (encoded.some(([, bytes]) => bytes.length < 4)) throw new RangeError('expected texts of at least four bytes');
    this.#texts = Map.groupBy(encoded, ([, bytes]) => bytes.readInt32LE(0));
  }

  /** Returns the wanted text that is equal to a value, whose length is at `at`. */
  match(bytes: Buffer, at: number): string | undefined {
    const length = bytes.readUInt32LE(at);
    if (length < 4) return undefined;
    const sameStart = this.#texts.get(bytes.readInt32LE(at + 4));
    return sameStart?.find(
      ([, text]) => text.length === length && text.compare(bytes, at + 4, at + 4 + length) === 0,
    )?.[0];
  }
}

/** A row that has a wanted text. */
export interface FoundText {
  readonly row: number;
  readonly text: string;
}

/** Returns the rows of a text column's chunk that have a wanted text, in order. */
export function findTexts(file: FileBytes, chunk: ChunkPlace, wanted: WantedTexts): readonly FoundText[] {
  const pages = openChunk(file, chunk);
  const dictionary = pages.find((page) => page.isDictionary);
  const data = pages.filter((page) => !page.isDictionary);
  const entries = dictionary && matchesOf(new PlainValues(dictionary.load(), 0, 'text'), dictionary.values, wanted);
  // The pages of most chunks refer to none of the texts and need not be decompressed.
  if (entries?.texts.size === 0 && data.every((page) => page.encoding === ENCODING.dictionary)) return [];
  const found: FoundText[] = [];
  let firstRow = 0;
  for (const page of data) {
    findInPage(page, entries, wanted, (row, text) => found.push({ row: firstRow + row, text }));
    firstRow += page.values;
  }
  return found;
}

/** The entries of a dictionary that are wanted. */
interface Matches {
  readonly texts: ReadonlyMap<number, string>;
  /** One element per entry, nonzero if it is wanted. */
  readonly flags: Uint8Array;
}

function matchesOf(dictionary: PlainValues, count: number, wanted: WantedTexts): Matches {
  const texts = new Map<number, string>();
  const flags = new Uint8Array(count);
  for (let entry = 0; entry < count; entry++) {
    const text = wanted.match(dictionary.bytes, dictionary.start(entry));
    if (text === undefined) continue;
    texts.set(entry, text);
    flags[entry] = 1;
  }
  return { texts, flags };
}

function findInPage(
  page: Page,
  entries: Matches | undefined,
  wanted: WantedTexts,
  found: (row: number, text: string) => void,
): void {
  const bytes = page.load();
  const levels = openLevels(bytes, 0);
  const rows = rowsWithValue(levels.cursor, page.values);
  const count = rows?.length ?? page.values;
  const report = (position: number, text: string | undefined): void => {
    if (text !== undefined) found(rows?.[position] ?? position, text);
  };
  if (count === 0) return;
  if (page.encoding === ENCODING.plain) {
    const plain = new PlainValues(bytes, levels.end, 'text');
    for (let position = 0; position < count; position++) report(position, wanted.match(bytes, plain.start(position)));
    return;
  }
  if (page.encoding !== ENCODING.dictionary || entries === undefined) throw new Error('unknown encoding of texts');
  indicesOf(bytes, levels.end).find(count, entries.flags, (position, entry) =>
    report(position, entries.texts.get(entry)),
  );
}
