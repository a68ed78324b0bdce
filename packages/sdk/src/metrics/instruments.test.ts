import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ValueType } from '@opentelemetry/api';
import { listenToDiagnostics } from '../diagnostics.testing.ts';
import { attributesOf, dataOf, numbersOf, setUpMetrics } from './metrics.testing.ts';

describe('attributes', () => {
  test('identify points by keys and values, regardless of order and object identity', async (t) => {
    const { meter, collect } = await setUpMetrics(t);
    const counter = meter.createCounter('c');
    const changing: { a: number; b?: string } = { a: 1, b: 'x' };
    for (let i = 0; i < 3; i++) {
      counter.add(1, { a: 1, b: 'x' });
      counter.add(1, { b: 'x', a: 1 });
      counter.add(1, Object.assign(Object.create(null), { a: 1, b: 'x' }));
      counter.add(1, changing);
      counter.add(1, { a: 1, b: undefined });
      counter.add(1, { a: '1', b: 'x' });
      counter.add(1, { a: true, b: 'x' });
      counter.add(1);
      counter.add(1, {});
      counter.add(1, Object.create({ inherited: 1 }));
    }
    changing.a = 2;
    counter.add(1, changing);
    delete changing.b;
    counter.add(1, changing);
    const points = dataOf(await collect(), 'c').dataPoints.map(({ asDouble, attributes }) => [
      asDouble,
      ((attributes ?? []) as { value: unknown }[]).map(({ value }) => value),
    ]);
    assert.deepEqual(points, [
      [12, [{ intValue: '1' }, { stringValue: 'x' }]],
      [3, [{ intValue: '1' }]],
      [3, [{ stringValue: '1' }, { stringValue: 'x' }]],
      [3, [{ boolValue: true }, { stringValue: 'x' }]],
      [9, []],
      [1, [{ intValue: '2' }, { stringValue: 'x' }]],
      [1, [{ intValue: '2' }]],
    ]);
  });

  test('can be lists, maps and bytes that change between measurements', async (t) => {
    const { meter, collect } = await setUpMetrics(t);
    const counter = meter.createCounter('c');
    const list = ['a'];
    counter.add(1, { list });
    counter.add(1, { list: ['a'] });
    list.push('b');
    counter.add(10, { list });
    counter.add(100, { map: { a: [1, null] } as unknown as string });
    counter.add(100, { map: { a: [1, null] } as unknown as string });
    counter.add(1000, { nan: Number.NaN });
    counter.add(1000, { nan: Number.NaN });
    const points = dataOf(await collect(), 'c').dataPoints;
    assert.deepEqual(
      points.map((point) => [point['asDouble'], attributesOf(point).slice(0, 4)]),
      [
        [2, 'list'],
        [10, 'list'],
        [200, 'map='],
        [2000, 'nan='],
      ],
    );
  });

  test('that are invalid are dropped and counted each time', async (t) => {
    const { meter, provider, collect } = await setUpMetrics(t);
    const counter = meter.createCounter('c');
    for (let i = 0; i < 3; i++) {
      counter.add(1, { ok: 1, no: (() => {}) as unknown as string, '': 1 });
      counter.add(1, null as unknown as undefined);
      counter.add(1, 'ab' as unknown as undefined);
      counter.add(1, 7 as unknown as undefined);
    }
    assert.deepEqual(numbersOf(await collect(), 'c'), { 'ok="1"': 3, '': 9 });
    assert.equal(provider.losses.invalidAttributes, 6);
  });

  test('are found even if there are more sets and keys than the cache holds', async (t) => {
    const { meter, collect } = await setUpMetrics(t, { cardinalityLimit: 20_000 });
    const counter = meter.createCounter('c');
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 10_000; i++) counter.add(1, { id: i });
      for (let i = 0; i < 100; i++) counter.add(1, { [`key${i}`]: 1 });
    }
    // More points than fit into a single message or request.
    const points = (await collect()).flatMap((metric) => metric.sum?.dataPoints ?? []);
    assert.equal(points.length, 10_100);
    assert.ok(points.every((point) => point['asDouble'] === 2));
  });
});

