import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import { OtlpTraceExporter as BrowserTraceExporter } from '../browser.ts';
import { OtlpTraceExporter } from '../node.ts';
import { responseOutcome, type Sink, startSink } from '../sink.testing.ts';

/** Runs the program on the official SDK with several exporters at once. */
async function runProgram(exporters: readonly SpanExporter[], program: (tracer: Tracer) => void): Promise<void> {
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'shop', numbers: [1, 2.5], flag: false }),
    spanProcessors: exporters.map((exporter) => new BatchSpanProcessor({ exporter })),
  });
  program(provider.getTracer('cart', '1.0', { schemaUrl: 'https://example.com/1' }));
  program(provider.getTracer('other'));
  await provider.forceFlush();
  await provider.shutdown();
}

function recordAll(tracer: Tracer): void {
  const parent = tracer.startSpan('parent', { kind: SpanKind.SERVER, attributes: { text: 'ü', list: ['a', 'b'] } });
  const child = tracer.startSpan('child', {}, trace.setSpan(ROOT_CONTEXT, parent));
  child.setAttributes({
    int: 2 ** 40,
    negative: -5,
    double: 1.5,
    big: 1e300,
    map: { a: [1, { b: null }] },
    bytes: Buffer.from('x'),
  });
  child.setAttribute('long', 'x'.repeat(300)).setAttribute(`key ${'k'.repeat(200)}`, true);
  child.addEvent('event', { a: 1 }).recordException(new RangeError('too far'));
  child.addLink({ context: { ...parent.spanContext(), isRemote: true }, attributes: { why: 'because' } });
  child.setStatus({ code: SpanStatusCode.ERROR, message: 'failed' });
  child.end();
  parent.end();
}

for (const [runtime, Exporter] of [
  ['Node', OtlpTraceExporter],
  ['browsers', BrowserTraceExporter],
] as const) {
  for (const protocol of ['http/protobuf', 'http/json'] as const) {
    for (const compression of ['none', 'gzip'] as const) {
      test(`sends the same data as the official exporter: ${runtime}, ${protocol}, ${compression}`, async (t) => {
        const [theirs, ours] = [await startSink(t), await startSink(t)];
        const official = new OTLPTraceExporter({ url: `${theirs.url}/v1/traces` });
        await runProgram([official, new Exporter({ endpoint: ours.url, protocol, compression })], recordAll);
        assert.equal(ours.spans().length, 4);
        assert.deepEqual(ours.scopes(), withoutZeros(theirs.scopes()));
      });
    }
  }
}

test('retries unavailable servers, and reports rejected requests', async (t) => {
  const sink = await startSink(t);
  const responses = [{ kind: 'retry', afterMillis: 1, reason: 'busy' } as const, { kind: 'accepted' } as const];
  sink.handler.response = () => responses.shift() ?? { kind: 'refused', reason: 'no' };
  const rejected = responseOutcome(400, 'no');
  const results = await exportTwice(t, sink);
  assert.equal(sink.handler.requests.length, 3);
  assert.deepEqual(
    results.map(({ code, error }) => [code, error?.message]),
    [
      [0, undefined],
      [1, rejected.kind === 'refused' && rejected.reason],
    ],
  );
});

test('fails immediately after its shutdown', async (t) => {
  const sink = await startSink(t);
  const exporter = new OtlpTraceExporter({ url: `${sink.url}/v1/traces` });
  t.after(() => exporter.shutdown());
  await exporter.shutdown();
  exporter.export([], ({ code, error }) => {
    assert.deepEqual([code, error?.message], [1, 'exporter is shut down']);
  });
  assert.equal(sink.handler.requests.length, 0);
});

async function exportTwice(t: TestContext, sink: Sink): Promise<{ code: number; error?: Error }[]> {
  const exporter = new OtlpTraceExporter({ url: `${sink.url}/v1/traces`, retry: { initialIntervalMillis: 1 } });
  t.after(() => exporter.shutdown());
  const results = [];
  for (let i = 0; i < 2; i++) {
    results.push(await new Promise<{ code: number; error?: Error }>((resolve) => exporter.export([], resolve)));
  }
  return results;
}

/** Removes zero counts and statuses, which opentelemetry-js writes but protobuf omits. */
function withoutZeros(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutZeros);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(
        ([key, inner]) => !(/^dropped.*Count$/.test(key) && inner === 0) && !(key === 'status' && inner.code === 0),
      )
      .map(([key, inner]) => [key, withoutZeros(inner)]),
  );
}
