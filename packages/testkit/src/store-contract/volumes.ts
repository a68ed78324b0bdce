import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forEachItem } from '@otelier/otlp';
import type { ItemVolume, ItemVolumesQuery, Store } from '@otelier/store';
import { anyValue, keyValues, type PlainValue } from '../otlp-json.ts';
import { batchOf } from '../request-codec.ts';
import { at, logsOf, metricsOf, RANGE, span, tracesOf } from './telemetry.ts';

/** Items of other tests have other tenants, so that these tests see only their own. */
const TENANT = 'volumes';
const OWN = { ...RANGE, tenant: TENANT } as const;

const SPANS = [1, 2, 41].map((minute) => {
  const attributes: Readonly<Record<string, PlainValue>> = {
    'user.id': `user-${minute}`,
    'http.route': '/cart',
    ...(minute > 1 && { retries: minute }),
  };
  return span({ trace: minute, id: 1, name: 'GET', kind: 'server', start: at(minute), millis: 5, attributes });
});
const RECORDS = [
  { timeUnixNano: `${at(1)}`, severityNumber: 5, body: anyValue('debug') },
  { timeUnixNano: `${at(2)}`, severityNumber: 6, body: anyValue('debug, longer') },
  { timeUnixNano: `${at(42)}`, severityNumber: 17, body: anyValue('failed'), attributes: keyValues({ cause: 'x' }) },
  { timeUnixNano: `${at(43)}`, body: anyValue('of no severity') },
];
const point = (minute: number, route: string) => ({
  ...{ timeUnixNano: `${at(minute)}`, asInt: '1', attributes: keyValues({ route }) },
});
const METRICS = [
  { name: 'requests', gauge: { dataPoints: [point(1, '/a'), point(1, '/b'), point(42, '/a')] } },
  { name: 'sessions', gauge: { dataPoints: [point(2, '/a')] } },
];

/** The batches of these tests. */
const BATCHES = [
  batchOf('traces', tracesOf('shop', SPANS.slice(0, 2)), { tenant: TENANT }),
  batchOf('traces', tracesOf('pay', SPANS.slice(2)), { tenant: TENANT }),
  batchOf('logs', logsOf('shop', RECORDS), { tenant: TENANT }),
  batchOf('metrics', metricsOf('shop', METRICS), { tenant: TENANT }),
];

/** Writes the items of these tests. */
export async function writeVolumes(store: Store): Promise<void> {
  for (const batch of BATCHES) await store.append(batch);
}

/** Returns the sizes of the items of a signal, in order. */
function sizesOf(signal: 'traces' | 'logs' | 'metrics'): readonly number[] {
  const sizes: number[] = [];
  for (const { parts } of BATCHES.filter((batch) => batch.signal === signal)) {
    for (const part of parts) forEachItem(signal, part, ({ start, end }) => sizes.push(end - start));
  }
  return sizes;
}

/** Tests the volumes of items and attributes. */
export function volumesTests(open: () => Store): void {
  const volumes = async (query: Pick<ItemVolumesQuery, 'signal'> & Partial<ItemVolumesQuery>): Promise<string[]> =>
    (await open().itemVolumes({ ...OWN, steps: 1, ...query })).map(textOf).sort();
  const [spans, logs, points] = [sizesOf('traces'), sizesOf('logs'), sizesOf('metrics')];
  const sum = (sizes: readonly number[], ...of: readonly number[]): number =>
    of.reduce((total, index) => total + (sizes[index] ?? 0), 0);

  test('adds up items and their sizes by service and step', async () => {
    assert.deepEqual(await volumes({ signal: 'traces' }), [
      `0 pay: 1 of 1, ${sum(spans, 2)}`,
      `0 shop: 2 of 2, ${sum(spans, 0, 1)}`,
    ]);
    assert.deepEqual(await volumes({ signal: 'logs', steps: 2 }), [
      `0 shop: 2 of 2, ${sum(logs, 0, 1)}`,
      `1 shop: 2 of 2, ${sum(logs, 2, 3)}`,
    ]);
    assert.deepEqual(await volumes({ signal: 'metrics' }), [`0 shop: 4 of 4, ${sum(points, 0, 1, 2, 3)}`]);
    assert.deepEqual(await volumes({ signal: 'profiles' }), []);
    assert.deepEqual(await volumes({ signal: 'logs', start: at(50) }), []);
  });

  test('tells metrics apart by name, and log records by level', async () => {
    assert.deepEqual(await volumes({ signal: 'logs', detail: true }), [
      `0 shop 2: 2 of 2, ${sum(logs, 0, 1)}`,
      `0 shop 5: 1 of 1, ${sum(logs, 2)}`,
      `0 shop: 1 of 1, ${sum(logs, 3)}`,
    ]);
    assert.deepEqual(await volumes({ signal: 'metrics', detail: true, steps: 2 }), [
      `0 shop requests: 2 of 2, ${sum(points, 0, 1)}`,
      `0 shop sessions: 1 of 1, ${sum(points, 3)}`,
      `1 shop requests: 1 of 1, ${sum(points, 2)}`,
    ]);
  });

  test('counts items at the ends of a range exactly, whether or not their size is known', async () => {
    const found = await open().itemVolumes({ ...OWN, start: at(1, 1n), end: at(42), signal: 'traces', steps: 3 });
    assert.equal(
      found.reduce((total, { items }) => total + items, 0),
      2,
    );
    assert.ok(found.every(({ items, sizedItems }) => sizedItems <= items));
  });

  test('returns the attributes of items with their sizes and distinct values', async () => {
    const found = await open().attributeVolumes({ ...OWN, signal: 'traces', limit: 10 });
    const texts = found.map(({ key, items, values, valuesAre }) => `${key}: ${items}, ${valuesAre} ${values}`);
    assert.deepEqual(texts.sort(), ['http.route: 3, exact 1', 'retries: 2, exact 2', 'user.id: 3, exact 3']);
    const bytesOf = (key: string): number => found.find((one) => one.key === key)?.bytes ?? 0;
    // Three times the key, the value, and at most eight bytes of tags and lengths.
    const inRange = (bytes: number, content: number): boolean => bytes >= content && bytes <= content + 24;
    assert.ok(inRange(bytesOf('http.route'), 3 * 15), `${bytesOf('http.route')}`);
    assert.ok(inRange(bytesOf('user.id'), 3 * 13 + 1), `${bytesOf('user.id')}`);
    assert.deepEqual(
      (await open().attributeVolumes({ ...OWN, signal: 'metrics', limit: 10 })).map(({ key, items }) => [key, items]),
      [['route', 4]],
    );
    assert.equal((await open().attributeVolumes({ ...OWN, signal: 'traces', limit: 1 })).length, 1);
    assert.deepEqual(await open().attributeVolumes({ ...OWN, start: at(50), signal: 'traces', limit: 10 }), []);
  });
}

function textOf({ step, service, name, level, items, sizedItems, bytes }: ItemVolume): string {
  const detail = [service, name, level === 0 ? '' : String(level)].filter((text) => text !== '').join(' ');
  return `${step} ${detail}: ${sizedItems} of ${items}, ${bytes}`;
}
