import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileProvider } from '@otelier/journal/encryption';
import { requestToJson, type Signal } from '@otelier/otlp';
import fc from 'fast-check';
import type { Purpose, Store, StoreEvent, StoreOptions } from '../contract.ts';
import { openerOf } from '../encryption/open-encryption.ts';
import { openStore } from '../open.ts';
import { filesWith, logsOf, pointsOf, spansOf } from '../subjects/planted.testing.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SECURITY = {
  name: 'security',
  attributes: [{ key: 'kind', values: ['audit', 'login'] }],
  maxAgeMillis: 365 * DAY,
};
const DEBUGGING = { name: 'debugging', attributes: [{ key: 'debug', values: undefined }], maxAgeMillis: DAY };
const BILLING = { name: 'billing', signals: ['logs'], services: ['shop'], maxAgeMillis: 30 * DAY } as const;

function directoryOf(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-purposes-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Opens a store that checks its files often. */
async function opened(t: TestContext, directory: string, options: Partial<StoreOptions> = {}): Promise<Store> {
  const store = await openStore({ directory, maxFileAgeMillis: 40, ...options });
  t.after(() => store.close());
  return store;
}

/** Waits until all files were checked twice: the first check may have begun before. */
async function checked(store: Store): Promise<Required<NonNullable<Awaited<ReturnType<Store['stats']>>['purposes']>>> {
  const passes = async () => (await store.stats()).purposes?.passes ?? 0;
  await store.flush();
  const before = await passes();
  while ((await passes()) < before + 2) await sleep(5);
  const { purposes } = await store.stats();
  assert.ok(purposes !== undefined);
  return purposes;
}

/** Returns the bodies, names and values of what is stored. */
async function texts(store: Store, signal: Signal = 'logs', tenant = 'default'): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const request of store.export({ tenant, signal })) {
    const json = requestToJson(signal, request);
    for (const [, text] of json.matchAll(/"body":\{"stringValue":"(.*?)"|"name":"(?!e")(.*?)"/g))
      if (text) found.push(text);
    for (const [, text] of json.matchAll(/"name":"((?!e")[^"]*)"/g)) if (text) found.push(text);
  }
  return found.sort();
}

async function fill(store: Store, ageDays: number, tenant?: string): Promise<void> {
  const at = Date.now() - ageDays * DAY;
  const named = (kind: string) => `${kind} ${ageDays}`;
  await store.append(
    logsOf(
      [
        { body: named('plain') },
        { body: named('audit'), attributes: { kind: 'audit' } },
        { body: named('debug'), attributes: { debug: 1 } },
        { body: named('both'), attributes: { kind: 'login', debug: 'yes' } },
        { body: named('other kind'), attributes: { kind: 'auditor' } },
      ],
      { at, ...(tenant !== undefined && { tenant }) },
    ),
  );
  await store.append(
    logsOf([{ body: named('shop') }, { body: named('shop debug'), attributes: { debug: true } }], {
      ...{ at, resource: { 'service.name': 'shop' }, ...(tenant !== undefined && { tenant }) },
    }),
  );
  await store.append(
    logsOf([{ body: named('by resource') }], {
      at,
      resource: { kind: 'audit' },
      ...(tenant !== undefined && { tenant }),
    }),
  );
  await store.flush();
}

for (const isEncrypted of [false, true]) {
  test(`keeps items as long as their purposes need them${isEncrypted ? ', encrypted' : ''}`, async (t) => {
    const directory = directoryOf(t);
    const keys = join(directoryOf(t), 'keys');
    writeFileSync(keys, `k1:${Buffer.alloc(32, 7).toString('base64')}\n`, { mode: 0o600 });
    const encryption = isEncrypted ? { provider: fileProvider(keys) } : undefined;
    const purposes: readonly Purpose[] = [SECURITY, DEBUGGING, BILLING];
    const store = await opened(t, directory, { purposes, encryption });
    for (const age of [0, 2, 10, 40, 400]) await fill(store, age);
    const stats = await checked(store);
    const all = ['audit', 'both', 'by resource'];
    assert.deepEqual(
      await texts(store),
      [
        ...[...all, 'debug', 'other kind', 'plain', 'shop', 'shop debug'].map((name) => `${name} 0`),
        ...[...all, 'other kind', 'plain', 'shop', 'shop debug'].map((name) => `${name} 2`),
        ...[...all, 'shop', 'shop debug'].map((name) => `${name} 10`),
        ...all.map((name) => `${name} 40`),
      ].sort(),
    );
    assert.deepEqual(
      stats.purposes.map(({ name, items, removedItems }) => [name, items, removedItems]),
      [
        ['billing', 6, 4],
        // Those of the last day, and those that other purposes keep.
        ['debugging', 8, 4],
        ['security', 12, 3],
      ],
    );
    // One for each time, or more where the machine was slow.
    for (const { files } of stats.purposes) assert.ok(files >= 3, `${files} files`);
    assert.deepEqual([stats.uncountedFiles, stats.removedOthers], [0, 6]);
    const opener = await openerOf(directory, encryption);
    for (const gone of ['debug 2', 'plain 10', 'audit 400'])
      assert.deepEqual(filesWith(join(directory, 'data'), `"${gone}"`, opener), []);
    // The rest is found by queries of every kind, in files that replaced others.
    const logs = await store.searchLogs({
      ...{
        tenant: 'default',
        start: 0n,
        end: 2n ** 62n,
        conditions: [{ field: 'attributes.kind', op: '=', value: 'audit' }],
      },
      ...{ limit: 100, order: 'newest' },
    });
    assert.equal(logs.length, 4);
    assert.equal((await store.stats()).signals['logs']?.rows, 8 + 7 + 5 + 3);
  });
}

test('a change of the configuration applies to what is stored', async (t) => {
  const directory = directoryOf(t);
  const first = await opened(t, directory, { purposes: [SECURITY] });
  await fill(first, 10);
  await fill(first, 2);
  await checked(first);
  assert.deepEqual(
    (await texts(first)).filter((text) => text.endsWith(' 10')),
    ['audit 10', 'both 10', 'by resource 10'],
  );
  await first.close();
  const saved = () => JSON.parse(readFileSync(join(directory, 'purposes.json'), 'utf8'));
  const before = saved();
  const shorter = {
    ...SECURITY,
    name: 'audits',
    attributes: [{ key: 'kind', values: ['audit'] }],
    maxAgeMillis: 5 * DAY,
  };
  const second = await opened(t, directory, { purposes: [shorter] });
  await checked(second);
  assert.deepEqual(
    (await texts(second)).filter((text) => text.endsWith(' 10')),
    [],
  );
  assert.equal((await texts(second)).length, 8);
  await second.close();
  assert.notEqual(saved().purposes, before.purposes);
  // Without purposes, all items have the retention of their signal. A damaged file only causes that files are counted again.
  writeFileSync(join(directory, 'purposes.json'), '{"purposes":1');
  const third = await opened(t, directory, { purposes: [{ ...SECURITY, maxAgeMillis: HOUR }] });
  await checked(third);
  assert.deepEqual((await texts(third)).length, 5);
  await third.close();
  const last = await opened(t, directory, { retentionMillis: DAY });
  while ((await last.stats()).signals['logs'] !== undefined) await sleep(5);
  assert.equal((await last.stats()).purposes, undefined);
});

test('applies to tenants and signals, and nothing that a legal hold keeps is removed', async (t) => {
  const store = await opened(t, directoryOf(t), {
    purposes: [
      { ...DEBUGGING, tenants: ['default', 'held'] },
      { name: 'carts', signals: ['metrics'], maxAgeMillis: Number.POSITIVE_INFINITY },
    ],
  });
  const hold = { id: 'case-7', tenant: 'held', attributes: [], reason: 'case 7', by: 'user:counsel', createdMillis: 1 };
  await store.holds?.create(hold);
  for (const tenant of ['default', 'other', 'held']) await fill(store, 2, tenant);
  await store.append(pointsOf('cart.size', [{ debug: 1 }], Date.now() - 900 * DAY));
  await store.append(
    spansOf([{ name: 'old', attributes: { debug: true } }, { name: 'plain' }], { at: Date.now() - 2 * DAY }),
  );
  await checked(store);
  assert.equal((await texts(store)).includes('debug 2'), false);
  assert.ok((await texts(store, 'logs', 'other')).includes('debug 2'));
  assert.equal((await texts(store, 'logs', 'held')).length, 8);
  assert.deepEqual(await texts(store, 'metrics'), ['cart.size'], 'its longest purpose is the one of its signal');
  assert.deepEqual(await texts(store, 'traces'), ['plain']);
  assert.deepEqual((await store.stats()).held?.rows, 8);
  await store.holds?.release('case-7', 'user:counsel', 2);
  await checked(store);
  assert.equal((await texts(store, 'logs', 'held')).length, 5);
  assert.equal((await store.stats()).held, undefined);
});

test('reports items that a size limit removes before they are too old', async (t) => {
  const events: StoreEvent[] = [];
  const options = {
    purposes: [SECURITY],
    retention: { logs: { maxBytes: 6000 } },
    onEvent: (event: StoreEvent) => void events.push(event),
  };
  const store = await opened(t, directoryOf(t), options);
  for (let i = 0; i < 4; i++) {
    await fill(store, i);
    await checked(store);
  }
  const errors = events.flatMap((event) => (event.kind === 'error' ? [event.message] : []));
  assert.deepEqual(errors, [
    'a size limit removed items of purpose security before they were too old: raise the limit, or shorten the retention',
  ]);
  const {
    purposes: [security],
  } = await checked(store);
  assert.ok((security?.removedEarly ?? 0) > 0 && security?.removedItems === 0);
});

test('an erasure and a check of purposes at the same time lose nothing and leave nothing', async (t) => {
  const store = await opened(t, directoryOf(t), { purposes: [DEBUGGING] });
  const kept: string[] = [];
  for (let i = 0; i < 8; i++) {
    kept.push(`kept ${i}`);
    await store.append(
      logsOf(
        [
          { body: `kept ${i}` },
          { body: 'old', attributes: { debug: 1 } },
          { body: 'ada', attributes: { user: 'ada' } },
        ],
        {
          at: Date.now() - 2 * DAY,
        },
      ),
    );
    await store.flush();
  }
  const proof = await store.subjects?.erase({
    id: 'r1',
    tenant: 'default',
    terms: [{ key: 'user', value: 'ada' }],
    parts: 'items',
    facts: {},
  });
  assert.equal(JSON.parse(proof?.statement ?? '{}').verification.itemsLeft, 0);
  await checked(store);
  assert.deepEqual(await texts(store), kept);
});

test('a process that ends before it has noted a rewrite leaves nothing that later starts report', async (t) => {
  const [directory, copy] = [directoryOf(t), directoryOf(t)];
  const first = await opened(t, directory);
  await fill(first, 0);
  await fill(first, 2);
  await first.close();
  cpSync(directory, copy, { recursive: true });
  const second = await opened(t, directory, { purposes: [DEBUGGING] });
  await checked(second);
  const left = await texts(second);
  await second.close();
  // The files that were replaced, and what was noted before.
  cpSync(join(copy, 'data'), join(directory, 'data'), { recursive: true });
  rmSync(join(directory, 'positions.json'), { force: true });
  const errors: string[] = [];
  const onEvent = (event: StoreEvent) => event.kind === 'error' && errors.push(event.message);
  for (let start = 1; start <= 3; start++) {
    const store = await opened(t, directory, { maxFileAgeMillis: DAY, onEvent });
    assert.deepEqual(await texts(store), left);
    await store.close();
  }
  assert.deepEqual(errors, []);
});

test('generated purposes: each item is kept for the longest of its retentions', async (t) => {
  const KEYS = ['a', 'b', 'c', 'd'];
  const purpose = fc.record({
    keys: fc.subarray(KEYS, { minLength: 1, maxLength: 2 }),
    days: fc.constantFrom(1, 3, 20, 100, Number.POSITIVE_INFINITY),
  });
  const record = fc.record({ keys: fc.subarray(KEYS), value: fc.constantFrom('x', 1, true, 'y') });
  const file = fc.record({
    days: fc.constantFrom(0, 2, 5, 50, 500),
    records: fc.array(record, { minLength: 1, maxLength: 12 }),
  });
  const generated = fc.sample(
    fc.record({
      wanted: fc.array(purpose, { minLength: 1, maxLength: 4 }),
      files: fc.array(file, { minLength: 1, maxLength: 3 }),
    }),
    { seed: 22, numRuns: 15 },
  );
  const purposes = generated.flatMap(({ wanted }, tenant) =>
    wanted.map(({ keys, days }, i): Purpose => {
      const attributes = keys.map((key) => ({ key, values: ['x', 1, true] }));
      return { name: `${tenant}-${i}`, tenants: [`t${tenant}`], attributes, maxAgeMillis: days * DAY };
    }),
  );
  const store = await opened(t, directoryOf(t), { purposes });
  const expected: string[][] = [];
  for (const [tenant, { wanted, files }] of generated.entries()) {
    const own: string[] = [];
    for (const [f, { days, records }] of files.entries()) {
      const bodies = records.map(({ keys, value }, i) => {
        const isWanted = (one: (typeof wanted)[number]) => value !== 'y' && one.keys.every((key) => keys.includes(key));
        const ages = wanted.filter(isWanted).map((one) => one.days);
        if (Math.max(...(ages.length === 0 ? [7] : ages)) > days) own.push(`${f}-${i}`);
        return { body: `${f}-${i}`, attributes: Object.fromEntries(keys.map((key) => [key, value])) };
      });
      await store.append(logsOf(bodies, { at: Date.now() - days * DAY - HOUR, tenant: `t${tenant}` }));
      await store.flush();
    }
    expected.push(own.sort());
  }
  await checked(store);
  for (const [tenant, own] of expected.entries()) assert.deepEqual(await texts(store, 'logs', `t${tenant}`), own);
});
