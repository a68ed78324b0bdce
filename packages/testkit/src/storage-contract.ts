import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Batch } from '@otelier/otlp';
import type { DurableQueue, ExtensionDefinition, StorageExtension, TakenBatch } from 'otelier';
import { createComponentBench } from './component-bench.ts';
import { sampleBatch } from './sample-batch.ts';

/** Runs an extension and passes what it offers. Each run with the same `config` is a restart. */
type WithStorage = (
  config: Readonly<Record<string, unknown>>,
  use: (storage: StorageExtension) => Promise<void>,
) => Promise<void>;

const EXPORTER = { kind: 'exporter', id: 'otlp_grpc' } as const;
const ADMISSION = { grow: () => true, release: () => {} };

/** Tests an extension that offers storage against its contract. `newConfig` returns the configuration of a new directory. */
export function storageContract(
  definition: ExtensionDefinition,
  newConfig: () => Readonly<Record<string, unknown>>,
): void {
  const withStorage: WithStorage = async (config, use) => {
    const bench = await createComponentBench(definition, { config });
    try {
      await bench.start();
      const offers = bench.service.host.extension('tested')?.offers;
      assert.ok(typeof offers === 'object' && offers !== null, 'expected the extension to offer storage');
      await use(offers as StorageExtension);
    } finally {
      await bench.close();
    }
  };
  describe('as a storage', () => {
    queueTests(newConfig, withStorage);
    recordTests(newConfig, withStorage);
    stateTests(newConfig, withStorage);
  });
}

function queueTests(newConfig: () => Readonly<Record<string, unknown>>, withStorage: WithStorage): void {
  test('delivers batches in order, also after a restart, until they are acknowledged', async () => {
    const config = newConfig();
    await withStorage(config, async (storage) => {
      const queue = await storage.openQueue(EXPORTER, 'traces');
      for (const name of ['a', 'b', 'c', 'd']) await append(queue, name);
      assert.equal(queue.size.records, 4);
      const first = await take(queue);
      await take(queue);
      const third = await take(queue);
      await first.acknowledge();
      await third.acknowledge();
      assert.equal(queue.size.records, 2);
      await queue.close();
    });
    await withStorage(config, async (storage) => {
      const queue = await storage.openQueue(EXPORTER, 'traces');
      assert.deepEqual(queue.size, { records: 2, items: 4, bytes: 2 * sampleBatch('traces', 2).sizeBytes });
      assert.deepEqual(await drain(queue), ['b', 'd']);
      await queue.close();
    });
  });

  test('keeps the parts, the tenant, the arrival time and the selected metadata of a batch, and nothing else', async () => {
    const config = newConfig();
    const batch = sampleBatch('logs', 3);
    const metadata = { 'x-team': ['a', 'b'], authorization: ['secret'] };
    const context = { tenant: 'acme', subject: 'alice', metadata, arrivalMillis: 17 };
    await withStorage(config, async (storage) => {
      const queue = await storage.openQueue(EXPORTER, 'logs', { metadataKeys: ['x-team'] });
      await queue.append({ ...batch, parts: [...batch.parts, ...batch.parts], context }, ADMISSION);
      await queue.close();
    });
    await withStorage(config, async (storage) => {
      const queue = await storage.openQueue(EXPORTER, 'logs');
      const { batch: taken } = await take(queue);
      assert.deepEqual(
        taken.parts.map((part) => Buffer.from(part)),
        [...batch.parts, ...batch.parts].map((part) => Buffer.from(part)),
      );
      assert.deepEqual({ ...taken.context }, { ...context, subject: undefined, metadata: { 'x-team': ['a', 'b'] } });
      await queue.close();
    });
  });

  test('takes a batch again that was put back, before later ones', () =>
    withStorage(newConfig(), async (storage) => {
      const queue = await storage.openQueue(EXPORTER, 'traces');
      for (const name of ['a', 'b', 'c']) await append(queue, name);
      const [first, second] = [await take(queue), await take(queue)];
      second.putBack();
      first.putBack();
      assert.deepEqual(await drain(queue), ['a', 'b', 'c']);
      await queue.close();
    }));

  test('has one queue for each component and signal, which its users share', () =>
    withStorage(newConfig(), async (storage) => {
      const [one, same, signal, owner] = [
        await storage.openQueue(EXPORTER, 'traces'),
        await storage.openQueue(EXPORTER, 'traces'),
        await storage.openQueue(EXPORTER, 'logs'),
        await storage.openQueue({ kind: 'exporter', id: 'otlp_grpc/two' }, 'traces'),
      ];
      for (const name of ['a', 'b']) await append(one, name);
      assert.deepEqual([same.size.records, signal.size.records, owner.size.records], [2, 0, 0]);
      assert.equal((await take(one)).batch.context.tenant, 'a');
      assert.equal((await take(same)).batch.context.tenant, 'b');
      await one.close();
      await append(same, 'c');
      assert.equal((await take(same)).batch.context.tenant, 'c');
      for (const queue of [same, signal, owner]) await queue.close();
    }));
}

