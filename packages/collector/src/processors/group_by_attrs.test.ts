import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forEachItem, localContext, requestFromJson, requestToJson, type Signal } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { arbitraryRequest } from '@otelier/testkit/otlp/arbitrary-request';
import { encodeRequest } from '@otelier/testkit/request-codec';
import fc from 'fast-check';
import { groupByAttrs } from './group_by_attrs.ts';

processorContract(groupByAttrs);

const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const resource = (name: string) => ({ attributes: [attribute('service.name', name)] });

async function grouped(signal: Signal, config: Record<string, unknown>, ...requests: object[]) {
  const parts = requests.map((json) => {
    const request = requestFromJson(signal, JSON.stringify(json));
    assert.ok(request.ok);
    return request;
  });
  const bench = await createComponentBench(groupByAttrs, { signals: [signal], config });
  await bench.start();
  await bench.send({
    signal,
    parts: parts.map(({ bytes }) => bytes),
    itemCount: parts.reduce((sum, { itemCount }) => sum + itemCount, 0),
    sizeBytes: parts.reduce((sum, { bytes }) => sum + bytes.length, 0),
    context: localContext(0),
  });
  await bench.close();
  const part = bench.received[0]?.parts[0];
  assert.ok(part);
  assert.equal(bench.received[0]?.parts.length, 1);
  return JSON.parse(requestToJson(signal, part));
}

test('moves attributes of spans to their resource, overriding its own', async () => {
  const spans = [
    { name: 'a', attributes: [attribute('host', 'x'), attribute('other', 'y')] },
    { name: 'b' },
    { name: 'c', attributes: [attribute('host', 'x'), attribute('service.name', 'cart')] },
  ];
  const { resourceSpans } = await grouped(
    'traces',
    { keys: ['host', 'service.name', 'host', ''] },
    { resourceSpans: [{ resource: resource('shop'), scopeSpans: [{ scope: { name: 's' }, spans }] }] },
  );
  assert.deepEqual(resourceSpans, [
    {
      resource: { attributes: [attribute('service.name', 'shop'), attribute('host', 'x')] },
      scopeSpans: [{ scope: { name: 's' }, spans: [{ name: 'a', attributes: [attribute('other', 'y')] }] }],
    },
    { resource: resource('shop'), scopeSpans: [{ scope: { name: 's' }, spans: [{ name: 'b' }] }] },
    {
      resource: { attributes: [attribute('service.name', 'cart'), attribute('host', 'x')] },
      scopeSpans: [{ scope: { name: 's' }, spans: [{ name: 'c' }] }],
    },
  ]);
});

test('merges equal resources and scopes of all parts without keys', async () => {
  const two = { attributes: [attribute('b', '2'), attribute('a', '1')] };
  const reversed = { attributes: [attribute('a', '1'), attribute('b', '2')] };
  const log = (text: string) => ({ body: { stringValue: text } });
  const scopeLogs = (name: string, text: string) => ({ scope: { name }, logRecords: [log(text)] });
  const { resourceLogs } = await grouped(
    'logs',
    {},
    { resourceLogs: [{ resource: two, scopeLogs: [scopeLogs('s', 'one'), scopeLogs('t', 'two')] }] },
    { resourceLogs: [{ resource: reversed, scopeLogs: [scopeLogs('s', 'three')] }] },
  );
  assert.deepEqual(resourceLogs, [
    {
      resource: two,
      scopeLogs: [
        { scope: { name: 's' }, logRecords: [log('one'), log('three')] },
        { scope: { name: 't' }, logRecords: [log('two')] },
      ],
    },
  ]);
});

test('moves attributes of data points, and merges metrics by name and kind', async () => {
  const sum = (host: string, asInt: string, unit: string) => ({
    name: 'm',
    unit,
    sum: {
      aggregationTemporality: 2,
      isMonotonic: true,
      dataPoints: [{ asInt, attributes: [attribute('host', host)] }],
    },
  });
  const gauge = { name: 'm', gauge: { dataPoints: [{ asInt: '9', attributes: [attribute('host', 'x')] }] } };
  const { resourceMetrics } = await grouped(
    'metrics',
    { keys: ['host'] },
    { resourceMetrics: [{ scopeMetrics: [{ metrics: [sum('x', '1', 's'), sum('y', '2', 's'), gauge] }] }] },
    { resourceMetrics: [{ scopeMetrics: [{ metrics: [sum('x', '3', 'ms')] }] }] },
  );
  const points = resourceMetrics.map(
    ({ resource: { attributes }, scopeMetrics }: { resource: { attributes: object[] }; scopeMetrics: object[] }) => ({
      attributes,
      scopeMetrics,
    }),
  );
  const merged = (unit: string, ...values: string[]) => ({
    name: 'm',
    unit,
    sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: values.map((asInt) => ({ asInt })) },
  });
  assert.deepEqual(JSON.parse(JSON.stringify(points)), [
    {
      attributes: [attribute('host', 'x')],
      scopeMetrics: [
        { scope: {}, metrics: [merged('s', '1', '3'), { name: 'm', gauge: { dataPoints: [{ asInt: '9' }] } }] },
      ],
    },
    { attributes: [attribute('host', 'y')], scopeMetrics: [{ scope: {}, metrics: [merged('s', '2')] }] },
  ]);
});

for (const signal of ['traces', 'metrics', 'logs'] as const) {
  test(`keeps every item of arbitrary ${signal}`, async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryRequest(signal), async (json) => {
        const bytes = encodeRequest(signal, json);
        let before = 0;
        forEachItem(signal, bytes, () => before++);
        const bench = await createComponentBench(groupByAttrs, {
          signals: [signal],
          config: { keys: ['a', 'service.name'] },
        });
        await bench.start();
        await bench.send({
          signal,
          parts: [bytes],
          itemCount: before,
          sizeBytes: bytes.length,
          context: localContext(0),
        });
        await bench.close();
        let after = 0;
        for (const part of bench.received[0]?.parts ?? []) forEachItem(signal, part, () => after++);
        assert.equal(after, before);
      }),
      { seed: 20_261_130, numRuns: 30 },
    );
  });
}
