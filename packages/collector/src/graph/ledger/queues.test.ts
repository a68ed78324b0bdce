import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { createRandom, type Random } from '@otelier/testkit/otlp/random';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { Destination } from '../../component/sending/destination.testing.ts';
import { fileStorage } from '../../extensions/file_storage.ts';

const root = mkdtempSync(join(tmpdir(), 'otelier-ledger-'));
after(() => rmSync(root, { recursive: true, force: true }));

const pick = <T>(random: Random, ...values: readonly [T, ...T[]]): T => values[random(values.length)] ?? values[0];

/** Returns a random queue configuration. */
function randomQueue(random: Random): Record<string, unknown> {
  const isDurable = random(3) === 0;
  const isWaiting = !isDurable && random(3) === 0;
  const minSize = pick(random, 0, 3, 10);
  const maxSize = pick(random, 0, 4, 12);
  return {
    enabled: random(6) > 0,
    num_consumers: 1 + random(3),
    queue_size: pick(random, 2, 5, 100),
    overflow_policy: pick(random, 'reject', 'block', 'drop_oldest'),
    wait_for_result: isWaiting,
    ...(isDurable && { storage: 'file_storage' }),
    ...(random(2) === 0 && { batch: { min_size: Math.min(minSize, maxSize || minSize), max_size: maxSize } }),
  };
}

function respond(random: Random, batch: Batch, abort: AbortSignal, accepted: (items: number) => void) {
  const outcome = pick<Outcome>(
    random,
    ACCEPTED,
    ACCEPTED,
    { kind: 'partial', rejectedItems: 1, reason: 'one is invalid' },
    { kind: 'retry', afterMillis: undefined, reason: 'busy' },
    { kind: 'refused', reason: 'not accepted' },
  );
  const settle = () => {
    if (outcome.kind === 'accepted') accepted(batch.itemCount);
    if (outcome.kind === 'partial') accepted(batch.itemCount - outcome.rejectedItems);
    return outcome;
  };
  if (random(3) > 0) return settle();
  return new Promise<Outcome>((resolve) => {
    abort.addEventListener('abort', () => resolve({ kind: 'retry', afterMillis: undefined, reason: 'aborted' }));
    setImmediate(() => resolve(abort.aborted ? { kind: 'refused', reason: 'too late' } : settle()));
  });
}

async function testedLedger(bench: ComponentBench, where: string) {
  const ledger = (await bench.service.host.ledger()).nodes.find(({ component }) => component === 'tested');
  assert.ok(ledger);
  assert.equal(ledger.differenceItems, 0, `${where}: ${JSON.stringify(ledger)}`);
  return ledger;
}

async function run(seed: number): Promise<void> {
  const random = createRandom(seed);
  const destination = new Destination();
  let acceptedItems = 0;
  destination.response = (batch, abort) =>
    respond(random, batch, abort, (items) => {
      acceptedItems += items;
    });
  const queue = randomQueue(random);
  const where = `seed ${seed}, ${JSON.stringify(queue)}`;
  const bench = await createComponentBench(destination.definition, {
    config: { sending_queue: queue, retry_on_failure: { enabled: random(2) === 0, max_elapsed_time: '60s' } },
    signals: ['traces'],
    random: () => 0.5,
    extensions: {
      file_storage: {
        definition: fileStorage,
        config: { directory: join(root, String(seed)), create_directory: true, fsync: false },
      },
    },
  });
  let sentItems = 0;
  let refusedItems = 0;
  const pending = new Set<Promise<void>>();
  try {
    await bench.start();
    for (let index = 0; index < 40; index++) {
      const batch = sampleBatch('traces', 1 + random(9));
      sentItems += batch.itemCount;
      const sent: Promise<void> = bench.send(batch).then((outcome) => {
        pending.delete(sent);
        if (outcome.kind === 'partial') refusedItems += outcome.rejectedItems;
        if (outcome.kind === 'retry' || outcome.kind === 'refused') refusedItems += batch.itemCount;
      });
      pending.add(sent);
      if (random(4) === 0) await bench.clock.advance(random(5_000));
      await testedLedger(bench, where);
    }
    // Some batches are still queued when the service stops.
    if (random(2) === 0) await bench.clock.advance(600_000);
  } finally {
    await bench.close();
  }
  await Promise.all(pending);
  const {
    heldItems,
    insideItems,
    deliveredItems,
    receivedItems,
    refusedItems: refused,
  } = await testedLedger(bench, where);
  assert.deepEqual([heldItems, insideItems, receivedItems], [0, 0, sentItems], where);
  assert.equal(refused, refusedItems, where);
  assert.equal(deliveredItems, acceptedItems, where);
}

test('the ledger of a sending exporter balances with any queue, whatever the destination returns', async () => {
  for (let seed = 1; seed <= 120; seed++) await run(seed);
});
