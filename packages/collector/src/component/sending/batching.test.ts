import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { fileStorage } from '../../extensions/file_storage.ts';
import { Destination, turn } from './destination.testing.ts';

const root = mkdtempSync(join(tmpdir(), 'otelier-batching-'));
after(() => rmSync(root, { recursive: true, force: true }));
let directories = 0;

/** Runs an exporter whose queue, in memory or on disk, merges batches. */
async function withBatching(
  where: 'memory' | 'disk',
  batch: object,
  run: (bench: ComponentBench, destination: Destination) => Promise<void>,
  queue: object = {},
): Promise<void> {
  const destination = new Destination();
  const storage = where === 'disk' ? { storage: 'file_storage' } : {};
  const config = { directory: join(root, String(++directories)), create_directory: true, fsync: false };
  const bench = await createComponentBench(destination.definition, {
    config: { sending_queue: { ...storage, batch, ...queue } },
    signals: ['traces'],
    extensions: { file_storage: { definition: fileStorage, config } },
  });
  try {
    await bench.start();
    await run(bench, destination);
  } finally {
    await bench.close();
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

const sizes = ({ batches }: Destination) => batches.map(({ itemCount }) => itemCount);

function withContext(items: number, context: Partial<Batch['context']>): Batch {
  const batch = sampleBatch('traces', items);
  return { ...batch, context: { ...batch.context, ...context } };
}

for (const where of ['memory', 'disk'] as const) {
  describe(`batches in a queue ${where === 'disk' ? 'on disk' : 'in memory'}`, () => {
    test('are merged up to min_size', () =>
      withBatching(where, { min_size: 10 }, async (bench, destination) => {
        for (let index = 0; index < 7; index++) assert.deepEqual(await bench.send(sampleBatch('traces', 3)), ACCEPTED);
        await until(() => destination.batches.length === 1);
        assert.deepEqual(sizes(destination), [12]);
        assert.equal(destination.batches[0]?.parts.length, 4);
      }));

    test('are sent after flush_timeout, counted from the first', () =>
      withBatching(where, { min_size: 10, flush_timeout: '2s' }, async (bench, destination) => {
        await bench.send(sampleBatch('traces', 3));
        await bench.clock.untilPending();
        await bench.clock.advance(1999);
        assert.deepEqual(sizes(destination), []);
        await bench.clock.advance(1);
        assert.deepEqual(sizes(destination), [3]);
      }));

    test('are split by max_size, and the rest waits for more', () =>
      withBatching(where, { min_size: 4, max_size: 5, flush_timeout: '2s' }, async (bench, destination) => {
        await bench.send(sampleBatch('traces', 12));
        await until(() => destination.batches.length === 2);
        await bench.send(sampleBatch('traces', 1));
        await bench.send(sampleBatch('traces', 1));
        await until(() => destination.batches.length === 3);
        assert.deepEqual(sizes(destination), [5, 5, 4]);
      }));

    test('are split by bytes', async () => {
      const { sizeBytes } = sampleBatch('traces', 10);
      const batch = { min_size: 0, max_size: Math.ceil(sizeBytes * 0.6), sizer: 'bytes' };
      await withBatching(where, batch, async (bench, destination) => {
        await bench.send(sampleBatch('traces', 10));
        await until(() => destination.batches.length === 2);
        assert.deepEqual(sizes(destination), [5, 5]);
        assert.ok(destination.batches.every((sent) => sent.sizeBytes <= batch.max_size));
      });
    });

    test('are merged only with those of the same tenant and metadata', async () => {
      const batch = { min_size: 4, partition: { metadata_keys: ['X-Team'] } };
      await withBatching(where, batch, async (bench, destination) => {
        const contexts = [
          { tenant: 'a', metadata: { 'x-team': ['1'], other: ['x'] } },
          { tenant: 'a', metadata: { 'x-team': ['2'] } },
          { tenant: 'b', metadata: { 'x-team': ['1'] } },
          { tenant: 'a', metadata: {} },
        ];
        for (const context of [...contexts, ...contexts]) await bench.send(withContext(2, context));
        await until(() => destination.batches.length === 4);
        assert.deepEqual(sizes(destination), [4, 4, 4, 4]);
        const sent = destination.batches.map(({ context: { tenant, metadata } }) => ({
          tenant,
          metadata: { ...metadata },
        }));
        assert.deepEqual(sent, [
          { tenant: 'a', metadata: { 'x-team': ['1'] } },
          { tenant: 'a', metadata: { 'x-team': ['2'] } },
          { tenant: 'b', metadata: { 'x-team': ['1'] } },
          { tenant: 'a', metadata: {} },
        ]);
      });
    });

    test('stay in the queue until all of their pieces are delivered', () =>
      withBatching(where, { min_size: 2, max_size: 2 }, async (bench, destination) => {
        const releases: ((outcome: Outcome) => void)[] = [];
        destination.response = () => new Promise((resolve) => releases.push(resolve));
        const queued = () =>
          bench.service.graph().nodes.find(({ component }) => component === 'tested')?.queue?.requests;
        await bench.send(sampleBatch('traces', 4));
        await until(() => releases.length === 2);
        releases[0]?.(ACCEPTED);
        for (let turns = 0; turns < 10; turns++) await turn();
        assert.equal(queued(), 1);
        releases[1]?.({ kind: 'refused', reason: 'no' });
        await until(() => queued() === 0);
        assert.deepEqual(bench.dropped(), { refused: 2 });
      }));
  });
}

test('a client that waits for the result receives that of its merged batch', () =>
  withBatching(
    'memory',
    { min_size: 4, flush_timeout: '1s' },
    async (bench, destination) => {
      destination.response = () => ({ kind: 'refused', reason: 'bad key' });
      const outcomes = await Promise.all([bench.send(sampleBatch('traces', 2)), bench.send(sampleBatch('traces', 2))]);
      assert.deepEqual(outcomes, [
        { kind: 'refused', reason: 'bad key' },
        { kind: 'refused', reason: 'bad key' },
      ]);
    },
    { wait_for_result: true },
  ));

test('a queue in memory that is full drops its oldest batches with drop_oldest', () =>
  withBatching(
    'memory',
    { enabled: false },
    async (bench, destination) => {
      let release = (_outcome: Outcome) => {};
      destination.response = () => new Promise((resolve) => (release = resolve));
      for (let index = 0; index < 6; index++) {
        assert.deepEqual(await bench.send(withContext(1, { tenant: `t${index}` })), ACCEPTED);
      }
      assert.deepEqual(bench.dropped(), { overflow: 3 });
      destination.response = () => ACCEPTED;
      release(ACCEPTED);
      await until(() => destination.batches.length === 3);
      assert.deepEqual(
        destination.batches.map(({ context }) => context.tenant),
        ['t0', 't4', 't5'],
      );
    },
    { queue_size: 3, num_consumers: 1, overflow_policy: 'drop_oldest' },
  ));

test('a draining exporter sends incomplete batches, and reports what it cannot send', async () => {
  const destination = new Destination();
  const bench = await createComponentBench(destination.definition, {
    config: { sending_queue: { num_consumers: 1, batch: { min_size: 100, flush_timeout: '1h' } } },
    signals: ['traces'],
  });
  await bench.start();
  for (let index = 0; index < 3; index++) await bench.send(sampleBatch('traces', 2));
  const report = await bench.service.drain();
  assert.deepEqual([report.forwardedItems, report.lostItems, sizes(destination)], [6, 0, [6]]);
  await bench.close();
});
