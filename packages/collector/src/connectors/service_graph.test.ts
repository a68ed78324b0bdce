import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ACCEPTED, type Batch } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { connectorContract } from '@otelier/testkit/component-contract';
import { createRandom } from '@otelier/testkit/otlp/random';
import type { SpanJson } from '@otelier/testkit/otlp-json';
import { batchOf, decodeRequest } from '@otelier/testkit/request-codec';
import { serviceGraph } from './service_graph.ts';

const SERVER = 2;
const CLIENT = 3;

connectorContract(serviceGraph, { respondsEarly: true, batch: () => spansOf('shop', [databaseSpan()]) });

function spansOf(service: string, spans: SpanJson[], tenant = 'default'): Batch {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: service } }] };
  return batchOf('traces', { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }, { tenant });
}

function databaseSpan(): SpanJson {
  const attributes = [{ key: 'db.name', value: { stringValue: 'orders' } }];
  return { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), kind: CLIENT, attributes };
}

/** Returns the span on one side of request `number`. */
function side(kind: number, number: number, fields: SpanJson = {}): SpanJson {
  const id = (number + 1).toString(16).padStart(16, '0');
  return { traceId: `${id}${id}`, ...(kind === CLIENT ? { spanId: id } : { parentSpanId: id }), kind, ...fields };
}

async function benchOf(config: Readonly<Record<string, unknown>> = {}) {
  const bench = await createComponentBench(serviceGraph, { config: { metrics_flush_interval: '10s', ...config } });
  await bench.start();
  return bench;
}

/** Returns the number of requests by client and server. */
function totalsOf(batches: readonly Batch[]): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const part of batches.flatMap(({ parts }) => parts)) {
    const metrics = (decodeRequest('metrics', part).resourceMetrics ?? [])
      .flatMap(({ scopeMetrics = [] }) => scopeMetrics)
      .flatMap(({ metrics: each = [] }) => each);
    for (const { name, sum } of metrics) {
      if (name !== 'traces_service_graph_request_total') continue;
      for (const { attributes = [], asInt } of sum?.dataPoints ?? []) {
        const of = (key: string) => attributes.find((each) => each.key === key)?.value?.stringValue ?? '';
        totals[`${of('client')} > ${of('server')}`] = Number(asInt);
      }
    }
  }
  return totals;
}

describe('requests', () => {
  test('are counted once both spans are known, whatever their order and batches', async () => {
    const bench = await benchOf();
    const random = createRandom(7);
    const spans = Array.from({ length: 200 }, (_, number) => [
      { service: 'shop', span: side(CLIENT, number) },
      { service: 'payments', span: side(SERVER, number) },
    ]).flat();
    for (let i = spans.length - 1; i > 0; i--) {
      const j = random(i + 1);
      [spans[i], spans[j]] = [spans[j], spans[i]];
    }
    for (const { service, span } of spans) assert.deepEqual(await bench.send(spansOf(service, [span])), ACCEPTED);
    await bench.clock.advance(10_000);
    assert.deepEqual(totalsOf(bench.received), { 'shop > payments': 200 });
    assert.deepEqual(bench.dropped(), {});
    await bench.close();
  });

  test('with one span are between a service and a virtual node', async () => {
    const bench = await benchOf();
    await bench.send(spansOf('shop', [side(CLIENT, 1), { ...side(SERVER, 2), parentSpanId: '' }]));
    await bench.send(spansOf('payments', [side(SERVER, 3)]));
    await bench.clock.advance(10_000);
    assert.deepEqual(totalsOf(bench.received), { 'shop > unknown': 1, 'user > shop': 1 });
    assert.deepEqual(bench.dropped(), { unpaired: 1 });
    await bench.close();
  });

  test('beyond the capacity of the store are dropped and counted', async () => {
    const bench = await benchOf({ store: { max_items: 3, ttl: '1h' } });
    await bench.send(
      spansOf(
        'shop',
        Array.from({ length: 10 }, (_, number) => side(CLIENT, number)),
      ),
    );
    assert.deepEqual(bench.dropped(), { store_full: 7 });
    await bench.close();
  });

  test('of tenants are kept apart', async () => {
    const bench = await benchOf();
    await bench.send(spansOf('shop', [side(CLIENT, 1)], 'one'));
    await bench.send(spansOf('payments', [side(SERVER, 1)], 'two'));
    await bench.send(spansOf('mail', [side(SERVER, 1)], 'one'));
    await bench.clock.advance(10_000);
    assert.deepEqual(
      bench.received.map((batch) => [batch.context.tenant, totalsOf([batch])]),
      [['one', { 'shop > mail': 1 }]],
    );
    await bench.close();
  });

  test('are emitted at the end of the service', async () => {
    const bench = await benchOf();
    await bench.send(spansOf('shop', [databaseSpan()]));
    await bench.service.drain();
    assert.deepEqual(totalsOf(bench.received), { 'shop > orders': 1 });
    await bench.close();
    assert.equal(bench.received.length, 1);
  });

  test('are forgotten 15 minutes after the last one', async () => {
    const bench = await benchOf();
    await bench.send(spansOf('shop', [databaseSpan()]));
    for (let minute = 0; minute < 14; minute++) await bench.clock.advance(60_000);
    await bench.send(spansOf('mail', [databaseSpan()]));
    for (let minute = 0; minute < 3; minute++) await bench.clock.advance(60_000);
    const last = bench.received.at(-1);
    assert.ok(last);
    assert.deepEqual(totalsOf([last]), { 'mail > orders': 1 });
    await bench.close();
  });
});

test('refuses mistakes and names their place', async () => {
  for (const [config, message] of [
    [
      { latency_histogram_buckets: ['1s'], exponential_histogram_max_size: 5 },
      /exponential_histogram_max_size: expected nothing/,
    ],
    [{ store: { ttl: 'soon' } }, /store\.ttl: expected a duration such as "200ms"/],
  ] as const)
    await assert.rejects(createComponentBench(serviceGraph, { config }), message);
});
