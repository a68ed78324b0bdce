import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { fileStorage } from '../../extensions/file_storage.ts';
import { Destination, turn } from './destination.testing.ts';

const root = mkdtempSync(join(tmpdir(), 'otelier-durable-'));
after(() => rmSync(root, { recursive: true, force: true }));
let directories = 0;
const makeTempDirectory = () => join(root, `storage-${++directories}`);

const UNREACHABLE: Outcome = { kind: 'retry', afterMillis: undefined, reason: 'connection refused', unreachable: true };

/** Options for `withQueue`. */
interface QueueBench {
  readonly queue?: object;
  readonly storage?: object;
  /** The section `service.tenants`. */
  readonly tenants?: object;
  /** Called before the start. */
  readonly prepare?: (bench: ComponentBench) => void;
}

/** Runs an exporter with a durable queue, and shuts it down. */
async function withQueue(
  directory: string,
  run: (bench: ComponentBench, destination: Destination) => Promise<void>,
  { queue = {}, storage = {}, tenants, prepare }: QueueBench = {},
): Promise<ComponentBench> {
  const destination = new Destination();
  const bench = await createComponentBench(destination.definition, {
    config: { sending_queue: { storage: 'file_storage', num_consumers: 1, ...queue } },
    signals: ['traces'],
    random: () => 0.5,
    tenants,
    extensions: {
      file_storage: {
        definition: fileStorage,
        config: { directory, create_directory: true, fsync: false, ...storage },
      },
    },
  });
  try {
    prepare?.(bench);
    await bench.start();
    await run(bench, destination);
    await bench.service.drain();
  } finally {
    await bench.close();
  }
  return bench;
}

const queueOf = (bench: ComponentBench) =>
  bench.service.graph().nodes.find(({ component }) => component === 'tested')?.queue;

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

/** A batch of `items` spans whose tenant is its name. */
function named(name: string, items = 1): Batch {
  const batch = sampleBatch('traces', items);
  return { ...batch, context: { ...batch.context, tenant: name } };
}

const names = ({ batches }: Destination) => batches.map(({ context }) => context.tenant);

test('delivers in order what the previous run could not, each batch once, and loses nothing', async () => {
  const directory = makeTempDirectory();
  const first = await withQueue(directory, async (bench, destination) => {
    destination.response = () => UNREACHABLE;
    for (let index = 0; index < 20; index++) assert.deepEqual(await bench.send(named(`t${index}`, 2)), ACCEPTED);
    assert.equal(queueOf(bench)?.requests, 20);
  });
  assert.deepEqual(first.dropped(), {});
  await withQueue(directory, async (bench, destination) => {
    await until(() => destination.batches.length === 20 && queueOf(bench)?.requests === 0);
    assert.deepEqual(
      names(destination),
      Array.from({ length: 20 }, (_, index) => `t${index}`),
    );
    assert.ok(destination.batches.every(({ itemCount }) => itemCount === 2));
  });
  await withQueue(directory, async (_bench, destination) => {
    await turn();
    assert.deepEqual(destination.batches, []);
  });
});

test('keeps trying for longer than five minutes, and continues at once when the destination is back', async () => {
  await withQueue(
    makeTempDirectory(),
    async (bench, destination) => {
      destination.response = () => UNREACHABLE;
      for (let index = 0; index < 30; index++) await bench.send(named(`t${index}`));
      await until(() => destination.batches.length === 10);
      for (let minute = 0; minute < 60; minute++) await bench.clock.advance(60_000);
      assert.deepEqual(bench.dropped(), {});
      destination.response = () => ACCEPTED;
      // The delay of one batch passes. The others do not wait for theirs.
      while (queueOf(bench)?.requests !== 0) {
        await bench.clock.advance(1000);
        await turn();
      }
      assert.deepEqual(bench.dropped(), {});
    },
    { queue: { num_consumers: 10 } },
  );
});

test('rejects a batch while the queue is full, and accepts one when a batch has been delivered', async () => {
  await withQueue(
    makeTempDirectory(),
    async (bench, destination) => {
      const releases: ((outcome: Outcome) => void)[] = [];
      destination.response = () => new Promise((resolve) => releases.push(resolve));
      for (let index = 0; index < 3; index++) assert.deepEqual(await bench.send(named(`t${index}`)), ACCEPTED);
      assert.equal((await bench.send(named('full'))).kind, 'retry');
      await until(() => releases.length === 1);
      releases[0]?.(ACCEPTED);
      await until(() => queueOf(bench)?.requests === 2);
      assert.deepEqual(await bench.send(named('t3')), ACCEPTED);
      // The next batch is taken once the delivery of the first is written.
      await until(() => releases.length === 2);
      destination.response = () => ACCEPTED;
      releases[1]?.(ACCEPTED);
      await until(() => queueOf(bench)?.requests === 0);
      assert.deepEqual(names(destination), ['t0', 't1', 't2', 't3']);
    },
    { queue: { queue_size: 3 } },
  );
});

test('blocks a client until there is space', async () => {
  await withQueue(
    makeTempDirectory(),
    async (bench, destination) => {
      let release = (_outcome: Outcome) => {};
      destination.response = () => new Promise((resolve) => (release = resolve));
      await bench.send(named('t0'));
      await until(() => destination.batches.length === 1);
      let isAccepted = false;
      const second = bench.send(named('t1')).finally(() => {
        isAccepted = true;
      });
      for (let turns = 0; turns < 20; turns++) await turn();
      assert.equal(isAccepted, false);
      release(ACCEPTED);
      assert.deepEqual(await second, ACCEPTED);
      await until(() => destination.batches.length === 2);
      release(ACCEPTED);
    },
    { queue: { queue_size: 1, overflow_policy: 'block' } },
  );
});

