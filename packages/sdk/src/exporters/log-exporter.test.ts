import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Logger, ROOT_CONTEXT, SeverityNumber, trace } from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider, type LogRecordExporter } from '@opentelemetry/sdk-logs';
import { OtlpLogExporter as BrowserLogExporter } from '../browser.ts';
import { OtlpLogExporter } from '../node.ts';
import { startSink } from '../sink.testing.ts';

/** Runs the program on the official SDK with several exporters at once. */
async function runProgram(exporters: readonly LogRecordExporter[], program: (logger: Logger) => void): Promise<void> {
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ 'service.name': 'shop', numbers: [1, 2.5], flag: false }),
    processors: exporters.map((exporter) => new BatchLogRecordProcessor({ exporter })),
  });
  program(provider.getLogger('cart', '1.0', { schemaUrl: 'https://example.com/1', attributes: { kind: 'a' } }));
  program(provider.getLogger('other'));
  await provider.forceFlush();
  await provider.shutdown();
}

function emitAll(logger: Logger): void {
  const span = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), traceFlags: 1 };
  logger.emit({
    timestamp: [1_800_000_000, 999_999_999],
    observedTimestamp: 1_800_000_001_234,
    severityNumber: SeverityNumber.ERROR3,
    severityText: 'ERROR',
    body: { text: 'ü', list: ['a', 1, 2.5, null, [true]], bytes: Buffer.from('x'), empty: {} },
    attributes: {
      int: 2 ** 40,
      negative: -5,
      double: 1.5,
      map: { a: [1, { b: null }] },
      bytes: Buffer.from('x'),
      long: 'x'.repeat(300),
    },
    eventName: 'cart.failed',
    exception: Object.assign(new RangeError('too far'), { code: 'ERANGE' }),
    context: trace.setSpanContext(ROOT_CONTEXT, span),
  });
  logger.emit({ body: 'plain', timestamp: 1, context: trace.setSpanContext(ROOT_CONTEXT, { ...span, traceFlags: 0 }) });
  logger.emit({ body: [] });
  logger.emit({});
}

for (const [runtime, Exporter] of [
  ['Node', OtlpLogExporter],
  ['browsers', BrowserLogExporter],
] as const) {
  for (const protocol of ['http/protobuf', 'http/json'] as const) {
    for (const compression of ['none', 'gzip'] as const) {
      test(`sends the same data as the official exporter: ${runtime}, ${protocol}, ${compression}`, async (t) => {
        const [theirs, ours] = [await startSink(t), await startSink(t)];
        const official = new OTLPLogExporter({ url: `${theirs.url}/v1/logs` });
        await runProgram([official, new Exporter({ endpoint: ours.url, protocol, compression })], emitAll);
        assert.equal(ours.logs().length, 8);
        assert.deepEqual(ours.logScopes(), withoutZeros(theirs.logScopes()));
      });
    }
  }
}

/** Removes zero counts, which opentelemetry-js writes but protobuf omits. */
function withoutZeros(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutZeros);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, inner]) => !(key === 'droppedAttributesCount' && inner === 0))
      .map(([key, inner]) => [key, withoutZeros(inner)]),
  );
}
