import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createRandom } from '@otelier/testkit/otlp/random';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { openStore } from '../open.ts';
import type { StoreFinding } from '../verification.ts';
import { verifyStore } from '../verify.ts';
import { checkedJson } from '../write/files/checked-json.ts';
import { backupStore } from './backup.ts';
import { BackupError } from './contract.ts';
import { knownBackups } from './known-backups.ts';
import { restoreStore } from './restore.ts';

const root = mkdtempSync(join(tmpdir(), 'otelier-backup-'));
after(() => rmSync(root, { recursive: true, force: true }));

const NEVER = { retentionMillis: Number.MAX_SAFE_INTEGER };
const SIGNALS = ['traces', 'metrics', 'logs'] as const;
type Exported = Readonly<Record<string, readonly string[]>>;

/** Returns every exported request of a store that no process has open, in base64. */
async function exported(directory: string): Promise<Exported> {
  const store = await openStore({ directory, ...NEVER });
  const all: Record<string, string[]> = {};
  for (const signal of SIGNALS) {
    all[signal] = [];
    for await (const part of store.export({ tenant: 'default', signal })) {
      all[signal].push(Buffer.from(part).toString('base64'));
    }
  }
  await store.close();
  return all;
}

async function fill(store: Awaited<ReturnType<typeof openStore>>, items: number): Promise<void> {
  for (const signal of SIGNALS) await store.append(sampleBatch(signal, items));
}

async function findings(directory: string): Promise<readonly StoreFinding[]> {
  const found: StoreFinding[] = [];
  await verifyStore(directory, (finding) => found.push(finding));
  return found;
}

test('a restored backup has every item of files and journal, in order', async () => {
  const directory = join(root, 'equal');
  const store = await openStore({ directory, ...NEVER });
  await fill(store, 40);
  await store.flush();
  await fill(store, 7);
  // What the program keeps beside: documents of the page, a temporary file of an interrupted write, its own past.
  const beside = {
    'documents/board-a.state': 'a board',
    'documents/damaged/x.state': 'x',
    'documents-of-tenants/acme/board-a.state': 'a board of a tenant',
    'removals/acme-1.json': '{}',
    'alerting/notifications/silences': 'silences',
    'removed-tenants.json': '{}',
    'process-history.json': '{}',
  };
  for (const one of ['documents/damaged', 'documents-of-tenants/acme', 'removals', 'alerting/notifications'])
    mkdirSync(join(directory, one), { recursive: true });
  for (const [name, content] of Object.entries(beside)) writeFileSync(join(directory, name), content);
  writeFileSync(join(directory, 'documents', 'board-b.state.tmp'), 'half');
  const backup = join(root, 'equal-backup');
  const result = await store.backup(backup);
  assert.deepEqual([result.files, result.damaged, result.removedFiles], [result.copiedFiles, [], 0]);
  await store.close();
  assert.deepEqual(await findings(backup), []);
  const restored = join(root, 'equal-restored');
  await restoreStore(backup, restored);
  assert.deepEqual(await findings(restored), []);
  assert.deepEqual(
    files(restored).filter((name) => /^(alerting|documents|process|remov)/.test(name)),
    Object.keys(beside)
      .filter((name) => !name.includes('damaged'))
      .sort(),
  );
  assert.equal(readFileSync(join(restored, 'documents', 'board-a.state'), 'utf8'), 'a board');
  assert.deepEqual(
    knownBackups(directory).map((one) => one.directory),
    [backup],
  );
  assert.deepEqual(await exported(restored), await exported(directory));
});

test('a second backup copies only new files, and drops those that retention removed', async () => {
  const directory = join(root, 'again');
  const backup = join(root, 'again-backup');
  const store = await openStore({ directory, ...NEVER });
  await fill(store, 30);
  await store.flush();
  await store.backup(backup);
  const dataFiles = () => files(backup).filter((name) => name.endsWith('.parquet'));
  const before = new Map(dataFiles().map((name) => [name, statSync(join(backup, name)).ino]));
  await fill(store, 30);
  await store.flush();
  const second = await store.backup(backup);
  assert.equal(dataFiles().length, 6);
  for (const [name, inode] of before) assert.equal(statSync(join(backup, name)).ino, inode, name);
  assert.equal(second.files - second.copiedFiles, 3);
  await store.close();

  // One byte for all files: retention leaves none.
  const small = await openStore({ directory, ...NEVER, maxBytes: 1 });
  await small.append(sampleBatch('logs', 1));
  await small.flush();
  const third = await small.backup(backup);
  await small.close();
  assert.ok(third.removedFiles >= 6, `${third.removedFiles}`);
  assert.deepEqual(await findings(backup), []);
  await restoreStore(backup, join(root, 'again-restored'));
  assert.deepEqual(await findings(join(root, 'again-restored')), []);
});

