import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createRandom } from '@otelier/testkit/otlp/random';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { openStore } from '../open.ts';
import { verifyParquet } from './verify.ts';

const root = mkdtempSync(join(tmpdir(), 'otelier-verify-'));
after(() => rmSync(root, { recursive: true, force: true }));

const SIGNALS = ['traces', 'metrics', 'logs', 'profiles'] as const;
let files: readonly string[];

before(async () => {
  const directory = join(root, 'store');
  const store = await openStore({ directory, retentionMillis: Number.MAX_SAFE_INTEGER });
  for (const signal of SIGNALS) for (let i = 0; i < 20; i++) await store.append(sampleBatch(signal, 50));
  await store.flush();
  await store.close();
  const data = join(directory, 'data');
  files = readdirSync(data, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.parquet'))
    .map((name) => join(data, name));
  assert.equal(files.length, SIGNALS.length);
});

test('finds no damage in intact files', () => {
  for (const file of files) {
    const { rows, hasChecksums, damage, damagedRows } = verifyParquet(file);
    assert.ok(rows > 0);
    assert.deepEqual([hasChecksums, damage, damagedRows], [true, [], 0], file);
  }
});

test('finds each of 800 flipped bits and truncations', () => {
  const random = createRandom(13);
  const damaged = join(root, 'damaged.parquet');
  const found = new Map<string, number>();
  for (let i = 0; i < 800; i++) {
    const bytes = readFileSync(files[i % files.length] ?? '');
    const at = random(bytes.length);
    if (i % 10 === 9) {
      writeFileSync(damaged, bytes);
      truncateSync(damaged, at);
    } else {
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
      writeFileSync(damaged, bytes);
    }
    const { damage } = verifyParquet(damaged);
    assert.notDeepEqual(damage, [], `flip or cut ${i} at byte ${at} of ${bytes.length}`);
    const kind = (damage[0] ?? '').replace(/^column .*: /, 'column: ').replaceAll(/\d+/g, 'N');
    found.set(kind, (found.get(kind) ?? 0) + 1);
  }
  for (const kind of ['column: the checksum of page N differs', 'damaged footer: checksum mismatch']) {
    assert.ok((found.get(kind) ?? 0) > 30, JSON.stringify([...found]));
  }
});

test('names the column and counts the rows of the damaged row groups', () => {
  const file = files.find((path) => path.includes('traces')) ?? '';
  const bytes = readFileSync(file);
  // A byte of the first page's body, after the magic and the page header.
  bytes[60] = (bytes[60] ?? 0) ^ 1;
  const damaged = join(root, 'named.parquet');
  writeFileSync(damaged, bytes);
  assert.deepEqual(verifyParquet(damaged), {
    rows: 1000,
    hasChecksums: true,
    damage: ['column trace_id, row group 0: the checksum of page 0 differs'],
    damagedRows: 1000,
  });
});

test('reports that a file of an older version has no checksums', () => {
  const file = join(import.meta.dirname, 'no-checksums.parquet');
  assert.deepEqual(verifyParquet(file), { rows: 3, hasChecksums: false, damage: [], damagedRows: 0 });
});
