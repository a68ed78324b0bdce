import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { connectorContract } from '@otelier/testkit/component-contract';
import { batchOf, decodeRequest, type RequestJson } from '@otelier/testkit/request-codec';
import { attributes } from '../ottl/evaluate.testing.ts';
import { exceptions } from './exceptions.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';

const exception = (type: string) => ({
  name: 'exception',
  timeUnixNano: '7',
  attributes: attributes({ 'exception.type': type, 'exception.stacktrace': 'at x' }),
});

function request(...events: readonly object[]): RequestJson['traces'] {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributes({ 'service.name': 'shop', zone: 'eu' }) },
        scopeSpans: [
          {
            scope: { name: 'lib' },
            spans: [
              {
                traceId: TRACE_ID,
                spanId: SPAN_ID,
                name: 'pay',
                kind: 2,
                status: { code: 2 },
                attributes: attributes({ a: 1n, 'span.kind': 'x' }),
                events,
              },
            ],
          },
        ],
      },
      // Exceptions without a service name are not counted.
      { scopeSpans: [{ spans: [{ name: 'none', events }] }] },
    ],
  } as RequestJson['traces'];
}

connectorContract(exceptions, { batch: () => batchOf('traces', request(exception('A'))) });

const FIXED = {
  'service.name': 'shop',
  'span.name': 'pay',
  'span.kind': 'SPAN_KIND_SERVER',
  'status.code': 'STATUS_CODE_ERROR',
};

async function open(config: object, outputs: Record<string, readonly string[]>) {
  const bench = await createComponentBench(exceptions, { config: { ...config }, outputs });
  await bench.start();
  return bench;
}

test('makes log records with the attributes of the span, and the dimensions as text', async () => {
  const bench = await open(
    { dimensions: [{ name: 'exception.type' }, { name: 'a' }, { name: 'zone' }, { name: 'd', default: 'none' }] },
    { logs: ['out'] },
  );
  await bench.send(batchOf('traces', request({ name: 'other' }, exception('A'), exception('B'))));
  const [batch] = bench.received;
  const [group] = decodeRequest('logs', batch?.parts[0] ?? new Uint8Array()).resourceLogs ?? [];
  assert.equal(batch?.itemCount, 2);
  assert.deepEqual(group?.scopeLogs?.[0]?.scope, { name: 'lib' });
  const { attributes: list, ...record } = group?.scopeLogs?.[0]?.logRecords?.[0] ?? {};
  assert.deepEqual(record, {
    timeUnixNano: '7',
    severityNumber: 17,
    severityText: 'ERROR',
    traceId: TRACE_ID,
    spanId: SPAN_ID,
  });
  assert.deepEqual(
    list,
    attributes({
      a: '',
      'span.kind': 'SPAN_KIND_SERVER',
      'span.name': 'pay',
      'status.code': 'STATUS_CODE_ERROR',
      'service.name': 'shop',
      'exception.type': 'A',
      zone: 'eu',
      d: 'none',
      'exception.stacktrace': 'at x',
    }),
  );
  await bench.close();
});