describe('values', () => {
  test('that are invalid are dropped, counted, and logged once per instrument', async (t) => {
    const warnings = listenToDiagnostics(t);
    const { meter, provider, collect } = await setUpMetrics(t);
    const counter = meter.createCounter('c');
    const upDown = meter.createUpDownCounter('u');
    const gauge = meter.createGauge('g');
    const histogram = meter.createHistogram('h');
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -1, '5', undefined, null, 5n, {}] as number[]) {
      counter.add(value);
      counter.bind().add(value);
      histogram.record(value);
      upDown.add(value);
      gauge.record(value);
    }
    meter.createObservableCounter('o').addCallback((result) => {
      result.observe(-1);
      result.observe(Number.NaN, { a: 1 });
    });
    const metrics = await collect();
    assert.deepEqual(
      metrics.map(({ name }) => name),
      ['u', 'g'],
    );
    assert.deepEqual([numbersOf(metrics, 'u'), numbersOf(metrics, 'g')], [{ '': -1 }, { '': -1 }]);
    assert.equal(provider.losses.invalidValues, 8 + 8 + 8 + 7 + 7 + 2);
    assert.deepEqual(warnings, [
      'c: expected a finite number that is not negative, got NaN; such values are dropped',
      'h: expected a finite number that is not negative, got NaN; such values are dropped',
      'u: expected a finite number, got NaN; such values are dropped',
      'g: expected a finite number, got NaN; such values are dropped',
      'o: expected a finite number that is not negative, got -1; such values are dropped',
    ]);
  });

  test('of integer instruments are encoded as integers, beyond 32 bits and below zero', async (t) => {
    const { meter, collect } = await setUpMetrics(t);
    const options = { valueType: ValueType.INT };
    meter.createCounter('c', options).add(2 ** 48 + 1.9);
    meter.createUpDownCounter('u', options).add(-(2 ** 40) - 3);
    meter.createGauge('g', options).record(-1.5);
    const metrics = await collect();
    const ints = ['c', 'u', 'g'].map((name) => dataOf(metrics, name).dataPoints[0]?.['asInt']);
    assert.deepEqual(ints, [String(2 ** 48 + 1), String(-(2 ** 40) - 3), '-1']);
  });
});

describe('a bound instrument', () => {
  for (const temporality of ['cumulative', 'delta'] as const) {
    test(`records to the same points as its instrument: ${temporality}`, async (t) => {
      const { meter, collect } = await setUpMetrics(t, { temporality });
      const attributes = { a: 1, b: 'x' };
      const counter = meter.createCounter('c');
      const histogram = meter.createHistogram('h');
      const boundCounter = counter.bind(attributes);
      const boundHistogram = histogram.bind(attributes);
      const boundGauge = meter.createGauge('g').bind(attributes);
      const boundUpDown = meter.createUpDownCounter('u').bind();
      attributes.a = 2;
      for (const [round, total] of (temporality === 'delta' ? [4, 4] : [4, 8]).entries()) {
        boundCounter.add(3);
        counter.add(1, { b: 'x', a: 1 });
        boundHistogram.record(7);
        histogram.record(1, { a: 1, b: 'x' });
        boundGauge.record(total);
        boundUpDown.add(-1);
        const metrics = await collect();
        assert.deepEqual(numbersOf(metrics, 'c'), { 'a="1",b="x"': total });
        assert.deepEqual(numbersOf(metrics, 'g'), { 'a="1",b="x"': total });
        assert.deepEqual(numbersOf(metrics, 'u'), { '': -round - 1 });
        const [point] = dataOf(metrics, 'h').dataPoints;
        assert.deepEqual([attributesOf(point ?? {}), point?.['sum']], ['a="1",b="x"', total * 2]);
      }
    });
  }

  test('keeps its point when others are evicted', async (t) => {
    const { meter, collect } = await setUpMetrics(t, { temporality: 'delta', cardinalityLimit: 2 });
    const counter = meter.createCounter('c');
    const bound = counter.bind({ bound: true });
    await collect();
    for (let i = 0; i < 3; i++) {
      counter.add(1, { i });
      await collect();
    }
    bound.add(5);
    counter.add(2, { bound: true });
    counter.add(1, { i: 3 });
    assert.deepEqual(numbersOf(await collect(), 'c'), { 'bound=true': 7, 'i="3"': 1 });
  });
});

