import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileProvider } from '@otelier/journal/encryption';
import { requestToJson, type Signal } from '@otelier/otlp';
import type { Store, StoreOptions } from '../contract.ts';
import { openerOf } from '../encryption/open-encryption.ts';
import { openStore } from '../open.ts';
import { filesWith, logsOf, pointsOf, spansOf } from './planted.testing.ts';

const ADA = 'ada@example.com';
const TERMS = [{ key: 'user.email', value: ADA }, { key: 'enduser.id', value: '4217' }, { value: ADA }];

function directoryOf(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-subjects-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function opened(t: TestContext, directory: string, options: Partial<StoreOptions> = {}): Promise<Store> {
  const store = await openStore({ directory, ...options });
  t.after(() => store.close());
  return store;
}

/** Stores items of a subject and of others, of each signal, in files and in the journal. */
async function fill(store: Store): Promise<void> {
  for (const isPending of [false, true]) {
    await store.append(
      logsOf([
        { body: `login of ${ADA} failed` },
        { body: 'nothing', attributes: { 'enduser.id': 4217 } },
        { body: `x${ADA}`, attributes: { 'enduser.id': 42170, note: 'stays' } },
      ]),
    );
    await store.append(logsOf([{ body: 'by resource' }], { resource: { 'user.email': ADA, 'service.name': 'shop' } }));
    await store.append(
      spansOf([
        { name: 'GET /cart', attributes: { 'user.email': ADA } },
        { name: 'stays', attributes: { 'user.email': 'bob@example.com' }, event: { k: 'v' } },
        { name: 'by event', event: { 'enduser.id': '4217' } },
      ]),
    );
    await store.append(pointsOf('cart.size', [{ 'enduser.id': 4217 }, { 'enduser.id': 1 }]));
    if (!isPending) await store.flush();
  }
}

async function exported(store: Store, signal: Signal): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const request of store.export({ tenant: 'default', signal })) lines.push(requestToJson(signal, request));
  return lines;
}

test('finds a subject in all signals, in files and in the journal', async (t) => {
  const store = await opened(t, directoryOf(t));
  await fill(store);
  const found = await store.subjects?.search({ tenant: 'default', terms: TERMS }, 3);
  assert.equal(found?.searched, 18);
  assert.equal(found?.items, 12);
  const bySignal = Map.groupBy(found?.files ?? [], ({ signal }) => signal);
  const counts = [...bySignal].map(([signal, files]) => [signal, files.reduce((sum, { items }) => sum + items, 0)]);
  assert.deepEqual(counts, [
    ['traces', 4],
    ['metrics', 2],
    ['logs', 6],
  ]);
  assert.equal(
    found?.hours.reduce((sum, { items }) => sum + items, 0),
    12,
  );
  const samples = (found?.samples ?? []).map(({ signal, request }) => requestToJson(signal, request));
  assert.ok(samples.length > 0 && samples.every((sample) => !sample.includes('stays')), samples.join('\n'));
  assert.equal((await store.subjects?.search({ tenant: 'other', terms: TERMS }, 0))?.items, 0);
});

for (const isEncrypted of [false, true]) {
  test(`erases a subject, and keeps everything else${isEncrypted ? ', encrypted' : ''}`, async (t) => {
    const directory = directoryOf(t);
    const keys = join(directoryOf(t), 'keys');
    writeFileSync(keys, `k1:${Buffer.alloc(32, 7).toString('base64')}\n`, { mode: 0o600 });
    const encryption = isEncrypted ? { provider: fileProvider(keys) } : undefined;
    const store = await opened(t, directory, { encryption });
    await fill(store);
    const before = await exported(store, 'traces');
    await store.backup(join(directoryOf(t), 'backup'));
    const proof = await store.subjects?.erase({
      ...{ id: 'request-1', tenant: 'default', terms: TERMS, parts: 'items', facts: { by: 'user:dpo' } },
    });
    assert.ok(proof);
    const statement = JSON.parse(proof.statement);
    assert.equal(statement.items, 12);
    assert.equal(statement.by, 'user:dpo');
    assert.equal(statement.verification.itemsLeft, 0);
    assert.equal(statement.backups[0].files.length, 3, 'files that were flushed before the backup');
    assert.ok(!proof.statement.includes(ADA) && !proof.statement.includes('4217"'));
    // The text that only looks like the address stays.
    const opener = await openerOf(directory, encryption);
    assert.deepEqual(filesWith(directory, `of ${ADA}`, opener), []);
    assert.deepEqual(filesWith(join(directory, 'journal'), ADA), []);
    const after = await exported(store, 'traces');
    assert.equal(JSON.stringify(before).split('"stays"').length, JSON.stringify(after).split('"stays"').length);
    assert.ok(!after.join().includes('by event') && after.join().includes('bob@example.com'));
    assert.equal((await exported(store, 'logs')).join().split('stays').length, 3);
    assert.deepEqual(await store.subjects?.verify(proof, TERMS), []);
    assert.deepEqual(await store.subjects?.verify({ ...proof, statement: proof.statement.replace('12', '11') }), [
      'the signature does not match the statement',
    ]);
    await store.append(logsOf([{ body: 'again', attributes: { 'user.email': ADA } }]));
    assert.match(String(await store.subjects?.verify(proof, TERMS)), /has 1 items of the subject/);
    assert.match(String(await store.subjects?.verify(proof, [{ value: 'x' }])), /not those of the statement/);
    assert.equal(store.subjects?.statements().length, 1);
  });
}

