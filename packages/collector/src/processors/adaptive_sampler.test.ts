import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adjustedCount, forEachItem, parseThreshold, SpanView, TraceState } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { createRandom } from '@otelier/testkit/otlp/random';
import type { SpanJson } from '@otelier/testkit/otlp-json';
import { batchOf, decodeRequest } from '@otelier/testkit/request-codec';
import { adaptiveSampler } from './adaptive_sampler.ts';

processorContract(adaptiveSampler);

/** Routes with their share of the traffic. */
const ROUTES: readonly (readonly [route: string, share: number])[] = [
  ['/product', 0.5],
  ['/cart', 0.25],
  ['/search', 0.12],
  ['/login', 0.07],
  ['/checkout', 0.03],
  ['/orders', 0.015],
  ['/profile', 0.008],
  ['/returns', 0.004],
  ['/gift-card', 0.002],
  ['/newsletter', 0.0006],
  ['/legacy', 0.0003],
  ['/admin', 0.0001],
];
const ERROR_SHARE = 0.002;
const ITEMS_PER_SECOND = 10_000;

test('keeps 1 % of a skewed stream with every error and every route, and weights that estimate totals', async () => {
  const random = createRandom(20);
  const uniform = () => random(2 ** 31) / 2 ** 31;
  const bench = await createComponentBench(adaptiveSampler, {
    config: {
      target_items_per_second: ITEMS_PER_SECOND / 100,
      key: ['status.code', 'attributes["http.route"]'],
    },
    signals: ['traces'],
    random: uniform,
  });
  await bench.start();
  const sent = new Map<string, number>();
  const kept = new Map<string, Estimate>();
  let sentItems = 0;
  for (let tick = 0; tick < 300; tick++) {
    const spans = Array.from({ length: ITEMS_PER_SECOND / 5 }, () => span(random, uniform));
    for (const { name = '', status } of spans) count(sent, status === undefined ? name : `error ${name}`);
    sentItems += spans.length;
    await bench.send(batchOf('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] }));
    estimate(bench, kept);
    await bench.clock.advance(200);
  }
  await bench.close();

  const keptItems = sum(kept, ({ items }) => items);
  assert.ok(keptItems < 0.0115 * sentItems, `${keptItems} of ${sentItems} kept`);
  assert.ok(keptItems > 0.0085 * sentItems, `${keptItems} of ${sentItems} kept`);
  assert.deepEqual(bench.dropped(), { sampled: sentItems - keptItems });
  for (const [key, items] of sent) {
    if (key.startsWith('error')) assert.deepEqual(kept.get(key), { items, weight: items }, key);
    else assert.ok((kept.get(key)?.items ?? 0) > 0, `${key} was seen`);
  }
  const total = sum(kept, ({ weight }) => weight);
  assert.ok(Math.abs(total / sentItems - 1) < 0.05, `${total} estimated, ${sentItems} sent`);
});

test('multiplies the probability of an earlier sampler, and keeps what it cannot read', async () => {
  const bench = await benchOf({ target_items_per_second: 50, key: ['name'] });
  const random = createRandom(3);
  const kept = new Map<string, Estimate>();
  let sentWeight = 0;
  for (let tick = 0; tick < 60; tick++) {
    const spans: SpanJson[] = [];
    for (let i = 0; i < 400; i++) {
      // The randomness values of spans kept by a 1 in 4 sampler.
      const traceId = `${hex(random)}${hex(random)}00${(0xc0 + random(64)).toString(16)}${hex(random).slice(4)}${hex(random)}`;
      spans.push({ traceId, name: 'sampled', traceState: 'vendor=x,ot=th:c' });
      sentWeight += 4;
    }
    await bench.send(batchOf('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] }));
    estimate(bench, kept);
    await bench.clock.advance(1000);
  }
  const traceId = '0000000000000000000000000000ffff';
  await bench.send(
    batchOf('traces', {
      resourceSpans: [{ scopeSpans: [{ spans: [{ traceId, name: 'odd', traceState: 'ot=th:xyz' }] }] }],
    }),
  );
  assert.deepEqual(
    bench.received.flatMap(({ parts }) => parts.flatMap((part) => spansOf(part).map((each) => each.traceState))),
    ['ot=th:xyz'],
  );
  await bench.close();
  const { items, weight } = kept.get('sampled') ?? { items: 0, weight: 0 };
  assert.ok(items < 60 * 75, `${items} kept`);
  assert.ok(Math.abs(weight / sentWeight - 1) < 0.05, `${weight} estimated, ${sentWeight} sent`);
});

test('records threshold and randomness of log records without a trace ID as attributes', async () => {
  const random = createRandom(5);
  const bench = await createComponentBench(adaptiveSampler, {
    config: { target_items_per_second: 20 },
    signals: ['logs'],
    random: () => random(2 ** 31) / 2 ** 31,
  });
  await bench.start();
  for (let tick = 0; tick < 50; tick++) {
    const logRecords = Array.from({ length: 200 }, () => ({ severityNumber: 9 }));
    await bench.send(batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] }));
    await bench.clock.advance(1000);
  }
  await bench.close();
  const attributes = bench.received
    .flatMap(({ parts }) => parts.flatMap((part) => decodeRequest('logs', part).resourceLogs ?? []))
    .flatMap(({ scopeLogs = [] }) => scopeLogs.flatMap(({ logRecords = [] }) => logRecords))
    .map((record) => Object.fromEntries((record.attributes ?? []).map(({ key, value }) => [key, value?.stringValue])));
  const weight = attributes.reduce((total, each) => {
    const threshold = parseThreshold(each['sampling.threshold'] ?? '');
    assert.ok(threshold !== undefined);
    if (threshold.high > 0) assert.match(each['sampling.randomness'] ?? '', /^[0-9a-f]{14}$/);
    return total + adjustedCount(threshold);
  }, 0);
  assert.ok(attributes.length < 1500, `${attributes.length} kept`);
  assert.ok(Math.abs(weight / 10_000 - 1) < 0.1, `${weight} estimated`);
});

test('bounds the number of keys, which then share a budget, and warns once', async () => {
  const bench = await benchOf({ target_items_per_second: 100, key: ['name'], max_keys: 20, floor_items_per_second: 0 });
  const random = createRandom(7);
  let received = 0;
  for (let tick = 0; tick < 30; tick++) {
    const spans = Array.from({ length: 1000 }, () => ({ traceId: hex(random).repeat(4), name: `GET /${random(1e6)}` }));
    await bench.send(batchOf('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] }));
    received += bench.received.splice(0).reduce((total, { itemCount }) => total + itemCount, 0);
    await bench.clock.advance(1000);
  }
  await bench.close();
  assert.ok(received < 30 * 150, `${received} kept`);
  assert.equal(bench.logs.filter(({ msg }) => String(msg).startsWith('more keys than max_keys')).length, 1);
});

test('keeps the floor of every key above the target, and at most the target of one key', async () => {
  for (const [options, min, max] of [
    [{ target_items_per_second: 1, floor_items_per_second: 2 }, 1.5, 2.6],
    [{ target_items_per_second: 1000, target_items_per_second_per_key: 3 }, 2.2, 3.9],
  ] as const) {
    const bench = await benchOf({ ...options, key: ['name'] });
    const random = createRandom(11);
    const kept = new Map<string, Estimate>();
    for (let tick = 0; tick < 100; tick++) {
      const spans = Array.from({ length: 400 }, (_, i) => ({
        traceId: hex(random).repeat(4),
        name: `route ${i % 10}`,
      }));
      await bench.send(batchOf('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] }));
      // The first seconds exceed the target, until the rates are known.
      if (tick < 10) bench.received.length = 0;
      estimate(bench, kept);
      await bench.clock.advance(1000);
    }
    await bench.close();
    assert.equal(kept.size, 10);
    for (const [name, { items }] of kept) assert.ok(items > 90 * min && items < 90 * max, `${name}: ${items}`);
  }
});

test('follows a rate that rises and falls', async () => {
  const bench = await benchOf({ target_items_per_second: 100, key: ['name'], half_life: '2s' });
  const random = createRandom(13);
  const perSecond: number[] = [];
  for (let tick = 0; tick < 120; tick++) {
    const length = tick < 40 || tick >= 80 ? 200 : 3000;
    const spans = Array.from({ length }, () => ({ traceId: hex(random).repeat(4), name: 'GET /' }));
    await bench.send(batchOf('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] }));
    perSecond.push(bench.received.splice(0).reduce((total, { itemCount }) => total + itemCount, 0));
    await bench.clock.advance(1000);
  }
  await bench.close();
  const average = (from: number, to: number) => perSecond.slice(from, to).reduce((a, b) => a + b, 0) / (to - from);
  for (const [from, to] of [
    [10, 40],
    [60, 80],
    [105, 120],
  ] as const)
    assert.ok(Math.abs(average(from, to) - 100) < 15, `${from} to ${to}: ${average(from, to)}`);
  assert.ok(Math.max(...perSecond) < 500, 'a burst exceeds the target only by its logarithm');
});

test('refuses a key that no item has, with the nearest name', async () => {
  await assert.rejects(
    createComponentBench(adaptiveSampler, { config: { key: ['status.cod'] } }),
    /processors\.tested\.key.*unknown path "status\.cod".*status\.code/,
  );
});

async function benchOf(config: Readonly<Record<string, unknown>>): Promise<ComponentBench> {
  const bench = await createComponentBench(adaptiveSampler, { config, signals: ['traces'] });
  await bench.start();
  return bench;
}

function hex(random: (bound: number) => number): string {
  return ((random(2 ** 16) * 2 ** 16 + random(2 ** 16)) >>> 0).toString(16).padStart(8, '0');
}

function spansOf(part: Uint8Array): readonly SpanJson[] {
  return (decodeRequest('traces', part).resourceSpans ?? []).flatMap(({ scopeSpans = [] }) =>
    scopeSpans.flatMap(({ spans = [] }) => spans),
  );
}

interface Estimate {
  readonly items: number;
  readonly weight: number;
}

function span(random: (bound: number) => number, uniform: () => number): SpanJson {
  let rest = uniform();
  const name = (ROUTES.find(([, share]) => {
    rest -= share;
    return rest < 0;
  }) ?? ROUTES[0])?.[0];
  const hex = () =>
    random(2 ** 31)
      .toString(16)
      .padStart(8, '0');
  return {
    traceId: hex() + hex() + hex().slice(4) + hex().slice(4) + hex().slice(4) + hex().slice(4),
    spanId: hex() + hex(),
    name: name ?? '',
    attributes: [{ key: 'http.route', value: { stringValue: name ?? '' } }],
    ...(uniform() < ERROR_SHARE ? { status: { code: 2 } } : {}),
  };
}

/** Adds the received spans to the estimates for their keys and clears them. */
function estimate(bench: ComponentBench, kept: Map<string, Estimate>): void {
  const view = new SpanView();
  for (const { parts } of bench.received.splice(0)) {
    for (const part of parts) {
      forEachItem('traces', part, ({ bytes, start, end }) => {
        view.reset(bytes, start, end);
        const key = view.statusCode === 2 ? `error ${view.name}` : view.name;
        const state = TraceState.parse(view.traceState);
        assert.ok(typeof state !== 'string' && state.threshold !== undefined, view.traceState);
        const { items, weight } = kept.get(key) ?? { items: 0, weight: 0 };
        kept.set(key, { items: items + 1, weight: weight + adjustedCount(state.threshold) });
      });
    }
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function sum<T>(values: ReadonlyMap<string, T>, numberOf: (value: T) => number): number {
  return [...values.values()].reduce((total, value) => total + numberOf(value), 0);
}