describe('more sets of attributes than the limit', () => {
  test('are combined, and earlier ones are still reported', async (t) => {
    const warnings = listenToDiagnostics(t);
    const { meter, collect } = await setUpMetrics(t, { cardinalityLimit: 3 });
    const counter = meter.createCounter('c');
    for (let i = 0; i < 3; i++) counter.add(1, { i });
    assert.deepEqual(numbersOf(await collect(), 'c'), { 'i="0"': 1, 'i="1"': 1, 'i="2"': 1 });
    for (let i = 0; i < 10; i++) counter.add(1, { i });
    counter.bind({ i: 11 }).add(1);
    const expected = { 'i="0"': 2, 'i="1"': 2, 'i="2"': 2, 'otel.metric.overflow=true': 8 };
    assert.deepEqual(numbersOf(await collect(), 'c'), expected);
    counter.add(1, { i: 4 });
    assert.equal(numbersOf(await collect(), 'c')['otel.metric.overflow=true'], 9);
    assert.deepEqual(warnings, [
      'the metric "c" has more than 3 sets of attributes; further ones are combined with otel.metric.overflow',
    ]);
  });

  test('are counted separately in each delta interval', async (t) => {
    const { meter, collect } = await setUpMetrics(t, { cardinalityLimit: 2, temporality: 'delta' });
    const counter = meter.createCounter('c');
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 3; i++) counter.add(1, { round, i });
      counter.add(1, { round, i: 0 });
      assert.deepEqual(numbersOf(await collect(), 'c'), {
        [`round="${round}",i="0"`]: 2,
        [`round="${round}",i="1"`]: 1,
        'otel.metric.overflow=true': 1,
      });
    }
  });

  test('of observations are the last ones', async (t) => {
    const { meter, collect } = await setUpMetrics(t, { cardinalityLimit: 2 });
    meter.createObservableUpDownCounter('o').addCallback((result) => {
      for (let i = 0; i < 5; i++) result.observe(10, { i });
    });
    for (let i = 0; i < 2; i++) {
      assert.deepEqual(numbersOf(await collect(), 'o'), { 'i="0"': 10, 'i="1"': 10, 'otel.metric.overflow=true': 30 });
    }
  });
});

describe('an instrument that is created again', () => {
  test('is the same, with the first name and advice and the longest description', async (t) => {
    const warnings = listenToDiagnostics(t);
    const { meter, collect } = await setUpMetrics(t);
    const first = meter.createHistogram('Size', { advice: { explicitBucketBoundaries: [1] } });
    assert.equal(meter.createHistogram('Size', { advice: { explicitBucketBoundaries: [1] } }), first);
    assert.deepEqual(warnings, []);
    const again = meter.createHistogram('size', {
      description: 'Longer',
      advice: { explicitBucketBoundaries: [2] },
    });
    assert.equal(again, first);
    again.record(1);
    const [metric, ...others] = await collect();
    assert.equal(others.length, 0);
    assert.deepEqual([metric?.name, metric?.description], ['Size', 'Longer']);
    assert.deepEqual(metric?.histogram?.dataPoints[0]?.['explicitBounds'], [1]);
    assert.deepEqual(warnings, [
      'size: conflicting bucket boundaries were advised, using the first ones',
      'the metric "size" is reported as "Size"',
      'the metric "Size" has several descriptions, using the longest; set one with a view',
    ]);
  });

  test('with another kind or unit works, and the warning suggests a view', async (t) => {
    const warnings = listenToDiagnostics(t);
    const { meter, collect } = await setUpMetrics(t);
    meter.createCounter('a').add(1);
    meter.createUpDownCounter('a').add(2);
    meter.createCounter('A', { unit: 's' }).add(3);
    const metrics = await collect();
    assert.deepEqual(
      metrics.map(({ name, unit, sum }) => [name, unit, sum?.dataPoints[0]?.['asDouble']]),
      [
        ['a', undefined, 1],
        ['a', undefined, 2],
        ['A', 's', 3],
      ],
    );
    assert.equal(warnings.length, 2);
    assert.match(warnings[0] ?? '', /"a" is reported twice.*\{"instrumentName":"a","instrumentKind":"up_down_counter"/);
  });

  test('in another meter is separate', async (t) => {
    const warnings = listenToDiagnostics(t);
    const { provider, meter, sink } = await setUpMetrics(t);
    assert.equal(provider.getMeter('test'), meter);
    provider.getMeter('one', '1').createCounter('a').add(1);
    provider.getMeter('one', '2').createUpDownCounter('a').add(2);
    await provider.forceFlush();
    assert.deepEqual(
      sink.metricScopes().map(({ scope, items }) => [scope['version'], items[0]?.sum?.dataPoints[0]?.['asDouble']]),
      [
        ['1', 1],
        ['2', 2],
      ],
    );
    assert.deepEqual(warnings, []);
  });
});

test('logs invalid names and advice, and still works', async (t) => {
  const warnings = listenToDiagnostics(t);
  const { meter, collect } = await setUpMetrics(t);
  meter.createHistogram('1st', { advice: { explicitBucketBoundaries: [2, 1] } }).record(1);
  const [metric] = await collect();
  assert.equal(metric?.name, '1st');
  assert.equal(String(metric?.histogram?.dataPoints[0]?.['explicitBounds']).split(',').length, 15);
  assert.deepEqual(warnings, [
    'instrument name: expected a letter, then at most 254 letters, digits, "_", ".", "-" or "/", got "1st"',
    '1st: advice.explicitBucketBoundaries: expected increasing numbers, got [2,1]; ignored',
  ]);
});
