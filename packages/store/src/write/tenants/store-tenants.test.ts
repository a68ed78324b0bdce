import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ACCEPTED, type Batch } from '@otelier/otlp';
import type { Store } from '../../contract.ts';
import { openStore } from '../../open.ts';
import { spansNamed } from '../batches.testing.ts';

const of = (tenant: string, batch: Batch): Batch => ({ ...batch, context: { ...batch.context, tenant } });
const ALL = { start: 0n, end: 2n ** 62n };

async function directoryOf(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-tenants-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function opened(t: TestContext, directory: string, maxBytes = 1e9): Promise<Store> {
  const store = await openStore({ directory, maxBytes });
  t.after(() => store.close());
  return store;
}

async function countOf(store: Store, tenant: string): Promise<number> {
  let count = 0;
  for await (const spans of store.selectSpans({ tenant, ...ALL, parts: {} })) count += spans.length;
  return count;
}

/** Returns the files below a directory that contain a text. */
function filesWith(directory: string, text: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    return path.includes(text) || (entry.isFile() && readFileSync(path).includes(text)) ? [path] : [];
  });
}

async function fill(store: Store, tenant: string, files: number): Promise<void> {
  for (let i = 0; i < files; i++) {
    const names = Array.from({ length: 400 }, (_, j) => `${tenant}-${i}-${j}-marker`);
    assert.deepEqual(await store.append(of(tenant, spansNamed(names))), ACCEPTED);
    await store.flush();
  }
}

test('tells apart what is stored of tenants, and removes the oldest files beyond their sizes', async (t) => {
  const store = await opened(t, await directoryOf(t));
  await fill(store, 'acme', 2);
  await store.append(of('umbra', spansNamed(['one', 'two'])));
  const { tenants, sizeBytes } = await store.stats();
  assert.deepEqual(
    tenants?.map(({ tenant, files, rows, pendingRows }) => [tenant, files, rows, pendingRows]),
    [
      ['acme', 2, 800, 0],
      ['umbra', 0, 0, 2],
    ],
  );
  assert.equal(tenants?.[0]?.bytes, sizeBytes);
  await store.flush();
  await store.tenants?.limit({ each: sizeBytes, named: { acme: sizeBytes / 2 } });
  assert.deepEqual(
    (await store.stats()).tenants?.map(({ tenant, files }) => [tenant, files]),
    [
      ['acme', 1],
      ['umbra', 1],
    ],
  );
  assert.equal(await countOf(store, 'acme'), 400);
});

test('removes files of the tenant that has most when the store is full', async (t) => {
  const directory = await directoryOf(t);
  const before = await opened(t, directory);
  await fill(before, 'quiet', 1);
  const bytes = (await before.stats()).sizeBytes;
  await before.close();
  const store = await opened(t, directory, bytes * 4.5);
  await fill(store, 'noisy', 8);
  const { tenants } = await store.stats();
  assert.equal(tenants?.find(({ tenant }) => tenant === 'quiet')?.files, 1);
  assert.equal(tenants?.find(({ tenant }) => tenant === 'noisy')?.files, 3);
  assert.equal(await countOf(store, 'quiet'), 400);
});

test('removes everything of a tenant, and nothing of others', async (t) => {
  const directory = await directoryOf(t);
  const store = await opened(t, directory);
  await fill(store, 'acme', 2);
  await store.append(of('acme', spansNamed(['acme-pending-marker'])));
  await store.append(of('umbra', spansNamed(['umbra-pending-marker'])));
  assert.equal(await countOf(store, 'acme'), 801);
  const removed = await store.tenants?.remove('acme');
  assert.equal(removed?.files.length, 3);
  assert.equal(
    removed?.files.reduce((sum, { rows }) => sum + rows, 0),
    801,
  );
  assert.equal(removed?.journals.length, 1);
  assert.deepEqual(filesWith(join(directory, 'data'), 'acme'), []);
  assert.deepEqual(filesWith(join(directory, 'journal'), 'acme'), []);
  assert.deepEqual(
    filesWith(directory, 'acme').filter((path) => !path.endsWith('removed-tenants.json')),
    [],
  );
  assert.equal(await countOf(store, 'acme'), 0);
  assert.equal(await countOf(store, 'umbra'), 1);
  assert.deepEqual(await store.append(of('acme', spansNamed(['again']))), {
    ...{ kind: 'refused', reason: 'tenant acme was removed' },
  });
  await store.append(of('umbra', spansNamed(['later'])));
  await store.close();
  const next = await opened(t, directory);
  assert.equal(await countOf(next, 'acme'), 0);
  assert.equal(await countOf(next, 'umbra'), 2);
  assert.equal((await next.append(of('acme', spansNamed(['again'])))).kind, 'refused');
  await next.tenants?.admit('acme');
  assert.deepEqual(await next.append(of('acme', spansNamed(['again']))), ACCEPTED);
  assert.equal(await countOf(next, 'acme'), 1);
});

test('continues a removal that the last process began', async (t) => {
  const directory = await directoryOf(t);
  const store = await opened(t, directory);
  await fill(store, 'acme', 2);
  await store.append(of('umbra', spansNamed(['umbra'])));
  // The process ends while the removal waits for the store thread.
  const interrupted = store.tenants?.remove('acme').catch(() => undefined);
  await store.close();
  await interrupted;
  const next = await opened(t, directory);
  const again = await next.tenants?.remove('acme');
  assert.equal(again?.tenant, 'acme');
  assert.deepEqual(
    filesWith(directory, 'acme').filter((path) => !path.endsWith('removed-tenants.json')),
    [],
  );
  assert.equal(await countOf(next, 'umbra'), 1);
});
