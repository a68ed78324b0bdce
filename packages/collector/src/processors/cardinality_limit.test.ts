import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { createRandom } from '@otelier/testkit/otlp/random';
import type { DataPointJson, KeyValueJson, MetricDataJson, MetricJson } from '@otelier/testkit/otlp-json';
import { batchOf, decodeRequest } from '@otelier/testkit/request-codec';
import { DistinctCount } from './cardinality_limit/distinct-count.ts';
import { cardinalityLimit } from './cardinality_limit.ts';

processorContract(cardinalityLimit);

type Config = Readonly<Record<string, unknown>>;

const text = (key: string, stringValue: string): KeyValueJson => ({ key, value: { stringValue } });

async function benchOf(config: Config) {
  const bench = await createComponentBench(cardinalityLimit, { config });
  await bench.start();
  const send = async (...metrics: MetricJson[]): Promise<MetricJson[]> => {
    await bench.send(batchOf('metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }));
    return bench.received
      .splice(0)
      .flatMap(({ parts }) => parts.flatMap((part) => decodeRequest('metrics', part).resourceMetrics ?? []))
      .flatMap(({ scopeMetrics = [] }) => scopeMetrics.flatMap((scope) => scope.metrics ?? []));
  };
  return { bench, send };
}

/** Returns points with the values `from` to `to` for an attribute. */
function points(from: number, to: number, more: DataPointJson = { asInt: '1' }, key = 'user'): MetricDataJson {
  const dataPoints = Array.from({ length: to - from }, (_, index) => ({
    ...more,
    attributes: [text(key, `${from + index}`), text('region', `r${index}`), text('a', 'b')],
  }));
  return { dataPoints };
}

const delta = (data: MetricDataJson): MetricDataJson => ({ ...data, aggregationTemporality: 1 });
const usersOf = ([metric]: readonly MetricJson[]) =>
  (metric?.gauge ?? metric?.sum)?.dataPoints?.map(({ attributes = [] }) =>
    Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value ?? {})[0]])),
  );

describe('attributes with too many new values', () => {
  test('are tagged, in all kinds of metrics', async () => {
    const { bench, send } = await benchOf({ max_cardinality_delta_per_epoch: 2 });
    const kinds = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] as const;
    const received = await send(
      ...kinds.map((kind) => ({
        name: kind,
        [kind]: points(0, 3, kind === 'gauge' || kind === 'sum' ? { asInt: '1' } : { count: '1' }),
      })),
    );
    for (const [index, kind] of kinds.entries()) {
      const tagged = received[index]?.[kind]?.dataPoints?.map(({ attributes = [] }) =>
        attributes.some(({ key, value }) => key === 'otel.metric.overflow' && value?.boolValue === true),
      );
      assert.deepEqual(tagged, [false, false, true], kind);
    }
    await bench.close();
    assert.deepEqual(bench.dropped(), {});
    const lines = bench.logs.filter(({ msg }) => msg === 'attribute has too many new values');
    assert.deepEqual(
      lines.map(({ metric, attribute }) => [metric, attribute]),
      kinds.map((kind) => [kind, 'user']),
    );
  });

  test('are removed, and points that become the same are merged', async () => {
    const { bench, send } = await benchOf({
      max_cardinality_delta_per_epoch: 1,
      enforcement_mode: 'STRIP_AND_REAGGREGATE',
      never_drop_labels: [],
    });
    const data = points(0, 4, { asInt: '2', timeUnixNano: '5', exemplars: [{ asInt: '2' }] });
    const [first, ...others] = data.dataPoints ?? [];
    const dataPoints = [
      first ?? {},
      ...others.map((point, index) => ({ ...point, timeUnixNano: `${9 - index}`, startTimeUnixNano: `${3 - index}` })),
    ];
    const [metric] = await send({ name: 'm', sum: delta({ dataPoints }) });
    assert.equal(metric?.sum?.aggregationTemporality, 1);
    const [kept, merged, ...rest] = metric?.sum?.dataPoints ?? [];
    assert.deepEqual(rest, []);
    assert.equal(kept?.asInt, '2');
    assert.deepEqual(merged?.attributes, [text('a', 'b')]);
    assert.deepEqual([merged?.asInt, merged?.timeUnixNano, merged?.startTimeUnixNano], ['6', '9', '1']);
    assert.equal(merged?.exemplars?.length, 3);
    await bench.close();
    assert.deepEqual(bench.dropped(), { merged: 2 });
  });

  test('are replaced; of gauges the newest value counts', async () => {
    const { bench, send } = await benchOf({
      max_cardinality_delta_per_epoch: 1,
      enforcement_mode: 'overflow_attribute',
      never_drop_labels: ['region', 'a'],
    });
    const point = (user: string, time: string, asDouble: number) => ({
      attributes: [text('user', user)],
      timeUnixNano: time,
      asDouble,
    });
    const received = await send({
      name: 'm',
      gauge: { dataPoints: [point('1', '1', 1), point('2', '7', 2), point('3', '9', 3), point('4', '8', 4)] },
    });
    assert.deepEqual(received[0]?.gauge?.dataPoints, [
      point('1', '1', 1),
      { attributes: [text('user', 'otel.cardinality_overflow')], timeUnixNano: '9', asDouble: 3 },
    ]);
    await bench.close();
  });

  test('of cumulative sums and histograms are tagged, because they cannot be merged', async () => {
    const { bench, send } = await benchOf({
      max_cardinality_delta_per_epoch: 1,
      enforcement_mode: 'strip_and_reaggregate',
    });
    const received = await send({ name: 'm', sum: { ...points(0, 2), aggregationTemporality: 2 } });
    assert.deepEqual(
      usersOf(received)?.map(({ user, 'otel.metric.overflow': tag }) => [user, tag]),
      [
        ['0', undefined],
        ['1', true],
      ],
    );
    await bench.close();
  });
});

