import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { listenToDiagnostics } from '../diagnostics.testing.ts';
import { createClient, MeterProvider, type View } from '../node.ts';
import { startSink } from '../sink.testing.ts';
import { dataOf, numbersOf, setUpMetrics, timesOf } from './metrics.testing.ts';

describe('times', () => {
  test('of cumulative sums start with the first measurement of an attribute set', async (t) => {
    const { meter, clock, collect } = await setUpMetrics(t);
    const counter = meter.createCounter('c');
    await clock.advance(10);
    counter.add(1, { a: 1 });
    await clock.advance(10);
    await collect();
    await clock.advance(10);
    counter.add(1, { a: 2 });
    counter.add(1, { a: 1 });
    const { dataPoints } = dataOf(await collect(), 'c');
    assert.deepEqual(dataPoints.map(timesOf), [
      [10, 30],
      [30, 30],
    ]);
  });

  test('of deltas are contiguous intervals', async (t) => {
    const { meter, clock, collect } = await setUpMetrics(t, { temporality: 'delta' });
    await clock.advance(5);
    const counter = meter.createCounter('c');
    const times = [];
    for (const attributes of [{ a: 1 }, { a: 2 }, undefined, { a: 1 }]) {
      await clock.advance(10);
      if (attributes !== undefined) counter.add(1, attributes);
      await clock.advance(10);
      times.push(...dataOf(await collect(), 'c').dataPoints.map(timesOf));
    }
    assert.deepEqual(times, [
      [5, 25],
      [25, 45],
      [65, 85],
    ]);
  });

  test('of observations start with the instrument or the previous collection, and restart with the sum', async (t) => {
    const { meter, clock, collect } = await setUpMetrics(t);
    await clock.advance(5);
    let observed: Readonly<Record<string, number>> = { a: 5 };
    meter.createObservableCounter('o').addCallback((result) => {
      for (const [key, value] of Object.entries(observed)) result.observe(value, { key });
    });
    const times = [];
    for (observed of [{ a: 5 }, { a: 6, b: 1 }, { b: 1 }, { a: 2 }, { a: 3 }]) {
      await clock.advance(10);
      times.push(dataOf(await collect(), 'o').dataPoints.map(timesOf));
    }
    assert.deepEqual(times, [
      [[5, 15]],
      [
        [5, 25],
        [15, 25],
      ],
      [[15, 35]],
      [[35, 45]],
      [[35, 55]],
    ]);
  });
});

