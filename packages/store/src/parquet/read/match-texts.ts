import type { FileBytes } from '../file-bytes.ts';
import { ENCODING } from '../format.ts';
import type { GroupLayout } from './layout.ts';
import { openLevels } from './levels.ts';
import { openChunk } from './pages.ts';
import { indicesOf } from './values.ts';

/**
 * Returns the rows of a text column whose entry of the dictionary has the element 1 in `wanted` (the others have 0),
 * without decoding the column. Returns `undefined` if some values are not in the dictionary, and for pages without
 * checksums, whose references may exceed it.
 */
export function matchTexts(
  file: FileBytes,
  group: GroupLayout,
  name: string,
  wanted: Uint8Array,
): Uint32Array | undefined {
  const chunk = group.chunks.get(name);
  if (chunk === undefined) return new Uint32Array(0);
  const pages = openChunk(file, chunk).filter((page) => !page.isDictionary);
  if (pages.some(({ encoding, checksum }) => encoding !== ENCODING.dictionary || checksum === undefined)) {
    return undefined;
  }
  const ofDictionary = wanted.subarray(1);
  const found = new Uint32Array(group.rows + 1);
  let count = 0;
  let row = 0;
  for (const page of pages) {
    const bytes = page.load();
    const levels = openLevels(bytes, 0);
    const same = levels.cursor.equal(page.values);
    if (same === undefined) return undefined;
    if (same === 1) count = indicesOf(bytes, levels.end).filterTo(found, count, page.values, ofDictionary, row);
    row += page.values;
  }
  if (row !== group.rows) throw new RangeError('a column has another number of rows than its row group');
  return found.subarray(0, count);
}
