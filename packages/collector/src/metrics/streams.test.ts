import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { forEachItem } from '@otelier/otlp';
import { arbitraryRequest } from '@otelier/testkit/otlp/arbitrary-request';
import type { MetricsJson } from '@otelier/testkit/otlp-json';
import { encodeRequest } from '@otelier/testkit/request-codec';
import fc from 'fast-check';
import { StreamKeys } from './stream-keys.ts';
import { StreamTable } from './stream-table.ts';

function keysOf(json: MetricsJson, streams: StreamKeys = new StreamKeys()): string[] {
  const keys: string[] = [];
  forEachItem('metrics', encodeRequest('metrics', json), (item) => keys.push(streams.keyOf(item)));
  return keys;
}

/** Reverses every list of attributes without duplicate keys, including those nested in values. */
function reversed<T>(json: T): T {
  if (Array.isArray(json)) {
    const list = json.map(reversed);
    const isAttributes = list.every((entry) => typeof entry === 'object' && 'key' in entry);
    const isUnique = isAttributes && new Set(list.map(({ key }) => key)).size === list.length;
    return (isUnique ? list.toReversed() : list) as T;
  }
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, reversed(value)])) as T;
}

const string = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const one = (parts: {
  resource?: object;
  scope?: object;
  metric?: object;
  data?: object;
  point?: object;
}): MetricsJson => ({
  resourceMetrics: [
    {
      resource: { attributes: [string('host', 'a')], ...parts.resource },
      scopeMetrics: [
        {
          scope: { name: 'lib', ...parts.scope },
          metrics: [
            {
              name: 'm',
              ...parts.metric,
              sum: {
                aggregationTemporality: 2,
                isMonotonic: true,
                ...parts.data,
                dataPoints: [{ asInt: '1', attributes: [string('a', '1'), string('b', '2')], ...parts.point }],
              },
            },
          ],
        },
      ],
    },
  ],
});

describe('keys of streams', () => {
  test('differ in resource, scope, metric and attributes, and in nothing else', () => {
    const [plain] = keysOf(one({}));
    const same = [
      one({ point: { asDouble: 7, asInt: undefined, timeUnixNano: '9', startTimeUnixNano: '3', flags: 1 } }),
      one({ metric: { description: 'other' } }),
      one({ point: { attributes: [string('b', '2'), string('a', '1')] } }),
    ];
    for (const json of same) assert.equal(keysOf(json)[0], plain);
    const different = [
      one({ resource: { attributes: [string('host', 'b')] } }),
      one({ resource: { attributes: [] } }),
      one({ scope: { name: 'other' } }),
      one({ scope: { version: '1' } }),
      one({ scope: { attributes: [string('x', 'y')] } }),
      one({ metric: { name: 'n' } }),
      one({ metric: { unit: 's' } }),
      one({ data: { isMonotonic: false } }),
      one({ data: { aggregationTemporality: 1 } }),
      one({ point: { attributes: [string('a', '1'), string('b', '3')] } }),
      one({ point: { attributes: [string('a', '1b'), string('', '2')] } }),
      one({ point: { attributes: [string('a', '1'), { key: 'b', value: { intValue: '2' } }] } }),
      one({ point: { attributes: [string('a', '1'), { key: 'b' }] } }),
      one({ point: { attributes: [string('a', '1')] } }),
    ];
    const keys = different.map((json) => keysOf(json)[0]);
    assert.equal(new Set([plain, ...keys]).size, different.length + 1);
  });

  test('do not depend on the order of attributes, nor on the requests before', () => {
    const streams = new StreamKeys();
    fc.assert(
      fc.property(arbitraryRequest('metrics'), (json) => {
        const keys = keysOf(json, streams);
        assert.deepEqual(keysOf(json), keys);
        assert.deepEqual(keysOf(reversed(json), streams), keys);
      }),
      { seed: 20_261_130, numRuns: 200 },
    );
    const nested = (turn: <T>(list: T[]) => T[]) =>
      one({
        point: {
          attributes: turn([
            { key: 'm', value: { kvlistValue: { values: turn([string('x', '1'), string('y', '2')]) } } },
            {
              key: 'l',
              value: {
                arrayValue: { values: [{ kvlistValue: { values: turn([string('x', '1'), string('y', '2')]) } }] },
              },
            },
          ]),
        },
      });
    assert.deepEqual(keysOf(nested((list) => list)), keysOf(nested((list) => list.toReversed())));
  });
});

describe('a table of streams', () => {
  test('rejects streams beyond its limit and expires idle ones', () => {
    const table = new StreamTable<number>({ maxStreams: 2, maxIdleMillis: 100 });
    assert.ok(table.add('a', 1, 0) && table.add('b', 2, 0) && table.isFull);
    assert.equal(table.add('c', 3, 0), false);
    assert.ok(table.add('a', 4, 0), 'an existing stream can be replaced');
    assert.equal(table.use('a', 90), 4);
    const expired: string[] = [];
    assert.equal(
      table.expire(150, (_, key) => expired.push(key)),
      1,
    );
    assert.deepEqual(expired, ['b']);
    assert.equal(table.use('b', 150), undefined);
    assert.deepEqual([...table], [['a', 4]]);
  });

  test('makes space for new streams, and reports so once', () => {
    const reports: number[] = [];
    const table = new StreamTable<number>({ maxStreams: 2, onFull: (max) => reports.push(max) });
    for (let n = 0; n < 5; n++) table.insert(String(n), n, 0);
    assert.deepEqual(
      [...table].map(([, state]) => state),
      [3, 4],
    );
    assert.deepEqual(reports, [2]);
  });

  test('evicts a stream that was not used recently', () => {
    const table = new StreamTable<number>({ maxStreams: 3 });
    for (const [index, key] of ['a', 'b', 'c'].entries()) table.add(key, index, 0);
    table.use('a', 1);
    assert.deepEqual(table.evict(), { key: 'b', state: 1 });
    table.use('a', 2);
    table.use('c', 2);
    assert.ok(table.evict());
    assert.ok(table.evict());
    assert.equal(table.evict(), undefined);
    assert.equal(table.size, 0);
  });
});
