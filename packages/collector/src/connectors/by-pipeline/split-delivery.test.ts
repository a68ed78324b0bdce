import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import { createManualClock } from '@otelier/testkit/clock';
import { createRandom, type Random } from '@otelier/testkit/otlp/random';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import type { Rejection } from '../../component/admissions.ts';
import type { Consumer, Reservation } from '../../component/contract.ts';
import type { Host } from '../../component/host.ts';
import { SplitDelivery } from './split-delivery.ts';

const RETRY: Rejection = { kind: 'retry', afterMillis: 10, reason: 'disk full' };
const REFUSED: Rejection = { kind: 'refused', reason: 'not for us' };

/** A pipeline that returns the given outcomes in order and then accepts everything, counting the accepted items. */
class Pipeline implements Consumer {
  readonly outcomes: Outcome[];
  accepted = 0;
  offered = 0;
  readonly reserve?: (batch: Batch) => Reservation | Rejection;

  constructor(outcomes: readonly Outcome[] = [], full?: Rejection[]) {
    this.outcomes = [...outcomes];
    if (full !== undefined)
      this.reserve = (batch) =>
        full.shift() ?? { kind: 'reserved', commit: () => this.consume(batch), cancel: () => undefined };
  }

  consume(batch: Batch): Outcome {
    this.offered += 1;
    const outcome = this.outcomes.shift() ?? ACCEPTED;
    if (outcome.kind === 'accepted') this.accepted += batch.itemCount;
    if (outcome.kind === 'partial') this.accepted += batch.itemCount - outcome.rejectedItems;
    return outcome;
  }
}

function setUp() {
  const clock = createManualClock();
  const warnings: unknown[] = [];
  const logger = { warn: (...line: unknown[]) => warnings.push(line) };
  const host = { draining: new AbortController().signal } as unknown as Host;
  const counted = { created: () => undefined, dropped: () => undefined };
  const delivery = new SplitDelivery({ clock, logger: logger as never, host, ...counted });
  /** Delivers one portion, with the given number of items, to each pipeline. */
  const deliver = async (...pipelines: readonly (readonly [Pipeline, number])[]): Promise<Outcome> => {
    const whole = sampleBatch(
      'logs',
      pipelines.reduce((sum, [, items]) => sum + items, 0),
    );
    const portions = pipelines.map(([consumer, items]) => ({ consumer, batch: sampleBatch('logs', items) }));
    let outcome: Outcome | undefined;
    void Promise.resolve(delivery.deliver(whole, portions)).then((result) => {
      outcome = result;
    });
    for (;;) {
      await Promise.resolve();
      if (outcome !== undefined) return outcome;
      await clock.advance(10);
    }
  };
  return { deliver, warnings };
}

test('retries as a whole if a queue is full, before anything is delivered', async () => {
  const { deliver } = setUp();
  const direct = new Pipeline();
  assert.deepEqual(await deliver([direct, 1], [new Pipeline([], [RETRY]), 2]), RETRY);
  assert.equal(direct.offered, 0);
});

test('retries as a whole if no pipeline accepted its portion', async () => {
  const { deliver } = setUp();
  const [a, b] = [new Pipeline([RETRY]), new Pipeline([REFUSED])];
  assert.deepEqual(await deliver([a, 1], [b, 2]), RETRY);
  assert.deepEqual([a.accepted, b.accepted], [0, 0]);
});

test('sends one portion again while the sender waits, if others were accepted', async () => {
  const { deliver, warnings } = setUp();
  const [a, b] = [new Pipeline(), new Pipeline([RETRY, RETRY])];
  assert.deepEqual(await deliver([a, 1], [b, 2]), ACCEPTED);
  assert.deepEqual([a.accepted, b.accepted, b.offered, warnings.length], [1, 2, 3, 0]);
});

test('tries a failing pipeline first, so that a long failure duplicates nothing', async () => {
  const { deliver, warnings } = setUp();
  const [a, b] = [new Pipeline(), new Pipeline(Array.from({ length: 2000 }, () => RETRY))];
  assert.deepEqual(await deliver([a, 1], [b, 2]), RETRY);
  assert.deepEqual([a.accepted, warnings.length], [1, 1], 'the first failure is logged');
  for (let i = 0; i < 5; i++) assert.deepEqual(await deliver([a, 1], [b, 2]), RETRY);
  assert.deepEqual([a.accepted, warnings.length], [1, 1]);
});

test('reports refused and rejected items as a partial success', async () => {
  const { deliver } = setUp();
  const partial: Outcome = { kind: 'partial', rejectedItems: 1, reason: 'one is old' };
  const outcome = await deliver([new Pipeline(), 4], [new Pipeline([partial]), 3], [new Pipeline([], [REFUSED]), 2]);
  assert.deepEqual(outcome, { kind: 'partial', rejectedItems: 3, reason: 'one is old; not for us' });
  assert.deepEqual(await deliver([new Pipeline([REFUSED]), 1], [new Pipeline([REFUSED]), 1]), REFUSED);
});

test('loses nothing and duplicates nothing silently, whatever pipelines return', async () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = createRandom(seed);
    const { deliver, warnings } = setUp();
    const pipelines = generatePipelines(random);
    const portions = pipelines.map((pipeline) => [pipeline, random(5) + 1] as const);
    const total = portions.reduce((sum, [, items]) => sum + items, 0);
    const outcome = await untilDone(() => deliver(...portions));
    const accepted = pipelines.reduce((sum, pipeline) => sum + pipeline.accepted, 0);
    const reported = outcome.kind === 'partial' ? outcome.rejectedItems : outcome.kind === 'refused' ? total : 0;
    if (warnings.length === 0) assert.equal(accepted + reported, total, `seed ${seed}`);
    else assert.ok(accepted + reported > total, `seed ${seed}`);
  }
});

function generatePipelines(random: Random): Pipeline[] {
  return Array.from({ length: random(4) + 2 }, () => {
    const outcomes = Array.from({ length: random(6) }, () => [RETRY, RETRY, ACCEPTED, REFUSED][random(4)] ?? ACCEPTED);
    return new Pipeline(outcomes, random(2) === 0 ? undefined : Array.from({ length: random(2) }, () => RETRY));
  });
}

async function untilDone(send: () => Promise<Outcome>): Promise<Outcome> {
  const outcome = await send();
  return outcome.kind === 'retry' ? untilDone(send) : outcome;
}