test('drops the oldest batches when it is full, and counts them', async () => {
  const directory = makeTempDirectory();
  await withQueue(
    directory,
    async (bench, destination) => {
      let release = (_outcome: Outcome) => {};
      destination.response = () => new Promise((resolve) => (release = resolve));
      await bench.send(named('t0'));
      await until(() => destination.batches.length === 1);
      for (let index = 1; index < 10; index++) assert.deepEqual(await bench.send(named(`t${index}`)), ACCEPTED);
      assert.equal(queueOf(bench)?.requests, 4);
      assert.deepEqual(bench.dropped(), { overflow: 6 });
      destination.response = () => ACCEPTED;
      release(ACCEPTED);
      await until(() => queueOf(bench)?.requests === 0);
      assert.deepEqual(names(destination), ['t0', 't7', 't8', 't9']);
    },
    { queue: { queue_size: 4, overflow_policy: 'drop_oldest' } },
  );
});

test('writes neither the sender nor metadata, except for that of the partition', async () => {
  const directory = makeTempDirectory();
  const metadata = { authorization: ['Bearer top-secret'], 'x-team': ['checkout'], 'x-other': ['elsewhere'] };
  const batch = sampleBatch('traces', 3);
  const context = { ...batch.context, tenant: 'acme', subject: 'alice-the-sender', metadata };
  const queue = { batch: { min_size: 1, partition: { metadata_keys: ['x-team'] } } };
  await withQueue(
    directory,
    async (bench, destination) => {
      destination.response = () => UNREACHABLE;
      await bench.send({ ...batch, context });
    },
    { queue },
  );
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(directory, name)).isFile(),
  );
  const written = files.map((name) => readFileSync(join(directory, name), 'latin1')).join('');
  for (const secret of ['top-secret', 'authorization', 'alice-the-sender', 'elsewhere']) {
    assert.ok(!written.includes(secret), `expected no file with ${secret}`);
  }
  await withQueue(
    directory,
    async (_bench, destination) => {
      await until(() => destination.batches.length === 1);
      const { tenant, subject, metadata: kept } = destination.batches[0]?.context ?? assert.fail();
      assert.deepEqual(
        { tenant, subject, kept },
        { tenant: 'acme', subject: undefined, kept: { 'x-team': ['checkout'] } },
      );
      assert.deepEqual(destination.batches[0]?.parts.map(Buffer.from), batch.parts.map(Buffer.from));
    },
    { queue },
  );
});

test('reports mistakes in the configuration', async () => {
  const mistakes: readonly (readonly [object, RegExp])[] = [
    [
      { storage: 'no_such' },
      /storage: expected a storage extension of service.extensions \("file_storage"\), got "no_such"/,
    ],
    [{ wait_for_result: true }, /wait_for_result: expected false, because batches with storage are accepted once/],
    [
      { batch: { partition: { metadata_keys: ['authorization'] } } },
      /metadata_keys\[0\]: expected metadata without credentials, which are never written to disk, got "authorization"/,
    ],
    [{ sizer: 'items', queue_size: 10, batch: {} }, /batch.min_size: expected at most queue_size, 10, got 8192/],
    [{ batch: { flush_timeout: '0s' } }, /flush_timeout: expected a duration above 0/],
    [{ block_on_overflow: true, overflow_policy: 'reject' }, /overflow_policy: expected block/],
  ];
  for (const [queue, message] of mistakes) {
    await assert.rejects(
      withQueue(makeTempDirectory(), async () => {}, { queue }),
      message,
    );
  }
});

test('does not start when another process uses the directory', async () => {
  const directory = makeTempDirectory();
  await withQueue(directory, async () => {
    await assert.rejects(
      withQueue(directory, async () => {}, { storage: { timeout: 0 } }),
      /expected a data directory that no process has open, but process \d+/,
    );
  });
});

test('never delivers what came before its tenant was removed, also after a restart', async () => {
  const directory = makeTempDirectory();
  const first = await withQueue(
    directory,
    async (bench, destination) => {
      destination.response = () => UNREACHABLE;
      for (const tenant of ['held', 'acme', 'umbra', 'acme']) await bench.send(named(tenant, 2));
      bench.service.host.tenants?.removed('acme', bench.clock.now());
      await bench.clock.advance(1);
      await bench.send(named('umbra', 2));
      destination.response = () => ACCEPTED;
      await bench.clock.advance(60_000);
      await until(() => queueOf(bench)?.requests === 0);
      assert.deepEqual(
        names(destination).filter((name) => name !== 'held'),
        ['umbra', 'umbra'],
      );
      destination.response = () => UNREACHABLE;
      for (const tenant of ['held', 'lost', 'umbra']) await bench.send(named(tenant, 2));
    },
    { tenants: {} },
  );
  assert.deepEqual(first.dropped(), { tenant_removed: 4 });
  await withQueue(
    directory,
    async (bench, destination) => {
      await until(() => queueOf(bench)?.requests === 0);
      assert.ok(!names(destination).includes('lost'));
    },
    {
      tenants: {},
      prepare: ({ service }) => service.host.tenants?.removed('lost', Number.POSITIVE_INFINITY),
    },
  );
});
