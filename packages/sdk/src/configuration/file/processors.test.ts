import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '@otelier/testkit/clock';
import { startSink } from '../../sink.testing.ts';
import { startFrom, tracer, traces } from './start-from.testing.ts';

test('each of several processors has its own batch, queue and shutdown', async (t) => {
  const [first, second] = [await startSink(t), await startSink(t)];
  const { sdk } = await startFrom(
    t,
    `file_format: "1.0"
tracer_provider:
  processors:
    - batch: { max_queue_size: 2, max_export_batch_size: 1, export_timeout: 1, exporter: { otlp_http: { endpoint: "${first.url}/v1/traces" } } }
    - batch: { exporter: { otlp_http: { endpoint: "${second.url}/v1/traces" } } }
`,
  );
  first.handler.response = () => ({ kind: 'retry', afterMillis: undefined, reason: 'busy' });
  for (let i = 0; i < 5; i++) tracer().startSpan('x').end();
  assert.deepEqual(await sdk.forceFlush(), { kind: 'flushed' });
  assert.equal(second.spans().length, 5);
  const { retries_exhausted: late, queue_full: full } = sdk.clients[0]?.health.traces?.droppedItems ?? {};
  assert.equal((late ?? 0) + (full ?? 0), 5);
  assert.ok((full ?? 0) > 0);
});

test('a processor has its own delay, or that of the schema', async (t) => {
  for (const [setting, millis] of [
    ['schedule_delay: 7000,', 7_000],
    ['', 5_000],
  ] as const) {
    const [sink, clock] = [await startSink(t), createManualClock()];
    const text = traces(
      `processors: [{ batch: { ${setting} exporter: { otlp_http: { endpoint: "${sink.url}/v1/traces" } } } }]`,
    );
    const { sdk } = await startFrom(t, text, {}, 'otel.yaml', { clock });
    tracer().startSpan('x').end();
    await clock.advance(millis - 1);
    assert.equal(sink.handler.requests.length, 0);
    await clock.advance(1);
    await sink.handler.untilRequests(1);
    await sdk.shutdown();
  }
});