describe('readers', () => {
  test('have independent temporalities and intervals', async (t) => {
    const [sinkA, sinkB] = [await startSink(t), await startSink(t)];
    const clientB = createClient({ endpoint: sinkB.url });
    const provider = new MeterProvider({
      client: createClient({ endpoint: sinkA.url }),
      environment: {},
      readers: [{ client: clientB, temporality: 'delta', cardinalityLimit: 1 }],
      resource: { 'service.name': 'shop' },
    });
    const meter = provider.getMeter('m');
    const counter = meter.createCounter('c');
    let calls = 0;
    meter.createObservableCounter('o').addCallback((result) => result.observe(++calls * 10));
    counter.add(1, { a: 1 });
    await provider.forceFlush();
    counter.add(2, { a: 1 });
    counter.add(5, { a: 2 });
    await provider.forceFlush();
    await provider.shutdown();
    const of = (sink: typeof sinkA, name: string) =>
      sink
        .metrics()
        .filter((metric) => metric.name === name)
        .map((metric) => numbersOf([metric], name));
    assert.deepEqual(of(sinkA, 'c'), [{ 'a="1"': 1 }, { 'a="1"': 3, 'a="2"': 5 }, { 'a="1"': 3, 'a="2"': 5 }]);
    assert.deepEqual(of(sinkB, 'c'), [{ 'a="1"': 1 }, { 'a="1"': 2, 'otel.metric.overflow=true': 5 }]);
    // Each collection by each reader calls the callback once.
    assert.equal(calls, 6);
    const sums = of(sinkA, 'o').map((numbers) => numbers['']);
    const deltas = of(sinkB, 'o').map((numbers) => numbers['']);
    assert.deepEqual(
      [sums, deltas],
      [
        [10, 30, 50],
        [20, 20, 20],
      ],
    );
  });

  test('collect periodically, in an interval of the environment, until shutdown', async (t) => {
    const environment = { OTEL_METRIC_EXPORT_INTERVAL: '5000' };
    const { meter, clock, sink, provider } = await setUpMetrics(t, { environment });
    meter.createCounter('c').add(1);
    await clock.advance(4_999);
    assert.equal(sink.metrics().length, 0);
    const arrived = async (count: number) => {
      while (sink.metrics().length < count) await clock.advance(0);
    };
    // The client waits up to a second to fill a batch.
    await clock.advance(1_001);
    await arrived(1);
    await clock.advance(5_000);
    await arrived(2);
    await provider.shutdown();
    assert.equal(sink.metrics().length, 3);
    assert.equal(clock.pending, 0);
    await provider.forceFlush();
    assert.equal(sink.metrics().length, 3);
  });

  test('read temporality and aggregation from the environment, and log invalid values', async (t) => {
    const warnings = listenToDiagnostics(t);
    const environment = {
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'LowMemory',
      OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: 'base2_exponential_bucket_histogram',
      OTEL_METRIC_EXPORT_INTERVAL: 'soon',
      OTEL_METRICS_EXEMPLAR_FILTER: 'some',
    };
    const { meter, collect } = await setUpMetrics(t, { environment });
    meter.createHistogram('h').record(1);
    meter.createObservableCounter('o').addCallback((result) => result.observe(1));
    const metrics = await collect();
    assert.equal(metrics[0]?.exponentialHistogram?.aggregationTemporality, 1);
    assert.equal(metrics[1]?.sum?.aggregationTemporality, 2);
    assert.deepEqual(warnings, [
      'OTEL_METRIC_EXPORT_INTERVAL: expected 1 to 86400000 milliseconds, got "soon"; ignored',
      'OTEL_METRICS_EXEMPLAR_FILTER: expected trace_based, always_on or always_off, got "some"; ignored',
    ]);
  });

  test('report deltas again that a full queue rejected', async (t) => {
    const sink = await startSink(t);
    const client = createClient({ endpoint: sink.url, queue: { maxItems: 1 }, batch: { maxItems: 1 }, log: () => {} });
    const provider = new MeterProvider({ client, temporality: 'delta', environment: {} });
    const counters = ['a', 'b'].map((name) => provider.getMeter('m').createCounter(name));
    for (let round = 0; round < 2; round++) {
      for (const counter of counters) counter.add(1);
      await provider.forceFlush();
    }
    assert.deepEqual(
      sink.metrics().map((metric) => [metric.name, metric.sum?.dataPoints[0]?.['asDouble']]),
      [
        ['a', 1],
        ['a', 1],
      ],
    );
    counters[1]?.add(1);
    await provider.shutdown();
    assert.deepEqual(numbersOf(sink.metrics().slice(2), 'b'), { '': 3 });
  });
});

describe('callbacks', () => {
  test('that throw, reject or time out lose only their own observations', async (t) => {
    const warnings = listenToDiagnostics(t);
    const { meter, provider, clock, sink } = await setUpMetrics(t, { timeoutMillis: 100 });
    const gauge = meter.createObservableGauge('g');
    let late = () => {};
    gauge.addCallback((result) => result.observe(1, { fine: true }));
    gauge.addCallback((result) => {
      result.observe(1, { thrown: true });
      throw new Error('no');
    });
    gauge.addCallback(async (result) => {
      result.observe(1, { rejected: true });
      await Promise.reject(new Error('never'));
    });
    gauge.addCallback((result) => {
      result.observe(1, { slow: true });
      return new Promise<void>((resolve) => {
        late = () => {
          result.observe(1, { late: true });
          resolve();
        };
      });
    });
    const flushed = provider.forceFlush();
    await clock.advance(100);
    late();
    await flushed;
    assert.deepEqual(numbersOf(sink.metrics(), 'g'), { 'fine=true': 1 });
    assert.equal(provider.losses.failedCallbacks, 3);
    const what = 'callback of g failed, observations discarded';
    assert.deepEqual(warnings, [
      `${what}: Error: no`,
      `${what}: Error: never`,
      `${what}: Error: timed out after 100 ms`,
    ]);
    // Shutdown collects again while the clock is stopped.
    gauge.addCallback((result) => result.observe(1));
    const ended = provider.shutdown();
    await clock.untilPending();
    await clock.advance(100);
    await ended;
  });

  test('are added once and can be removed', async (t) => {
    const { meter, collect } = await setUpMetrics(t);
    const [a, b] = [meter.createObservableUpDownCounter('a'), meter.createObservableUpDownCounter('b')];
    let [single, batch] = [0, 0];
    const callback = () => {
      single++;
    };
    const batchCallback = () => {
      batch++;
    };
    a.addCallback(callback);
    a.addCallback(callback);
    b.addCallback(callback);
    meter.addBatchObservableCallback(batchCallback, [a, b]);
    meter.addBatchObservableCallback(batchCallback, [b, a]);
    meter.addBatchObservableCallback(batchCallback, [a]);
    await collect();
    assert.deepEqual([single, batch], [2, 2]);
    a.removeCallback(callback);
    meter.removeBatchObservableCallback(batchCallback, [a, b]);
    await collect();
    assert.deepEqual([single, batch], [3, 3]);
  });

  test('add up observations that a view merges', async (t) => {
    const views: View[] = [{ instrumentKind: 'observable_counter', attributeKeys: ['a'] }];
    const { meter, collect } = await setUpMetrics(t, { views, temporality: 'delta' });
    let factor = 1;
    meter.createObservableCounter('o').addCallback((result) => {
      result.observe(99, { a: 1, b: 1 });
      for (let b = 1; b <= 3; b++) result.observe(b * factor, { a: 1, b });
    });
    assert.deepEqual(numbersOf(await collect(), 'o'), { 'a="1"': 6 });
    factor = 2;
    assert.deepEqual(numbersOf(await collect(), 'o'), { 'a="1"': 6 });
  });
});