test('the earlier backup stays usable when a backup ends at any file', async () => {
  const directory = join(root, 'interrupted');
  const backup = join(root, 'interrupted-backup');
  const store = await openStore({ directory, ...NEVER });
  await fill(store, 20);
  await store.flush();
  await fill(store, 3);
  await store.backup(backup);
  await fill(store, 20);
  await store.flush();
  await fill(store, 5);
  await store.close();
  const after = join(root, 'interrupted-after');
  cpSync(backup, after, { recursive: true });
  await backupStore(directory, after);
  const expected = await exported((await restored(backup, 'interrupted-first')).directory);
  const added = files(after).filter((name) => !files(backup).includes(name) && name !== 'backup.json');
  assert.ok(added.length > 3);
  // The manifest is written last, so an interrupted backup leaves any of the new files, possibly cut.
  const random = createRandom(7);
  for (const index of [random(added.length - 1), added.length - 1]) {
    const name = added[index] ?? '';
    const copy = mkdtempSync(join(root, 'interrupted-'));
    cpSync(backup, copy, { recursive: true });
    for (const part of added.slice(0, index)) cpSync(join(after, part), join(copy, part));
    const bytes = readFileSync(join(after, name));
    cpSync(join(after, name), join(copy, `${name}.tmp`));
    writeFileSync(join(copy, `${name}.tmp`), bytes.subarray(0, random(bytes.length)));
    assert.deepEqual(await findings(copy), []);
    const result = await backupStore(directory, copy);
    assert.ok(result.files > added.length);
    assert.deepEqual(
      files(copy).filter((one) => one.endsWith('.tmp')),
      [],
    );
    if (index === added.length - 1)
      assert.deepEqual(await exported((await restored(copy, 'interrupted-all')).directory), await exported(directory));
  }
  assert.deepEqual(await exported((await restored(backup, 'interrupted-second')).directory), expected);
});

async function restored(backup: string, name: string) {
  const directory = join(root, name);
  return { directory, ...(await restoreStore(backup, directory)) };
}

test('verify and restore name each of 100 flipped bits, cut and missing files', async () => {
  const directory = join(root, 'damaged');
  const backup = join(root, 'damaged-backup');
  const store = await openStore({ directory, ...NEVER });
  await fill(store, 20);
  await store.flush();
  await fill(store, 3);
  mkdirSync(join(directory, 'documents'));
  for (const name of ['documents/board-a.state', 'process-history.json']) writeFileSync(join(directory, name), name);
  await store.backup(backup);
  await store.close();
  const random = createRandom(41);
  const target = join(root, 'damaged-restored');
  const names = files(backup);
  for (let i = 0; i < 100; i++) {
    const name = names[i % names.length] ?? '';
    const path = join(backup, name);
    const bytes = readFileSync(path);
    const [kind, at] = [random(8), random(bytes.length)];
    const damaged = Buffer.from(bytes);
    damaged[at] = (damaged[at] ?? 0) ^ (1 << random(8));
    if (kind === 0) rmSync(path);
    else writeFileSync(path, kind === 1 ? bytes.subarray(0, at) : damaged);
    const what = `${kind} at ${at} of ${name}`;
    await assert.rejects(restoreStore(backup, target), (error: Error) => {
      assert.ok(error instanceof BackupError, what);
      assert.ok(error.message.includes(name), `${what}: ${error.message}`);
      return true;
    });
    assert.deepEqual(files(target), [], what);
    if (name !== 'backup.json')
      assert.ok(
        (await findings(backup)).some(({ path: found }) => name.startsWith(found)),
        what,
      );
    else if (kind > 0) await assert.rejects(findings(backup), BackupError, what);
    writeFileSync(path, bytes);
  }
  const [file = ''] = names.filter((name) => name.endsWith('.parquet'));
  rmSync(join(backup, file));
  const { skipped } = await restoreStore(backup, target, { skipDamaged: true });
  assert.deepEqual(skipped, [`${file}: missing`]);
  // A further backup repairs it.
  const { copiedFiles, files: total } = await backupStore(directory, backup);
  assert.ok(copiedFiles < total);
  assert.deepEqual(await findings(backup), []);
});

test('rejects directories that hold something else, and files of another store', async () => {
  const directory = join(root, 'rejected');
  const store = await openStore({ directory, ...NEVER });
  await fill(store, 2);
  await store.flush();
  await store.close();
  const other = join(root, 'rejected-other');
  cpSync(directory, other, { recursive: true });
  await assert.rejects(backupStore(directory, join(directory, 'backup')), /expected a directory outside of the store/);
  await assert.rejects(backupStore(join(root, 'none'), join(root, 'x')), /expected a store, found none/);
  await assert.rejects(backupStore(directory, other), /expected an empty directory or an earlier backup/);
  await assert.rejects(
    restoreStore(directory, join(root, 'x')),
    /expected a backup, whose contents backup\.json lists/,
  );
  const backup = join(root, 'rejected-backup');
  await backupStore(directory, backup);
  await assert.rejects(restoreStore(backup, directory), /expected an empty directory for the restored store/);
  const manifest = readFileSync(join(backup, 'backup.json'), 'utf8');
  for (const [text, reason] of [
    [manifest.replace('"format":1', '"format":2'), /checksum mismatch/],
    [checkedJson({ format: 2 }), /expected a backup of format 1 or older, got format 2, written by a newer otelier/],
    [checkedJson({ format: 1, generation: 1, createdMillis: 1, files: [OUTSIDE] }), /got other contents/],
    ['{"format":1}', /got other contents or no checksum/],
    ['', /expected JSON/],
  ] as const) {
    writeFileSync(join(backup, 'backup.json'), text);
    await assert.rejects(restoreStore(backup, join(root, 'x')), reason);
  }
});

/** A file that a manifest must not name. */
const OUTSIDE = { path: 'data/../../../etc/passwd', bytes: 1, sha256: '0'.repeat(64) };

function files(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('lock'))
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}
