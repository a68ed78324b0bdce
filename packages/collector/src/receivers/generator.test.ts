import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forEachDataPoint, forEachLogRecord, forEachSpan } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { generator } from './generator.ts';

receiverContract(generator, { config: { history: '1m' } });

/** Generates a history and returns its telemetry. */
async function history(minutes: number) {
  let seed = 1;
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const bench = await createComponentBench(generator, {
    config: { history: `${minutes}m`, traces_per_second: 1 },
    random,
  });
  const complete = Promise.withResolvers<void>();
  bench.response = (batch) => {
    if (batch.signal === 'metrics' && bench.received.filter(({ signal }) => signal === 'metrics').length >= minutes * 6)
      complete.resolve();
    return { kind: 'accepted' };
  };
  await bench.start();
  await complete.promise;
  await bench.service.shutdown();
  const partsOf = (name: string) =>
    bench.received.filter(({ signal }) => signal === name).flatMap(({ parts }) => parts);
  return { bench, traces: partsOf('traces'), logs: partsOf('logs'), metrics: partsOf('metrics') };
}

test('generates seven services with errors, and spans with existing parents', async () => {
  const { traces } = await history(30);
  const services = new Set<unknown>();
  const spanIds = new Set<string>();
  const parents: string[] = [];
  let errors = 0;
  for (const part of traces) {
    forEachSpan(part, (span) => {
      services.add(span.resource.attributes.get('service.name'));
      spanIds.add(span.spanId);
      if (span.parentSpanId !== '') parents.push(span.parentSpanId);
      if (span.hasError) errors += 1;
      assert.ok(span.endTimeUnixNano >= span.startTimeUnixNano);
    });
  }
  assert.equal(services.size, 7);
  assert.ok(errors > 0);
  assert.ok(parents.length > 0 && parents.every((parent) => spanIds.has(parent)));
});

test('generates logs with trace context, and all kinds of data points', async () => {
  const { logs, metrics } = await history(5);
  let records = 0;
  for (const part of logs) {
    forEachLogRecord(part, (record) => {
      records += 1;
      assert.match(record.traceId, /^[0-9a-f]{32}$/);
    });
  }
  assert.ok(records > 50);
  const kinds = new Set<string>();
  for (const part of metrics) forEachDataPoint(part, (point) => void kinds.add(point.kind));
  assert.deepEqual([...kinds].sort(), ['exponentialHistogram', 'gauge', 'histogram', 'sum', 'summary']);
});

test('generates no telemetry in the future', async () => {
  const { bench, traces } = await history(2);
  const now = BigInt(bench.clock.now()) * 1_000_000n;
  for (const part of traces) forEachSpan(part, (span) => assert.ok(span.startTimeUnixNano <= now));
});

test('generates the configured number of traces per second', async () => {
  const bench = await createComponentBench(generator, { config: { traces_per_second: 4 } });
  await bench.start();
  for (let second = 0; second < 20; second++) await bench.clock.advance(1000);
  await bench.close();
  const traces = new Set<string>();
  for (const { signal, parts } of bench.received) {
    if (signal === 'traces')
      for (const part of parts) forEachSpan(part, (span) => void (span.isRoot && traces.add(span.traceId)));
  }
  // The last ticks may be missing.
  assert.ok(traces.size > 76 && traces.size <= 80, `${traces.size}`);
});

test('keeps its rate when the clock jumps forward and back', async () => {
  const bench = await createComponentBench(generator, { config: { traces_per_second: 4 } });
  await bench.start();
  const items = () => bench.received.reduce((sum, { itemCount }) => sum + itemCount, 0);
  for (let second = 0; second < 5; second++) await bench.clock.advance(1000);
  const before = items();
  for (const jumpMillis of [864_000_000, -1_728_000_000]) {
    bench.clock.jump(jumpMillis);
    const start = items();
    for (let second = 0; second < 5; second++) await bench.clock.advance(1000);
    const generated = items() - start;
    assert.ok(generated > before / 5 && generated < before * 5, `${generated} items after ${before}`);
  }
  await bench.close();
});

test('counts refused telemetry, and continues', async () => {
  const bench = await createComponentBench(generator, { config: { traces_per_second: 10 } });
  bench.response = ({ signal }) => (signal === 'traces' ? { kind: 'refused', reason: 'no' } : { kind: 'accepted' });
  await bench.start();
  for (let second = 0; second < 5; second++) await bench.clock.advance(1000);
  await bench.close();
  const sum = (name: string) =>
    bench.received.filter(({ signal }) => signal === name).reduce((total, { itemCount }) => total + itemCount, 0);
  assert.ok(sum('traces') > 50 && sum('metrics') > 0);
  assert.deepEqual(bench.dropped(), { refused: sum('traces') });
});

test('names database spans after their operation and table', async () => {
  const bench = await createComponentBench(generator, { config: { traces_per_second: 20 } });
  await bench.start();
  for (let second = 0; second < 20; second++) await bench.clock.advance(1000);
  await bench.close();
  const names = new Set<string>();
  for (const { signal, parts } of bench.received) {
    if (signal === 'traces') for (const part of parts) forEachSpan(part, (span) => void names.add(span.name));
  }
  for (const name of ['SELECT products', 'INSERT orders', 'UPDATE stock', 'HGETALL cart:?']) {
    assert.ok(names.has(name), `${name} is not in ${[...names].join(', ')}`);
  }
});