test('tells items that arrive during an erasure from items that are left over', async (t) => {
  const store = await opened(t, directoryOf(t));
  await fill(store);
  let isErasing = true;
  const erased = store.subjects
    ?.erase({ id: 'r1', tenant: 'default', terms: TERMS, parts: 'items', facts: {} })
    .finally(() => {
      isErasing = false;
    });
  let appended = 0;
  for (; isErasing; appended++) await store.append(logsOf([{ body: ADA }]));
  const { items, verification } = JSON.parse((await erased)?.statement ?? '{}');
  assert.equal(verification.itemsLeft, 0);
  const left = await store.subjects?.search({ tenant: 'default', terms: TERMS }, 0);
  assert.equal(items + (left?.items ?? 0), 12 + appended);
  assert.ok(verification.itemsArrivedLater > 0 && verification.itemsArrivedLater <= (left?.items ?? 0));
});

test('erases only values, and leaves held items as they are', async (t) => {
  const directory = directoryOf(t);
  const store = await opened(t, directory);
  await fill(store);
  const hold = { tenant: 'default', reason: 'case 7', by: 'user:counsel', createdMillis: 1 };
  await store.holds?.create({ ...hold, id: 'case-7', attributes: [{ key: 'enduser.id', value: '4217' }] });
  const found = await store.subjects?.search({ tenant: 'default', terms: TERMS }, 0);
  assert.deepEqual([found?.items, found?.held, found?.holds], [12, 6, ['case-7']]);
  const erasure = { tenant: 'default', terms: TERMS, parts: 'values', facts: {} } as const;
  const proof = await store.subjects?.erase({ ...erasure, id: 'r1' });
  const statement = JSON.parse(proof?.statement ?? '{}');
  assert.deepEqual([statement.held, statement.holds], [6, ['case-7']]);
  assert.equal((await exported(store, 'metrics')).join().split('4217').length, 3);
  await store.holds?.release('case-7', 'user:counsel', 2);
  const rest = JSON.parse((await store.subjects?.erase({ ...erasure, id: 'r2' }))?.statement ?? '{}');
  assert.deepEqual([rest.held, rest.verification.itemsLeft], [0, 0]);
  const logs = (await exported(store, 'logs')).join();
  assert.ok(logs.includes('login of [erased] failed') && logs.includes('by resource'), logs);
  assert.equal((await store.stats()).signals['logs']?.rows, 8, 'no item was removed');
  assert.deepEqual(filesWith(directory, '"4217"'), []);
  assert.deepEqual(
    store.holds?.released().map(({ id, releasedBy }) => [id, releasedBy]),
    [['case-7', 'user:counsel']],
  );
});

test('refuses items of an erased subject that arrive later', async (t) => {
  const directory = directoryOf(t);
  const store = await opened(t, directory);
  store.subjects?.addStanding({
    id: 'r1',
    by: 'user:dpo',
    tenant: 'default',
    terms: [{ key: 'user.email', value: ADA }],
  });
  const batch = () => logsOf([{ body: 'a', attributes: { 'user.email': ADA } }, { body: 'b' }]);
  const rejected = { kind: 'partial', rejectedItems: 1, reason: 'items of an erased subject are refused' };
  assert.deepEqual(await store.append(batch()), rejected);
  assert.deepEqual(filesWith(directory, ADA), []);
  await store.close();
  const next = await opened(t, directory);
  assert.deepEqual(await next.append(batch()), rejected);
  assert.deepEqual(
    next.subjects?.standing().map(({ id, keys, by }) => [id, keys, by]),
    [['r1', ['user.email'], 'user:dpo']],
  );
  assert.equal(next.subjects?.removeStanding('r1'), true);
  assert.deepEqual(await next.append(batch()), { kind: 'accepted' });
});
