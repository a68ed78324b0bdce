import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient, log, MeterProvider, observeClient, span } from '../node.ts';
import { startSink } from '../sink.testing.ts';

test('reports the counts of a client under the names of the conventions', async (t) => {
  const sink = await startSink(t);
  const other = await startSink(t);
  const client = createClient({ endpoint: sink.url, queue: { maxItems: 3 }, log: () => {} });
  t.after(() => client.shutdown(0));
  const reporting = createClient({ endpoint: other.url });
  const meters = new MeterProvider({ client: reporting });
  t.after(() => meters.shutdown());
  const stop = observeClient(client, meters, 'of the shop');
  sink.handler.response = () => ({ kind: 'partial', rejectedItems: 1, reason: 'too old' });
  for (const name of ['a', 'b', 'c', 'd', 'e']) client.record(span(name));
  await client.flush();
  client.record(log('queued'));
  await meters.forceFlush();
  const points = other.metrics().flatMap(({ name, sum, unit }) =>
    (sum?.dataPoints ?? []).flatMap(({ asDouble, asInt, attributes: list }) => {
      const attributes = Object.fromEntries(
        (list as readonly { key: string; value: { stringValue: string } }[]).map(({ key, value }) => [
          key,
          value.stringValue,
        ]),
      );
      assert.equal(attributes['otel.component.name'], 'of the shop');
      assert.equal(attributes['otel.component.type'], 'otelier_client');
      const value = Number(asDouble ?? asInt);
      return value === 0
        ? []
        : [`${name} ${attributes['error.type'] ?? ''} ${value} ${unit} ${sum?.isMonotonic === true}`];
    }),
  );
  assert.deepEqual(points.toSorted(), [
    'otel.sdk.exporter.span.exported  2 {span} true',
    'otel.sdk.exporter.span.exported rejected 1 {span} true',
    'otel.sdk.processor.log.queue.size  1 {log_record} false',
    'otel.sdk.processor.span.processed queue_full 2 {span} true',
  ]);
  stop();
  const before = other.handler.requests.length;
  await meters.forceFlush();
  assert.equal(other.handler.requests.length, before);
});

test('clients without a name get a unique one, and may report through themselves', async (t) => {
  const sink = await startSink(t);
  const client = createClient({ endpoint: sink.url });
  const meters = new MeterProvider({ client });
  for (let i = 0; i < 2; i++) observeClient(client, meters);
  client.record(span('a'));
  await client.flush();
  await meters.shutdown();
  const [exported] = sink.metrics().filter(({ name }) => name === 'otel.sdk.exporter.span.exported');
  const names = exported?.sum?.dataPoints.map(
    ({ attributes }) => JSON.stringify(attributes).match(/otelier_client\/\d+/)?.[0],
  );
  assert.equal(new Set(names).size, 2);
});
