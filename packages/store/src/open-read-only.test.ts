import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { batchOf } from '@otelier/testkit/request-codec';
import { StoreOpenError } from './contract.ts';
import { openStore } from './open.ts';
import { openStoreReadOnly } from './open-read-only.ts';

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'otelier-read-only-'));
});
after(() => rm(root, { recursive: true }));

/** Creates spans older than any retention period. */
function oldSpans(count: number) {
  const spans = Array.from({ length: count }, (_, i) => ({
    traceId: i.toString(16).padStart(32, 'a'),
    spanId: i.toString(16).padStart(16, 'b'),
    name: 'old',
    startTimeUnixNano: (1_000_000_000_000_000_000n + BigInt(i)).toString(),
    endTimeUnixNano: (1_000_000_000_000_000_001n + BigInt(i)).toString(),
  }));
  return batchOf('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] });
}

test('sees rows in files and in the journal, and removes nothing because of its age', async () => {
  const directory = join(root, 'store');
  const store = await openStore({ directory, retentionMillis: Number.MAX_SAFE_INTEGER });
  await store.append(oldSpans(10));
  await store.flush();
  await store.append(oldSpans(5));
  await store.close();
  for (let time = 0; time < 2; time++) {
    const asked = await openStoreReadOnly(directory);
    const result = await asked.sql?.query({ tenant: 'default', statement: 'SELECT count(*) FROM spans' });
    assert.deepEqual(result?.rows, [[15]]);
    await asked.close();
  }
});

test('rejects a directory without a store, and creates none', async () => {
  const directory = join(root, 'nothing');
  await assert.rejects(openStoreReadOnly(directory), (error) => {
    assert.ok(error instanceof StoreOpenError);
    assert.match(error.message, /nothing: expected a store, found none/);
    return true;
  });
  assert.ok(!existsSync(directory));
});

test('rejects an open store', async () => {
  const directory = join(root, 'open');
  const store = await openStore({ directory });
  await assert.rejects(openStoreReadOnly(directory), StoreOpenError);
  await store.close();
});
