import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { ACCEPTED, type Batch } from '@otelier/otlp';
import type { Store } from '@otelier/store';
import { batchOf } from '@otelier/testkit';
import { START, telemetryOf, timeOf, traceId } from './collector-telemetry.ts';
import { openTestStore } from './open-test-store.ts';

const SIGNALS = ['traces', 'logs', 'metrics'] as const;

/** Declares tests of the removal of a tenant from a database. */
export function removalTests(url: string, database: string, { reopens }: { readonly reopens: boolean }): void {
  const opened = async (t: TestContext, directory: string): Promise<Store> => {
    const store = await openTestStore(url, database, directory);
    t.after(() => store.close());
    return store;
  };
  const filled = async (store: Store): Promise<void> => {
    for (const [n, tenant] of ['acme', 'umbra'].entries())
      for (const signal of SIGNALS)
        assert.deepEqual(await store.append(of(tenant, batchOf(signal, telemetryOf(signal, n, 'sent')))), ACCEPTED);
  };

  describe('removal of a tenant', () => {
    test('removes all of its rows, nothing of others, and refuses its telemetry until it is admitted', async (t) => {
      const directory = await mkdtemp(join(tmpdir(), 'otelier-clickhouse-removal-'));
      t.after(() => rm(directory, { recursive: true, force: true }));
      const store = await opened(t, directory);
      await filled(store);
      const before = { acme: await countsOf(store, 'acme'), umbra: await countsOf(store, 'umbra') };
      assert.ok(
        before.acme.every((count) => count > 0),
        before.acme.join(),
      );
      const removed = await store.tenants?.remove('acme');
      assert.ok((removed?.files.length ?? 0) >= SIGNALS.length, JSON.stringify(removed));
      assert.deepEqual(await countsOf(store, 'acme'), [0, 0, 0]);
      assert.deepEqual(await countsOf(store, 'umbra'), before.umbra);
      assert.equal((await Array.fromAsync(store.exportTrace({ tenant: 'umbra', traceId: traceId(1) }))).length, 1);
      const again = of('acme', batchOf('traces', telemetryOf('traces', 0, 'sent')));
      assert.deepEqual(await store.append(again), { kind: 'refused', reason: 'tenant acme was removed' });
      await store.tenants?.admit('acme');
      assert.deepEqual(await store.append(again), ACCEPTED);
    });

    test('continues a removal that the last process began', { skip: !reopens }, async (t) => {
      const directory = await mkdtemp(join(tmpdir(), 'otelier-clickhouse-removal-'));
      t.after(() => rm(directory, { recursive: true, force: true }));
      const store = await opened(t, directory);
      await filled(store);
      // The process ends as soon as the removal has begun.
      const interrupted = store.tenants?.remove('acme').catch(() => undefined);
      await store.close();
      await interrupted;
      assert.match(await readFile(join(directory, 'removed-tenants.json'), 'utf8'), /"acme":"removing"/);
      const next = await opened(t, directory);
      const append = next.append(of('acme', batchOf('logs', telemetryOf('logs', 0, 'sent'))));
      assert.deepEqual(await append, { kind: 'refused', reason: 'tenant acme was removed' });
      // After the one that continues.
      assert.deepEqual((await next.tenants?.remove('acme'))?.files, []);
      assert.deepEqual(await countsOf(next, 'acme'), [0, 0, 0]);
    });
  });
}

const of = (tenant: string, batch: Batch): Batch => ({ ...batch, context: { ...batch.context, tenant } });

/** Returns the number of requests of each signal that an export has of a tenant. */
async function countsOf(store: Store, tenant: string): Promise<readonly number[]> {
  const counts: number[] = [];
  for (const signal of SIGNALS)
    counts.push((await Array.fromAsync(store.export({ tenant, signal, start: START, end: timeOf(60) }))).length);
  return counts;
}
