import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Store, StoreEvent } from './contract.ts';
import { openStore } from './open.ts';
import { spansNamed } from './write/batches.testing.ts';

/** Ways to remove a store's directory while it is open. */
const REMOVALS: Readonly<Record<string, (directory: string) => void>> = {
  'the whole directory': (directory) => rmSync(directory, { recursive: true }),
  'the journal': (directory) => rmSync(join(directory, 'journal'), { recursive: true }),
  'the directory, replaced by an empty one': (directory) => {
    renameSync(directory, `${directory}-old`);
    mkdirSync(directory);
  },
};

async function names(store: Store): Promise<readonly string[]> {
  const end = BigInt(Date.now() + 3_600_000) * 1_000_000n;
  const query = { tenant: 'default', start: 0n, end, conditions: [], limit: 100, orderBy: 'time' as const };
  const { traces } = await store.searchTraces(query);
  return traces.map(({ rootName }) => rootName).sort();
}

for (const [what, remove] of Object.entries(REMOVALS)) {
  test(`removing ${what} never returns success, is reported, and the store continues`, async () => {
    const parent = mkdtempSync(join(tmpdir(), 'otelier-removed-'));
    const directory = join(parent, 'store');
    const events: StoreEvent[] = [];
    const store = await openStore({ directory, onEvent: (event) => events.push(event) });
    try {
      assert.equal((await store.append(spansNamed(['before']))).kind, 'accepted');
      assert.deepEqual(await names(store), ['before']);
      remove(directory);
      const outcome = await store.append(spansNamed(['rejected']));
      assert.equal(outcome.kind, 'retry', 'the sender keeps telemetry that cannot be stored');
      assert.deepEqual(
        events.filter(({ kind }) => kind === 'error').map((event) => ('message' in event ? event.message : '')),
        [
          `the store's directory is gone: ${outcome.kind === 'retry' ? outcome.reason.replace(/^[^:]*: /, '') : ''}; what it held is lost, and a new store is begun in its place`,
        ],
      );
      while (store.health().kind !== 'ok') await new Promise((resolve) => setTimeout(resolve, 10));
      assert.equal((await store.append(spansNamed(['after']))).kind, 'accepted');
      // Rows that were only in memory are in the new store.
      assert.deepEqual(await names(store), ['after', 'before']);
      assert.ok(events.some(({ kind }) => kind === 'unavailable') && events.some(({ kind }) => kind === 'resumed'));
      await store.close();
      const again = await openStore({ directory });
      assert.deepEqual(await names(again), ['after', 'before']);
      await again.close();
    } finally {
      await store.close();
      rmSync(parent, { recursive: true, force: true });
    }
  });
}

test('a request to a closed store is an error, and waits for nothing', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-closed-'));
  try {
    const store = await openStore({ directory });
    await store.close();
    await assert.rejects(store.stats(), /the store is closed/);
    await assert.rejects(store.flush(), /the store is closed/);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
