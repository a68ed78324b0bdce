import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTED, type Batch, countItems, localContext, type Outcome, type Signal } from '@otelier/otlp';
import { type ComponentBench, createComponentBench, signalsOf } from '@otelier/testkit/component-bench';
import { hostileRequest } from '@otelier/testkit/hostile/request';
import { createRandom, type Random } from '@otelier/testkit/otlp/random';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import type { Definition } from '../../component/define.ts';
import { registry } from '../../registry.generated.ts';

/** Components that need something that this test does not have. They are tested in their own directories. */
const SKIPPED: Readonly<Record<string, string>> = {
  function: 'needs a module of the user',
  geoip: 'needs a database',
  k8s_attributes: 'needs an API server',
  lookup: 'needs a file',
  resource_detection: 'asks the machine',
  schema: 'asks servers',
};

const BATCHES = 20;
const MAX_BATCH_BYTES = 50_000;

/** Numbers that the test counts itself, by component. */
interface Tally {
  sentItems: number;
  refusedItems: number;
  /** Items that the exits have accepted. */
  exitItems: number;
  pending: Set<Promise<unknown>>;
}

function batchOf(signal: Signal, seed: number, index: number): Batch {
  if (signal === 'profiles') return sampleBatch(signal, 1 + (index % 3));
  const { bytes } = hostileRequest(seed, index, { signal, aroundMillis: index * 1000 });
  const itemCount = countItems(signal, bytes);
  const tenant = index % 7 === 0 ? 'other' : 'default';
  return {
    signal,
    parts: [bytes],
    itemCount,
    sizeBytes: bytes.length,
    context: { ...localContext(index * 1000), tenant },
  };
}

/** Returns an outcome of the exits: mostly accepted, sometimes later. */
function respond(random: Random, batch: Batch, tally: Tally): Outcome | Promise<Outcome> {
  const outcomes: readonly Outcome[] = [
    { kind: 'partial', rejectedItems: Math.min(1, batch.itemCount), reason: 'one is invalid' },
    { kind: 'retry', afterMillis: undefined, reason: 'busy' },
    { kind: 'refused', reason: 'not accepted' },
  ];
  const outcome = random(3) === 0 ? (outcomes[random(3)] ?? ACCEPTED) : ACCEPTED;
  const count = () => {
    if (outcome.kind === 'accepted') tally.exitItems += batch.itemCount;
    if (outcome.kind === 'partial') tally.exitItems += batch.itemCount - outcome.rejectedItems;
    return outcome;
  };
  if (random(4) > 0) return count();
  return new Promise((resolve) => setImmediate(() => resolve(count())));
}

function send(bench: ComponentBench, batch: Batch, tally: Tally): void {
  tally.sentItems += batch.itemCount;
  const sent = bench.send(batch).then((outcome) => {
    tally.pending.delete(sent);
    if (outcome.kind === 'partial') tally.refusedItems += outcome.rejectedItems;
    if (outcome.kind === 'retry' || outcome.kind === 'refused') tally.refusedItems += batch.itemCount;
  });
  tally.pending.add(sent);
}

async function checkBalance(bench: ComponentBench, where: string): Promise<void> {
  const ledger = await bench.service.host.ledger();
  const off = ledger.nodes.filter(({ differenceItems }) => differenceItems !== 0);
  assert.deepEqual(off, [], where);
}

async function totals(bench: ComponentBench) {
  const { nodes, edges } = await bench.service.host.ledger();
  const tested = nodes.filter(({ component }) => component === 'tested');
  const sum = (value: (node: (typeof tested)[number]) => number) => tested.reduce((all, node) => all + value(node), 0);
  return {
    receivedItems: sum(({ receivedItems }) => receivedItems),
    refusedItems: sum(({ refusedItems }) => refusedItems),
    forwardedItems: sum(({ forwardedItems }) => forwardedItems),
    insideItems: sum(({ insideItems }) => insideItems),
    heldItems: sum(({ heldItems }) => heldItems),
    pendingItems: edges.reduce((all, { pendingItems }) => all + pendingItems, 0),
  };
}

async function run(definition: Definition, config: BenchConfig, seed: number): Promise<void> {
  const random = createRandom(seed);
  const bench = await createComponentBench(definition, { config, random: () => random(1 << 30) / (1 << 30) });
  const tally: Tally = { sentItems: 0, refusedItems: 0, exitItems: 0, pending: new Set() };
  bench.response = (batch) => respond(random, batch, tally);
  const signals = signalsOf(definition);
  try {
    await bench.start();
    for (let index = 0; index < BATCHES; index++) {
      const signal = signals[random(signals.length)] ?? 'traces';
      const batch = batchOf(signal, seed, index);
      if (batch.itemCount > 0 && batch.sizeBytes < MAX_BATCH_BYTES) send(bench, batch, tally);
      if (random(3) === 0) await bench.clock.advance(random(20_000));
      await checkBalance(bench, `seed ${seed}, batch ${index}`);
    }
    for (let seconds = 0; tally.pending.size > 0; seconds++) {
      assert.ok(seconds < 1000, `seed ${seed}: a call does not end`);
      await bench.clock.advance(1000);
    }
    await bench.clock.advance(60_000);
    const { receivedItems, refusedItems, insideItems, pendingItems } = await totals(bench);
    assert.deepEqual(
      { receivedItems, refusedItems, insideItems },
      { receivedItems: tally.sentItems, refusedItems: tally.refusedItems, insideItems: 0 },
      `seed ${seed}`,
    );
    if (pendingItems === 0) assert.equal((await totals(bench)).forwardedItems, tally.exitItems, `seed ${seed}`);
  } finally {
    await bench.close();
  }
  await checkBalance(bench, `seed ${seed}, at the end`);
  const end = await totals(bench);
  assert.deepEqual([end.heldItems, end.insideItems, end.forwardedItems], [0, 0, tally.exitItems], `seed ${seed}`);
}

type BenchConfig = Readonly<Record<string, unknown>>;

for (const kind of ['processor', 'connector'] as const) {
  for (const [type, entry] of Object.entries(registry[kind])) {
    if (SKIPPED[type] !== undefined) continue;
    test(`the ledger of the ${kind} ${type} balances, whatever the next components return`, async () => {
      const definition = await entry.load();
      let seed = 1;
      for (const { config } of [...definition.examples, { config: {} }]) {
        const bench = await createComponentBench(definition, { config }).catch(() => undefined);
        // Some examples name files and extensions that do not exist here, and some options have no default.
        if (bench === undefined) continue;
        await bench.service.shutdown();
        for (let times = 0; times < 2; times++) await run(definition, config, seed++);
      }
    });
  }
}