function recordTests(newConfig: () => Readonly<Record<string, unknown>>, withStorage: WithStorage): void {
  test('keeps records of a component beside its batches, for one user at a time', async () => {
    const config = newConfig();
    const owner = { kind: 'processor', id: 'tail_sampling' } as const;
    await withStorage(config, async (storage) => {
      const records = await storage.openRecords(owner, 'decisions');
      await assert.rejects(storage.openRecords(owner, 'decisions'), /expected one instance of tail_sampling/);
      const queue = await storage.openQueue(owner, 'traces', { isExclusive: true });
      await assert.rejects(storage.openQueue(owner, 'traces', { isExclusive: true }), /expected one instance/);
      await records.append([Buffer.from('kept')], { items: 1, bytes: 4 }, { release: () => {} });
      await records.close();
      await queue.close();
      const again = await storage.openRecords(owner, 'decisions');
      assert.equal(again.size.records, 1);
      await again.close();
    });
    await withStorage(config, async (storage) => {
      const records = await storage.openRecords(owner, 'decisions');
      const taken = records.take();
      assert.equal(taken?.content.kind === 'disk' && Buffer.from(taken.content.bytes).toString(), 'kept');
    });
  });
}

function stateTests(newConfig: () => Readonly<Record<string, unknown>>, withStorage: WithStorage): void {
  test('keeps the last state of each component and name', async () => {
    const config = newConfig();
    const owner = { kind: 'receiver', id: 'file_log' } as const;
    const [old, current] = [Buffer.from('position 1'), Buffer.from('position 2')];
    await withStorage(config, async (storage) => {
      const state = await storage.openState(owner);
      assert.equal(state.value, undefined);
      await Promise.all([state.write(old), state.write(old), state.write(current)]);
      const other = await storage.openState(owner, 'other');
      await other.write(new Uint8Array());
      assert.deepEqual(Buffer.from(state.value ?? []), current);
      await state.close();
      await other.close();
    });
    await withStorage(config, async (storage) => {
      const state = await storage.openState(owner);
      assert.deepEqual(Buffer.from(state.value ?? []), current);
      assert.equal((await storage.openState(owner, 'other')).value?.length, 0);
      assert.equal((await storage.openState({ ...owner, id: 'file_log/2' })).value, undefined);
    });
  });
}

/** Appends a batch whose tenant is its name. */
async function append(queue: DurableQueue, name: string): Promise<void> {
  const batch = sampleBatch('traces', 2);
  await queue.append({ ...batch, context: { ...batch.context, tenant: name } } satisfies Batch, ADMISSION);
}

async function take(queue: DurableQueue): Promise<TakenBatch> {
  for (let taken = queue.take(); ; taken = queue.take()) {
    if (taken !== undefined) return taken;
    await new Promise<void>((resolve) => {
      queue.onReadable = resolve;
    });
  }
}

/** Takes and acknowledges everything, and returns the names. */
async function drain(queue: DurableQueue): Promise<string[]> {
  const names: string[] = [];
  while (queue.size.records > 0) {
    const taken = await take(queue);
    names.push(taken.batch.context.tenant);
    await taken.acknowledge();
  }
  return names;
}
