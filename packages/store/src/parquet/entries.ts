import type { ByteEntries } from './column.ts';

/** The entries of a column; `undefined` if no row has a value. */
export interface TextEntries {
  readonly entries: ByteEntries | undefined;
}

/** Returns a view of an entry's bytes. */
export function entryBytes({ bytes, starts }: ByteEntries, entry: number): Buffer {
  const start = starts[entry - 1] + 4;
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, starts[entry] - start);
}

/** Returns the text of an entry, or an empty string for 0 or without a column. */
export function entryText(column: TextEntries | undefined, entry: number): string {
  const entries = column?.entries;
  return entries === undefined || entry === 0 ? '' : entryBytes(entries, entry).toString();
}

/** Returns an array with 1 at the entries that have one of the texts. */
export function entriesOf(column: TextEntries, texts: ReadonlySet<string>): Uint8Array {
  const found = new Uint8Array((column.entries?.count ?? 0) + 1);
  for (let entry = 1; entry < found.length; entry++) {
    if (texts.has(entryText(column, entry))) found[entry] = 1;
  }
  return found;
}