test('counts exceptions from the start on, with exemplars', async () => {
  const bench = await open({ exemplars: { enabled: true } }, { metrics: ['out'] });
  await bench.send(batchOf('traces', request(exception('A'), exception('A'))));
  await bench.clock.advance(1000);
  await bench.send(batchOf('traces', request(exception('B'))));
  const pointsOf = (index: number) => {
    const [metrics] =
      decodeRequest('metrics', bench.received[index]?.parts[0] ?? new Uint8Array()).resourceMetrics ?? [];
    const metric = metrics?.scopeMetrics?.[0]?.metrics?.[0];
    assert.deepEqual(
      [metrics?.scopeMetrics?.[0]?.scope, metric?.name, metric?.sum?.aggregationTemporality, metric?.sum?.isMonotonic],
      [{ name: 'exceptionsconnector' }, 'exceptions', 2, true],
    );
    return (metric?.sum?.dataPoints ?? []).map(({ asInt, attributes: list, exemplars = [] }) => ({
      asInt,
      list,
      exemplars: exemplars.map(({ asDouble, traceId, spanId }) => [asDouble, traceId, spanId]),
    }));
  };
  const list = (type: string) => attributes({ ...FIXED, 'exception.type': type });
  assert.deepEqual(pointsOf(0), [
    {
      asInt: '2',
      list: list('A'),
      exemplars: [
        [1, TRACE_ID, SPAN_ID],
        [2, TRACE_ID, SPAN_ID],
      ],
    },
  ]);
  assert.deepEqual(pointsOf(1), [
    { asInt: '2', list: list('A'), exemplars: [] },
    { asInt: '1', list: list('B'), exemplars: [[1, TRACE_ID, SPAN_ID]] },
  ]);
  await bench.close();
});

test('counts an exception once if the sender retries because of the logs', async () => {
  const bench = await open({}, { logs: ['logs'], metrics: ['metrics'] });
  let isFull = true;
  bench.response = (_batch, pipeline) =>
    isFull && pipeline === 'logs' ? { kind: 'retry', afterMillis: undefined, reason: 'full' } : { kind: 'accepted' };
  const batch = batchOf('traces', request(exception('A')));
  assert.equal((await bench.send(batch)).kind, 'retry');
  isFull = false;
  assert.equal((await bench.send(batch)).kind, 'accepted');
  const [metrics, ...others] = bench.receivedBy('metrics');
  assert.equal(others.length, 0);
  const [resource] = decodeRequest('metrics', metrics?.parts[0] ?? new Uint8Array()).resourceMetrics ?? [];
  assert.equal(resource?.scopeMetrics?.[0]?.metrics?.[0]?.sum?.dataPoints?.[0]?.asInt, '1');
  await bench.close();
});

test('does not count exceptions whose metrics the sender sends again', async () => {
  const bench = await open({}, { metrics: ['out'] });
  const batch = batchOf('traces', request(exception('A')));
  bench.response = () => ({ kind: 'retry', afterMillis: undefined, reason: 'full' });
  for (let i = 0; i < 3; i++) assert.equal((await bench.send(batch)).kind, 'retry');
  bench.response = () => ({ kind: 'accepted' });
  await bench.send(batch);
  const [resource] =
    decodeRequest('metrics', bench.received.at(-1)?.parts[0] ?? new Uint8Array()).resourceMetrics ?? [];
  assert.equal(resource?.scopeMetrics?.[0]?.metrics?.[0]?.sum?.dataPoints?.[0]?.asInt, '1');
  await bench.close();
});

test('keeps the exceptions of tenants apart', async () => {
  const bench = await open({}, { metrics: ['out'] });
  for (const tenant of ['a', 'b']) await bench.send(batchOf('traces', request(exception(tenant)), { tenant }));
  const shown = bench.received.map(({ context, itemCount }) => [context.tenant, itemCount]);
  assert.deepEqual(shown, [
    ['a', 1],
    ['b', 1],
  ]);
  await bench.close();
});

test('counts further combinations together beyond the limit', async () => {
  const bench = await open({}, { metrics: ['out'] });
  const events = Array.from({ length: 10_005 }, (_, index) => exception(String(index)));
  await bench.send(batchOf('traces', request(...events)));
  assert.equal(bench.received[0]?.itemCount, 10_001);
  assert.match(bench.error() ?? '', /too many series/);
  await bench.close();
});

for (const [what, dimensions] of [
  ['a fixed dimension', [{ name: 'span.kind' }]],
  ['a dimension twice', [{ name: 'a' }, { name: 'a' }]],
] as const) {
  test(`rejects ${what}`, async () => {
    await assert.rejects(open({ dimensions }, {}), /dimensions\[\d\]: expected each dimension once/);
  });
}