describe('epochs', () => {
  const config = { max_cardinality_delta_per_epoch: 2, epoch_duration_seconds: 10 };
  const isTagged = (received: readonly MetricJson[]) =>
    usersOf(received)?.map(({ 'otel.metric.overflow': tag }) => tag === true);

  test('are compared: only growth is limited', async () => {
    const { bench, send } = await benchOf(config);
    await send({ name: 'm', gauge: points(0, 5) });
    await bench.clock.advance(10_000);
    assert.deepEqual(isTagged(await send({ name: 'm', gauge: points(0, 8) })), [...Array(7).fill(false), true]);
    await bench.clock.advance(10_000);
    await bench.clock.advance(10_000);
    assert.deepEqual(isTagged(await send({ name: 'm', gauge: points(0, 3) })), [false, false, true]);
    await bench.close();
  });

  test('have limits for each metric and attribute', async () => {
    const { bench, send } = await benchOf({ ...config, metric_overrides: { 'big.metric': 4 }, max_tracker_count: 3 });
    assert.deepEqual(isTagged(await send({ name: 'big.metric', gauge: points(0, 5) })), [
      false,
      false,
      false,
      false,
      true,
    ]);
    assert.deepEqual(isTagged(await send({ name: 'm', gauge: points(0, 3) })), [false, false, true]);
    // The attribute "a" of "m" is the fourth one.
    assert.deepEqual(isTagged(await send({ name: 'n', gauge: points(0, 3) })), [false, false, false]);
    assert.equal(bench.logs.filter(({ msg }) => /too many attributes/.test(String(msg))).length, 1);
    await bench.close();
  });
});

test('numbers of values are exact at first, then within 5 %', () => {
  const random = createRandom(9);
  for (const size of [0, 1, 500, 2000, 10_000, 100_000]) {
    const count = new DistinctCount();
    for (let i = 0; i < size; i++) {
      const [low, high] = [random(2 ** 32), random(2 ** 32)];
      count.add(low, high);
      count.add(low, high);
    }
    const error = Math.abs(count.value - size);
    assert.ok(error <= (size <= 512 ? 0 : size * 0.05), `${count.value} of ${size}`);
  }
});

describe('refuses', () => {
  const refused: readonly (readonly [Config, RegExp])[] = [
    [{ max_cardinality_delta_per_epoch: 0 }, /max_cardinality_delta_per_epoch/],
    [{ epoch_duration_seconds: 9 }, /epoch_duration_seconds/],
    [{ enforcement_mode: 'drop' }, /enforcement_mode: expected one of "tag_only"/],
    [{ top_offenders_count: 501 }, /top_offenders_count/],
    [{ max_tracker_count: -1 }, /max_tracker_count/],
    [{ metric_overrides: { m: 0 } }, /metric_overrides/],
    [{ estimated_cost_per_metric_month: -1 }, /estimated_cost_per_metric_month/],
    [{ drop_log_max_per_epoch: -1 }, /drop_log_max_per_epoch/],
  ];
  for (const [config, message] of refused)
    test(JSON.stringify(config), () => assert.rejects(createComponentBench(cardinalityLimit, { config }), message));
});
