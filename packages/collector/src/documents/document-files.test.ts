import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DocumentFiles } from './document-files.ts';

async function open(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), 'otelier-documents-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  const directory = join(root, 'documents');
  const damages: string[] = [];
  const again = () =>
    new DocumentFiles({
      directory,
      nowMillis: () => 1000,
      onDamage: (message) => damages.push(message),
      maxDocuments: 4,
    });
  return { directory, damages, documents: again(), again };
}

const board = {
  kind: 'board',
  id: 'payment',
  name: 'Payment',
  content: { panes: ['é', '\0', 1] },
  revision: 0,
} as const;

test('keeps documents across a restart, and creates the directory with the first one', async (t) => {
  const { directory, documents, again } = await open(t);
  assert.deepEqual(documents.list('board'), []);
  assert.equal(existsSync(directory), false);
  assert.deepEqual(await documents.save(board), {
    kind: 'board',
    id: 'payment',
    name: 'Payment',
    revision: 1,
    updatedMillis: 1000,
  });
  await documents.save({ ...board, kind: 'query', name: 'Other' });
  await documents.save({ ...board, kind: 'triage', name: 'Set aside' });
  const later = again();
  assert.equal(later.read('triage', 'payment')?.name, 'Set aside');
  assert.deepEqual(
    later.list('board').map(({ name, revision }) => [name, revision]),
    [['Payment', 1]],
  );
  assert.deepEqual(later.read('board', 'payment')?.content, board.content);
  assert.equal(later.read('board', 'other'), undefined);
  assert.equal(await later.remove({ kind: 'board', id: 'payment', revision: 1 }), true);
  assert.equal(await later.remove({ kind: 'board', id: 'payment', revision: 1 }), false);
  assert.deepEqual(again().list('board'), []);
  assert.equal(again().list('query').length, 1);
});

test('refuses a change to a revision that was not read', async (t) => {
  const { documents } = await open(t);
  await documents.save(board);
  // Two pages save at the same time: one of them wins.
  const results = await Promise.allSettled([
    documents.save({ ...board, name: 'A', revision: 1 }),
    documents.save({ ...board, name: 'B', revision: 1 }),
  ]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  );
  assert.equal(documents.read('board', 'payment')?.name, 'A');
  await assert.rejects(documents.save(board), { name: 'DocumentConflictError', message: /expected 2/ });
  await assert.rejects(documents.remove({ kind: 'board', id: 'payment', revision: 1 }), {
    name: 'DocumentConflictError',
  });
  await assert.rejects(documents.save({ ...board, id: 'new', revision: 3 }), { name: 'DocumentConflictError' });
});

test('limits the size and number of documents', async (t) => {
  const { documents } = await open(t);
  const large = { ...board, content: 'x'.repeat(200_000) };
  await assert.rejects(documents.save(large), { name: 'DocumentLimitError' });
  for (let index = 0; index < 4; index += 1) await documents.save({ ...board, id: `b${index}` });
  await assert.rejects(documents.save(board), { name: 'DocumentLimitError' });
  await documents.save({ ...board, id: 'b0', revision: 1 });
});

test('rejects an ID that is a path', async (t) => {
  const { documents } = await open(t);
  await assert.rejects(documents.save({ ...board, id: '../store' }), /expected up to 64/);
  assert.throws(() => documents.read('board', '../store'), /expected up to 64/);
});

test('sets a damaged document aside and keeps the others', async (t) => {
  const { directory, documents, damages, again } = await open(t);
  await documents.save(board);
  await documents.save({ ...board, id: 'whole' });
  const path = join(directory, 'board-payment.state');
  const bytes = await readFile(path);
  bytes[20] = (bytes[20] ?? 0) ^ 1;
  await writeFile(path, bytes);
  // What an interrupted write leaves behind, and files of others, are not documents.
  await writeFile(join(directory, 'board-half.state.tmp'), 'x');
  await writeFile(join(directory, 'notes.txt'), 'x');
  assert.deepEqual(
    again()
      .list('board')
      .map(({ id }) => id),
    ['whole'],
  );
  assert.equal(damages.length, 1);
  assert.ok((await readdir(join(directory, 'damaged'))).length === 1);
  assert.equal((await again().save(board)).revision, 1);
});
