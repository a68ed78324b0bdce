import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { decodeRequest, encodeRequest } from '@otelier/testkit/request-codec';
import { collected, replying } from './registry.testing.ts';
import { OTLP, spans, startWorkers } from './service.testing.ts';

beforeEach(() => {
  collected.length = 0;
  replying.reply = () => ({ kind: 'accepted' });
});

test('runs a connector that can exist only once in the main thread, and drains threads in the order of the flow', async (t) => {
  const { service, clients } = await startWorkers(
    t,
    `
receivers: {${OTLP}}
processors: {hold: {}, hold/2: {}, meet: {}, stamp: {}}
connectors: {gather: {}}
exporters: {collect: {}}
service:
  pipelines:
    traces: {receivers: [otlp], processors: [stamp, hold], exporters: [gather]}
    traces/once: {receivers: [gather], processors: [hold/2], exporters: [collect]}
    traces/parts: {receivers: [gather, otlp], processors: [meet], exporters: [collect]}`,
  );
  // The kernel distributes the connections: that one thread gets all of 20 happens once in 500,000 runs.
  await Promise.all(clients(20).map((client) => client.export('traces', [spans([1, 'a'], [2, 'b'])])));
  const report = await service.drain();
  assert.equal(report.lostItems, 0);
  const gathered = collected.filter(({ context }) => context.metadata['gather'] !== undefined);
  assert.deepEqual([...new Set(gathered.map(({ context }) => context.metadata['gather']?.[0]))], ['0']);
  assert.equal(new Set(gathered.map(({ context }) => context.metadata['stamp']?.[0])).size, 2);
  const items = (batches: typeof collected) => batches.reduce((sum, { itemCount }) => sum + itemCount, 0);
  const parts = gathered.filter(({ context }) => context.metadata['meet'] !== undefined);
  assert.equal(items(parts), 40);
  assert.ok(parts.every(({ context }) => context.metadata['meet']?.[0] !== '0'));
  assert.equal(items(gathered), 80);
  assert.equal(items(collected), 120);
  const { nodes, edges } = service.graph();
  assert.equal(nodes.filter(({ component }) => component === 'gather').length, 1);
  const into = edges.filter(({ to }) => to === 'connector:traces:gather');
  assert.deepEqual(
    into.map(({ items: counted }) => counted),
    [40],
  );
});

test('returns the outcome of a connector in the main thread to senders', async (t) => {
  const { clients } = await startWorkers(
    t,
    `
receivers: {${OTLP}}
connectors: {gather: {}}
exporters: {collect: {}}
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [gather]}
    traces/once: {receivers: [gather], exporters: [collect]}`,
  );
  replying.reply = () => ({ kind: 'refused', reason: 'not of this world' });
  const [client] = clients(1);
  assert.equal((await client?.export('traces', [spans([1, 'a'])]))?.kind, 'refused');
});

test('aggregates the spans of all workers into one series', async (t) => {
  const { service, clients } = await startWorkers(
    t,
    `
receivers: {${OTLP}}
connectors: {span_metrics: {exclude_dimensions: [collector.instance.id]}}
exporters: {collect: {}}
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [span_metrics]}
    metrics: {receivers: [span_metrics], exporters: [collect]}`,
  );
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] };
  const request = encodeRequest('traces', { resourceSpans: [{ resource, scopeSpans: [{ spans: [{ name: 'a' }] }] }] });
  const outcomes = await Promise.all(clients(8).map((client) => client.export('traces', [request])));
  assert.ok(outcomes.every(({ kind }) => kind === 'accepted'));
  assert.equal((await service.drain()).lostItems, 0);
  const points = collected
    .flatMap(({ parts }) => parts)
    .flatMap((part) => decodeRequest('metrics', part).resourceMetrics ?? [])
    .flatMap(({ scopeMetrics = [] }) => scopeMetrics)
    .flatMap(({ metrics = [] }) => metrics)
    .flatMap(({ sum }) => sum?.dataPoints ?? []);
  assert.deepEqual(
    points.map(({ asInt }) => String(asInt)),
    ['8'],
  );
});
