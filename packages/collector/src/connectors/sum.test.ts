import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { connectorContract } from '@otelier/testkit/component-contract';
import { batchOf, decodeRequest, type RequestJson } from '@otelier/testkit/request-codec';
import { attributes } from '../ottl/evaluate.testing.ts';
import { sum } from './sum.ts';

const ALL = { m: { source_attribute: 'a' } };

connectorContract(sum, { config: { spans: ALL, datapoints: ALL, logs: ALL } });

async function summed(config: object, items: readonly Record<string, unknown>[]) {
  const bench = await createComponentBench(sum, { config: { logs: config }, signals: ['logs'] });
  await bench.start();
  const logRecords = items.map((values) => ({ attributes: attributes(values) }));
  const outcome = await bench.send(
    batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] } as RequestJson['logs']),
  );
  await bench.close();
  const metrics = bench.received.flatMap(({ parts }) =>
    parts.flatMap((part) => decodeRequest('metrics', part).resourceMetrics?.[0]?.scopeMetrics?.[0]?.metrics ?? []),
  );
  const points = metrics.flatMap(({ name, sum: data }) =>
    (data?.dataPoints ?? []).map(({ asDouble, attributes: list = [] }) => [
      name,
      asDouble,
      ...list.map(({ key, value }) => `${key}=${JSON.stringify(Object.values(value ?? {})[0])}`),
    ]),
  );
  return { outcome, points };
}

test('adds up numbers and texts of numbers; everything else is 0', async () => {
  const items = [{ a: 1.5 }, { a: 2n }, { a: '3.25' }, { a: 'many' }, { a: true }, { b: 7n }];
  assert.deepEqual((await summed(ALL, items)).points, [['m', 6.75]]);
});

test('adds up by attributes as text, or a default, once for each item', async () => {
  const config = { m: { source_attribute: 'a', attributes: [{ key: 'k' }, { key: 'd', default_value: 5 }] } };
  const items = [
    { a: 1n, k: 'x' },
    { a: 2n, k: 'x' },
    { a: 4n, k: 1e6, d: 2.5 },
    { a: 8n },
    { a: 16n, k: 0n },
    { a: 32n, k: 'x', d: '' },
  ];
  assert.deepEqual((await summed(config, items)).points, [
    ['m', 3, 'k="x"', 'd="5"'],
    ['m', 4, 'k="1e+06"', 'd="2.5"'],
  ]);
});

test('adds up items that match a condition', async () => {
  const config = { m: { source_attribute: 'a', conditions: ['attributes["a"] > 1'] } };
  assert.deepEqual((await summed(config, [{ a: 1n }, { a: 2n }])).points, [['m', 2]]);
});

test('makes nothing of signals without metrics', async () => {
  const bench = await createComponentBench(sum, { config: { logs: ALL }, signals: ['traces'] });
  await bench.start();
  const request = { resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'x' }] }] }] };
  assert.deepEqual(await bench.send(batchOf('traces', request)), { kind: 'accepted' });
  assert.deepEqual(bench.received, []);
  await bench.close();
});

test('rejects a metric without a source', async () => {
  await assert.rejects(createComponentBench(sum, { config: { logs: { m: {} } } }), /logs\.m\.source_attribute/);
});
