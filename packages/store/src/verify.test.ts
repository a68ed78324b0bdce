import assert from 'node:assert/strict';
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createRandom } from '@otelier/testkit/otlp/random';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { StoreOpenError } from './contract.ts';
import { openStore } from './open.ts';
import type { StoreFinding } from './verification.ts';
import { verifyStore } from './verify.ts';

const root = mkdtempSync(join(tmpdir(), 'otelier-verify-'));
after(() => rmSync(root, { recursive: true, force: true }));

const whole = join(root, 'whole');
const NEVER = { retentionMillis: Number.MAX_SAFE_INTEGER };
const SIGNALS = ['traces', 'metrics', 'logs'] as const;

before(async () => {
  const store = await openStore({ directory: whole, ...NEVER });
  for (const signal of SIGNALS) await store.append(sampleBatch(signal, 100));
  await store.flush();
  for (const signal of SIGNALS) for (let i = 0; i < 5; i++) await store.append(sampleBatch(signal, 10));
  await store.close();
});

async function verify(directory: string) {
  const findings: StoreFinding[] = [];
  return { counts: await verifyStore(directory, (finding) => findings.push(finding)), findings };
}

test('finds nothing in a closed store', async () => {
  assert.deepEqual(await verify(whole), {
    counts: { files: 3, rows: 300, journals: 1, records: 15, damaged: 0 },
    findings: [],
  });
});

test('finds each of 400 flipped bits in files and journals, and names the file', async () => {
  const random = createRandom(41);
  const copy = join(root, 'flipped');
  cpSync(whole, copy, { recursive: true });
  const names = readdirSync(copy, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(parquet|journal)$/.test(name),
  );
  assert.equal(names.length, 4, names.join());
  for (let i = 0; i < 400; i++) {
    const name: string = names[i % names.length] ?? '';
    const bytes: Buffer = readFileSync(join(whole, name));
    const at = random(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
    writeFileSync(join(copy, name), bytes);
    const { counts, findings } = await verify(copy);
    assert.ok(counts.damaged > 0, `bit flipped at ${at} of ${bytes.length} of ${name}`);
    assert.ok(
      findings.every(({ path, kind }) => kind === 'damaged' && name.startsWith(path)),
      JSON.stringify(findings),
    );
    copyFileSync(join(whole, name), join(copy, name));
  }
});

test('counts rows and bytes, and reports notes that are not damage', async () => {
  const copy = join(root, 'told');
  cpSync(whole, copy, { recursive: true });
  const names = readdirSync(copy, { recursive: true, encoding: 'utf8' });
  const file = names.find((name) => /traces.*\.parquet$/.test(name)) ?? '';
  const segment = names.find((name) => name.endsWith('.journal')) ?? '';
  const journal = segment.slice(0, segment.lastIndexOf('/'));
  const bytes = readFileSync(join(copy, file));
  bytes[60] = (bytes[60] ?? 0) ^ 4;
  writeFileSync(join(copy, file), bytes);
  copyFileSync(
    join(import.meta.dirname, 'parquet', 'no-checksums.parquet'),
    join(copy, 'data', 'default', 'old.parquet'),
  );
  appendFileSync(join(copy, segment), Buffer.alloc(10, 1));
  writeFileSync(join(copy, 'positions.json'), '{');
  const { counts, findings } = await verify(copy);
  assert.deepEqual(counts, { files: 4, rows: 303, journals: 1, records: 15, damaged: 2 });
  const [positions, unfinished, old, damaged] = findings;
  assert.deepEqual([positions?.kind, positions?.path], ['damaged', 'positions.json']);
  assert.deepEqual(unfinished, {
    kind: 'unfinished',
    path: journal,
    message: 'an unfinished record of 10 bytes at the end, which was not acknowledged',
  });
  assert.deepEqual([old?.kind, old?.path], ['no-checksums', 'data/default/old.parquet']);
  assert.deepEqual(damaged, {
    kind: 'damaged',
    path: file,
    message: 'column trace_id, row group 0: the checksum of page 0 differs; 100 of 100 rows affected',
  });
});

test('reports missing records at the start of a journal', async () => {
  const copy = join(root, 'beginning');
  cpSync(whole, copy, { recursive: true });
  rmSync(join(copy, 'data'), { recursive: true });
  const { findings } = await verify(copy);
  assert.match(findings.map(({ message }) => message).join(), /^the records from position 0 to \d+ are missing$/);
});

test('finds no damage while a process writes files, discards segments and removes files', async () => {
  const directory = join(root, 'running');
  const store = await openStore({ directory, ...NEVER, rowsPerFile: 200, maxBytes: 60_000 });
  const deadline = { done: false };
  const writing = (async () => {
    for (let i = 0; !deadline.done; i++) await store.append(sampleBatch(SIGNALS[i % 3] ?? 'logs', 50));
  })();
  let files = 0;
  while (files < 40) {
    const { counts, findings } = await verify(directory);
    assert.deepEqual(
      findings.filter(({ kind }) => kind !== 'unfinished'),
      [],
    );
    files += counts.files;
  }
  deadline.done = true;
  await writing;
  await store.close();
});

test('rejects a directory without a store', async () => {
  await assert.rejects(verify(join(root, 'none')), StoreOpenError);
});
