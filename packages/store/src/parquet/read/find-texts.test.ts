import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createRandom } from '../../columns/blast.testing.ts';
import { BytesBuilder } from '../../columns/values/bytes-builder.ts';
import { encodeParquet } from '../file.ts';
import { PLAIN_FILES } from '../file-bytes.ts';
import { findTexts, WantedTexts } from './find-texts.ts';
import { readLayout } from './layout.ts';
import { readRows } from './read-rows.ts';

const directory = mkdtempSync(join(tmpdir(), 'otelier-find-'));
after(() => rmSync(directory, { recursive: true, force: true }));

/** Writes a column of texts, of which each is in `repeated` rows on average, and some rows have none. */
function write(name: string, rows: number, repeated: number): { path: string; texts: (string | undefined)[] } {
  const random = createRandom(rows + repeated);
  const builder = new BytesBuilder(true);
  const texts: (string | undefined)[] = [];
  for (let row = 0; row < rows; row++) {
    const text = random() % 10 === 0 ? undefined : `trace ${random() % Math.ceil(rows / repeated)} of many`;
    if (text !== undefined) builder.setBytes(row, Buffer.from(text));
    texts.push(text);
  }
  const path = join(directory, `${name}.parquet`);
  const columns = [builder.column('text', 'text', 0, rows)];
  const pieces = encodeParquet(columns, { rows, attachment: new Uint8Array(0), metadata: () => ({}) });
  writeFileSync(path, Buffer.concat(pieces));
  return { path, texts };
}

for (const [name, rows, repeated] of [
  ['a dictionary', 70_000, 8],
  ['plain values', 70_000, 0.5],
  ['few rows', 50, 3],
] as const) {
  test(`finds the rows of texts in ${name}`, () => {
    const { path, texts } = write(name, rows, repeated);
    const wanted = [texts[3], texts[rows - 5], texts[rows >> 1], 'trace that is missing'].filter(
      (one) => one !== undefined,
    );
    const file = PLAIN_FILES.open(path);
    let first = 0;
    const found: [number, string][] = [];
    for (const group of readLayout(file, path)) {
      const chunk = group.chunks.get('text');
      assert.ok(chunk);
      const own = findTexts(file, chunk, new WantedTexts(wanted));
      const cells = readRows(
        file,
        group,
        'text',
        own.map(({ row }) => row),
      );
      assert.deepEqual(
        cells,
        own.map(({ text }) => text),
      );
      found.push(...own.map(({ row, text }): [number, string] => [first + row, text]));
      first += group.rows;
    }
    file.close();
    const expected = texts.flatMap((text, row) => (text !== undefined && wanted.includes(text) ? [[row, text]] : []));
    assert.deepEqual(found, expected);
    assert.ok(found.length > 0);
  });
}

test('reports a page that differs from its checksum', () => {
  const { path, texts } = write('damaged', 5000, 5);
  const file = PLAIN_FILES.open(path);
  const [group] = readLayout(file, path);
  const chunk = group?.chunks.get('text');
  assert.ok(group !== undefined && chunk !== undefined);
  readRows(file, group, 'text', [0]);
  const page = chunk.pages?.find(({ isDictionary }) => isDictionary);
  assert.ok(page);
  writeFileSync(path, readFileSync(path).fill(0xff, page.offset + 20, page.offset + 30));
  assert.throws(() => findTexts(file, chunk, new WantedTexts([texts[3] ?? 'none'])), /differs from its checksum/);
  file.close();
});
