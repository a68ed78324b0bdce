import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ACCEPTED, type Batch, cutRequest } from '@otelier/otlp';
import type { ComponentBench } from '@otelier/testkit/component-bench';
import type { DataPointJson } from '@otelier/testkit/otlp-json';
import { batchOf } from '@otelier/testkit/request-codec';
import fc from 'fast-check';
import { nanos, span, spansOf, startAggregate, takeResults, text, valuesOf } from './aggregated.testing.ts';

const FUNCTIONS = ['count', 'sum', 'min', 'max', 'mean', 'p50', 'p99', 'histogram'];
const WINDOWS = [
  { type: 'tumbling', size: '10s' },
  { type: 'sliding', size: '30s', slide: '10s' },
  { type: 'session', gap: '5s' },
];

interface Value {
  readonly at: number;
  readonly value: number;
  readonly series: string;
}

const value = fc.record({
  // Few windows, so that most time slices contain several values.
  at: fc.integer({ min: 0, max: 25_000 }).map((millis) => millis / 1000),
  value: fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e18, max: 1e18 }),
    fc.double({ noNaN: true, min: 0.001, max: 10 }),
    fc.constantFrom(0, 1e16, -1e16, 1, 5e-324),
  ),
  series: fc.constantFrom('a', 'b'),
});

function pointsOf(values: readonly Value[]): Batch {
  const dataPoints = values.map(
    ({ at, value: asDouble, series }): DataPointJson => ({
      timeUnixNano: nanos(at),
      asDouble,
      attributes: [text('k', series)],
    }),
  );
  const resource = { attributes: [text('service.name', 'shop')] };
  return batchOf('metrics', {
    resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [{ name: 'g', gauge: { dataPoints } }] }] }],
  });
}

/** Forwards everything a node has sent to another node. */
async function forward(from: ComponentBench, to: ComponentBench): Promise<void> {
  for (const batch of from.received.splice(0)) assert.deepEqual(await to.send(batch), ACCEPTED);
}

test('merged results of two nodes, directly or through a third, equal those of one', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...WINDOWS),
      fc.array(value, { minLength: 60, maxLength: 120 }),
      async (window, values) => {
        const datapoints = [{ name: 'd', attributes: ['k'] }];
        const config = { window, functions: FUNCTIONS, datapoints, watermark_delay: '100s' };
        const start = (more: object = {}) => startAggregate({ ...config, ...more }, 'metrics');
        const partials = { emit: 'partials' };
        const [one, all, middle, ...nodes] = await Promise.all([
          start(),
          start(),
          start(partials),
          start(partials),
          start(partials),
        ]);
        for (let i = 0; i < values.length; i += 20) {
          const some = values.slice(i, i + 20);
          await one.send(pointsOf(some));
          const node = nodes[(i / 20) % 2];
          await node?.send(pointsOf(some));
          await node?.clock.advance(1000);
        }
        await one.close();
        const destinations = [all, middle];
        for (const [index, node] of nodes.entries()) {
          await node.close();
          await forward(node, destinations[index] ?? all);
        }
        await middle.close();
        await forward(middle, all);
        await all.close();
        assert.deepEqual(takeResults(all.received), takeResults(one.received));
      },
    ),
    { numRuns: 60, seed: 3 },
  );
});

describe('partial aggregates', () => {
  const config = { spans: [{ name: 'd' }], functions: ['count', 'sum'] };
  const nodeOf = () => startAggregate({ ...config, emit: 'partials' });

  test('that arrive twice are counted once, also after a batch was split', async () => {
    const [node, all] = await Promise.all([nodeOf(), startAggregate({ functions: ['count', 'sum'] }, 'metrics')]);
    await node.send(spansOf([span(1, 0.1), span(61, 0.2)]));
    await node.clock.advance(1000);
    await node.send(spansOf([span(2, 0.3)]));
    await node.close();
    for (const batch of node.received) {
      await all.send(batch);
      for (const part of batch.parts.flatMap((one) => (batch.itemCount > 1 ? cutRequest('metrics', one, 1) : [one])))
        await all.send({ ...batch, parts: [part] });
    }
    await all.close();
    assert.deepEqual(all.dropped(), { duplicate: 3 });
    assert.deepEqual(valuesOf(takeResults(all.received)), {
      'd.count 0-60': 2,
      'd.count 60-120': 1,
      'd.sum 0-60': 0.4,
      'd.sum 60-120': 0.2,
    });
  });

  test('end windows when all sources have passed them, and none waits for an idle one', async () => {
    const [fast, slow, all] = await Promise.all([
      nodeOf(),
      nodeOf(),
      startAggregate({ functions: ['count'], watermark_delay: '0s', idle_timeout: '20s' }, 'metrics'),
    ]);
    // Both sources announce themselves.
    await Promise.all([forward(fast, all), forward(slow, all)]);
    await fast.send(spansOf([span(1), span(125)]));
    await fast.clock.advance(1000);
    await forward(fast, all);
    await all.clock.advance(1000);
    assert.deepEqual(takeResults(all.received), []);
    await slow.send(spansOf([span(2), span(70)]));
    await slow.clock.advance(1000);
    await forward(slow, all);
    await all.clock.advance(1000);
    assert.deepEqual(valuesOf(takeResults(all.received)), { 'd.count 0-60': 2 });
    await all.clock.advance(15_000);
    await fast.send(spansOf([span(126)]));
    await fast.clock.advance(1000);
    await forward(fast, all);
    await all.clock.advance(6000);
    assert.deepEqual(valuesOf(takeResults(all.received)), { 'd.count 60-120': 1 });
    await Promise.all([fast.close(), slow.close(), all.close()]);
  });

  test('of other windows are dropped unless they fit, and ordinary metrics are not merged', async () => {
    const window = { size: '25s' };
    const [node, all] = await Promise.all([
      nodeOf(),
      startAggregate({ window, functions: ['count'], datapoints: [{ name: 'points' }] }, 'metrics'),
    ]);
    await node.send(spansOf([span(1)]));
    await node.close();
    await forward(node, all);
    await all.send(pointsOf([{ at: 1, value: 1, series: 'a' }]));
    await all.close();
    assert.deepEqual(all.dropped(), { other_windows: 1 });
    assert.deepEqual(
      takeResults(all.received).map(({ name, value: number }) => [name, number]),
      [['points.count', 1]],
    );
  });

  test('without a distribution give no percentiles', async () => {
    const [node, all] = await Promise.all([nodeOf(), startAggregate({ functions: ['count', 'p50'] }, 'metrics')]);
    await node.send(spansOf([span(1)]));
    await node.close();
    await forward(node, all);
    await all.close();
    assert.deepEqual(valuesOf(takeResults(all.received)), { 'd.count 0-60': 1 });
  });
});
