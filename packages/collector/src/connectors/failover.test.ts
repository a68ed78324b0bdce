import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTED, type Outcome } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { connectorContract } from '@otelier/testkit/component-contract';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { failover } from './failover.ts';

const OUTPUTS = { traces: ['out', 'spare', 'last'] };
const LEVELS = [['traces/out'], ['traces/spare']];
const RETRY: Outcome = { kind: 'retry', afterMillis: undefined, reason: 'down' };

connectorContract(failover, {
  signals: ['traces'],
  outputs: OUTPUTS,
  config: { priority_levels: [['traces/out']], sending_queue: { enabled: false } },
  respondsEarly: true,
});

async function open(config: object): Promise<ComponentBench> {
  const bench = await createComponentBench(failover, {
    signals: ['traces'],
    outputs: OUTPUTS,
    config: { sending_queue: { enabled: false }, ...config },
  });
  await bench.start();
  return bench;
}

/** Sends batches with one to `count` spans. Returns the batch sizes accepted by each pipeline, and the outcomes. */
async function send(bench: ComponentBench, count: number, failing: readonly string[], response: Outcome = RETRY) {
  const accepted: Record<string, number> = {};
  bench.response = (_batch, pipeline) => {
    if (failing.includes(pipeline)) return response;
    accepted[pipeline] = (accepted[pipeline] ?? 0) + 1;
    return ACCEPTED;
  };
  const kinds: string[] = [];
  for (let i = 0; i < count; i++) kinds.push((await bench.send(sampleBatch('traces'))).kind);
  return { accepted, kinds };
}

test('uses the next level while one fails, and tries it again once in each interval', async () => {
  const bench = await open({ priority_levels: LEVELS, retry_interval: '10s' });
  assert.deepEqual((await send(bench, 2, [])).accepted, { out: 2 });
  const offered = () => bench.receivedBy('out').length;
  assert.deepEqual((await send(bench, 3, ['out'])).accepted, { spare: 3 });
  assert.equal(offered(), 3, 'the failing level saw one batch');
  assert.match(bench.error() ?? '', /using traces\/spare: down/);
  await bench.clock.advance(10_000);
  assert.deepEqual((await send(bench, 3, ['out'])).accepted, { spare: 3 });
  assert.equal(offered(), 4, 'the failing level was tried once');
  assert.deepEqual((await send(bench, 1, [])).accepted, { spare: 1 }, 'no attempt before the interval has passed');
  await bench.clock.advance(10_000);
  assert.deepEqual((await send(bench, 2, [])).accepted, { out: 2 });
  assert.equal(bench.error(), undefined);
  const messages = bench.logs.map(({ msg }) => msg).filter((msg) => /priority/.test(String(msg)));
  assert.deepEqual(messages, ['priority level failed, using the next one', 'priority level recovered']);
  await bench.close();
});

test('recovers to a level in the middle, and goes on trying the first', async () => {
  const levels = [['traces/out'], ['traces/spare'], ['traces/last']];
  const bench = await open({ priority_levels: levels, retry_interval: '10s' });
  assert.deepEqual((await send(bench, 1, ['out', 'spare'])).accepted, { last: 1 });
  await bench.clock.advance(10_000);
  assert.deepEqual((await send(bench, 2, ['out'])).accepted, { spare: 2 });
  await bench.clock.advance(10_000);
  assert.deepEqual((await send(bench, 2, [])).accepted, { out: 2 });
  await bench.close();
});

test('rejects batches when all levels have failed, until the interval has passed', async () => {
  const bench = await open({ priority_levels: LEVELS, retry_interval: '10s' });
  assert.deepEqual((await send(bench, 1, ['out', 'spare'])).kinds, ['retry']);
  assert.deepEqual(await send(bench, 2, []), { accepted: {}, kinds: ['retry', 'retry'] });
  await bench.clock.advance(10_000);
  assert.deepEqual(await send(bench, 1, []), { accepted: { out: 1 }, kinds: ['accepted'] });
  await bench.close();
});

test('refuses a batch that all levels refuse', async () => {
  const bench = await open({ priority_levels: LEVELS });
  assert.deepEqual((await send(bench, 1, ['out', 'spare'], { kind: 'refused', reason: 'no' })).kinds, ['refused']);
  await bench.close();
});

test('a level has failed if one of its pipelines has', async () => {
  const bench = await open({ priority_levels: [['traces/out', 'traces/spare'], ['traces/last']] });
  assert.deepEqual((await send(bench, 2, ['spare'])).accepted, { out: 1, last: 2 });
  await bench.close();
});

test('takes a partial success as a success', async () => {
  const bench = await open({ priority_levels: LEVELS });
  const partial: Outcome = { kind: 'partial', rejectedItems: 1, reason: 'old' };
  assert.deepEqual(await send(bench, 2, ['out'], partial), { accepted: {}, kinds: ['partial', 'partial'] });
  await bench.close();
});

test('keeps batches in the queue while no level accepts them', async () => {
  const bench = await open({ priority_levels: LEVELS, retry_interval: '10s', sending_queue: {} });
  assert.deepEqual((await send(bench, 5, ['out', 'spare'])).kinds, Array(5).fill('accepted'));
  await bench.clock.advance(20_000);
  const { accepted } = await send(bench, 0, []);
  for (let i = 0; i < 20; i++) await bench.clock.advance(10_000);
  assert.deepEqual(accepted, { out: 5 });
  assert.deepEqual(bench.dropped(), {});
  await bench.close();
});

for (const [what, config, message] of [
  ['no levels', { priority_levels: [] }, /priority_levels: expected at least one priority level/],
  ['an empty level', { priority_levels: [[]] }, /priority_levels\[0\]: expected at least one pipeline/],
  [
    'an unknown pipeline',
    { priority_levels: [['traces/spar']] },
    /priority_levels\[0\]\[0\]: .*got "traces\/spar"; did you mean "traces\/spare"/,
  ],
  [
    'an interval of zero',
    { priority_levels: LEVELS, retry_interval: 0 },
    /retry_interval: expected a duration above 0/,
  ],
] as const) {
  test(`rejects ${what}`, async () => {
    await assert.rejects(open(config), message);
  });
}