test('equal views share a stream, and different ones have their own', async (t) => {
  listenToDiagnostics(t);
  const { meter, collect } = await setUpMetrics(t, {
    views: [
      { instrumentName: 'c' },
      { instrumentName: 'C*' },
      { instrumentName: 'c', name: 'by_a', attributeKeys: ['a', 'b'], excludedAttributeKeys: ['b'] },
    ],
  });
  meter.createCounter('c').add(1, { a: 1, b: 2 });
  meter.createCounter('c').add(1, { b: 3, a: 1 });
  const metrics = await collect();
  assert.deepEqual(numbersOf(metrics, 'c'), { 'a="1",b="2"': 1, 'b="3",a="1"': 1 });
  assert.deepEqual(numbersOf(metrics, 'by_a'), { 'a="1"': 2 });
});

test('rejects invalid views by name', () => {
  const client = createClient({ flushOnExit: false });
  const wrong: [View, string][] = [
    [
      { name: 'x' },
      'views[0]: expected at least one of instrumentName, instrumentKind, instrumentUnit, meterName, meterVersion, meterSchemaUrl, got "{\\"name\\":\\"x\\"}"',
    ],
    [
      { instrumentName: 'a*', name: 'x' },
      'views[0].instrumentName: expected the name of one instrument, because the view has a name, got "a*"',
    ],
    [
      { instrumentName: 'a', aggregation: { kind: 'explicit_buckets', boundaries: [1, 1] } },
      'views[0].aggregation.boundaries: expected increasing numbers, got "[1,1]"',
    ],
    [
      { instrumentName: 'a', aggregation: { kind: 'exponential_histogram', maxSize: 1 } },
      'views[0].aggregation.maxSize: expected 2 to 16384, got 1',
    ],
    [
      { instrumentName: 'a', aggregation: { kind: 'mean' as 'sum' } },
      'views[0].aggregation.kind: expected a kind of aggregation, got "mean"',
    ],
    [{ instrumentName: 'a', cardinalityLimit: 0 }, 'views[0].cardinalityLimit: expected 1 to 1000000, got 0'],
  ];
  for (const [view, message] of wrong) {
    assert.throws(() => new MeterProvider({ client, views: [view] }), { name: 'OptionError', message });
  }
  assert.throws(() => new MeterProvider({ client, readers: [{ client, intervalMillis: 0 }] }), {
    message: 'readers[0].intervalMillis: expected 1 to 86400000, got 0',
  });
});

test('instruments do nothing after the shutdown of their provider', async (t) => {
  const { meter, provider, sink } = await setUpMetrics(t);
  const counter = meter.createCounter('c');
  assert.deepEqual(await provider.shutdown(), { kind: 'flushed' });
  counter.add(1);
  const after = provider.getMeter('after');
  after.createHistogram('h').bind({ a: 1 }).record(1);
  after.createObservableGauge('o').addCallback(() => assert.fail());
  await provider.shutdown();
  assert.equal(sink.metrics().length, 0);
});

test('sends metrics when the process exits', async (t) => {
  const sink = await startSink(t);
  const program = `
    import { createClient, MeterProvider } from ${JSON.stringify(new URL('../node.ts', import.meta.url).href)};
    const provider = new MeterProvider({ client: createClient({ endpoint: ${JSON.stringify(sink.url)} }) });
    const meter = provider.getMeter('m');
    meter.createCounter('c').add(7);
    meter.createObservableGauge('o').addCallback(async (result) => result.observe(3));
  `;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
  assert.deepEqual([numbersOf(sink.metrics(), 'c'), numbersOf(sink.metrics(), 'o')], [{ '': 7 }, { '': 3 }]);
});
