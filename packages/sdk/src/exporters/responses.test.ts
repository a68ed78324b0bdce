import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { OTLPTraceExporter as GrpcTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { Outcome } from '@otelier/otlp';
import { createRecordingHandler, type RecordingHandler } from '@otelier/testkit/recording-handler';
import { createGrpcServer } from '@otelier/transport/grpc-server';
import { createHttpServer } from '@otelier/transport/http-server';
import { OtlpTraceExporter } from '../node.ts';

interface Options {
  readonly concurrencyLimit?: number;
  readonly headers?: () => Promise<Record<string, string>>;
}

type Make = (url: string, options?: Options) => SpanExporter;

const HTTP: readonly (readonly [whose: string, make: Make])[] = [
  ['theirs', (url, options) => new OTLPTraceExporter({ url: `${url}/v1/traces`, ...options })],
  ['ours', (url, options) => new OtlpTraceExporter({ url: `${url}/v1/traces`, ...options })],
];
const GRPC: typeof HTTP = [
  ['theirs', (url) => new GrpcTraceExporter({ url })],
  ['ours', (url) => new OtlpTraceExporter({ url, protocol: 'grpc' })],
];

async function setUp(t: TestContext, make: Make, create: typeof createHttpServer, options?: Options) {
  const handler = createRecordingHandler();
  const server = await create({ endpoint: '127.0.0.1:0' }, handler);
  t.after(() => server.shutdown(0));
  const exporter = make(`http://${server.address}`, options);
  t.after(() => exporter.shutdown());
  return { handler, exporter };
}

/** Exports a span and returns the result code and whether there is an error. */
function exportOnce(exporter: SpanExporter): Promise<readonly [code: number, failed: boolean]> {
  return new Promise((resolve) => exporter.export([], ({ code, error }) => resolve([code, error instanceof Error])));
}

/** Responds with these outcomes in order, then accepts all requests. */
function respondWith(handler: RecordingHandler, responses: readonly Outcome[]): void {
  const remaining = [...responses];
  handler.response = () => remaining.shift() ?? { kind: 'accepted' };
}

for (const [protocol, exporters, create] of [
  ['HTTP', HTTP, createHttpServer],
  ['gRPC', GRPC, createGrpcServer],
] as const) {
  for (const [whose, make] of exporters) {
    test(`a rejected request fails without retries: ${protocol}, ${whose}`, async (t) => {
      const { handler, exporter } = await setUp(t, make, create);
      respondWith(handler, [{ kind: 'refused', reason: 'no' }]);
      assert.deepEqual(await exportOnce(exporter), [1, true]);
      assert.equal(handler.requests.length, 1);
    });

    test(`a partially accepted request succeeds: ${protocol}, ${whose}`, async (t) => {
      const { handler, exporter } = await setUp(t, make, create);
      respondWith(handler, [{ kind: 'partial', rejectedItems: 1, reason: 'too old' }]);
      assert.deepEqual(await exportOnce(exporter), [0, false]);
      assert.equal(handler.requests.length, 1);
    });
  }
}

for (const [whose, make] of HTTP) {
  test(`a retry calls the header function again: ${whose}`, async (t) => {
    let count = 0;
    const headers = async () => ({ 'x-count': `${++count}` });
    const { handler, exporter } = await setUp(t, make, createHttpServer, { headers });
    respondWith(handler, [{ kind: 'retry', afterMillis: 1, reason: 'busy' }]);
    assert.deepEqual(await exportOnce(exporter), [0, false]);
    assert.deepEqual(
      handler.requests.map((request) => request.headers['x-count']),
      ['1', '2'],
    );
  });

  test(`exports beyond the limit fail immediately, and a flush waits for the others: ${whose}`, async (t) => {
    const { handler, exporter } = await setUp(t, make, createHttpServer, { concurrencyLimit: 1 });
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    handler.response = () => promise;
    const codes: number[] = [];
    for (let i = 0; i < 2; i++) exporter.export([], ({ code }) => codes.push(code));
    assert.deepEqual(codes, [1]);
    await handler.untilRequests(1);
    const flushed = exporter.forceFlush?.();
    resolve({ kind: 'accepted' });
    await flushed;
    assert.deepEqual(codes, [1, 0]);
  });
}

test('retries errors for which the official gRPC exporter gives up', async (t) => {
  for (const [[, make], expected] of [
    [GRPC[0], [1, true]],
    [GRPC[1], [0, false]],
  ] as const) {
    const { handler, exporter } = await setUp(t, make, createGrpcServer);
    respondWith(handler, [{ kind: 'retry', afterMillis: 1, reason: 'busy' }]);
    assert.deepEqual(await exportOnce(exporter), expected);
  }
});
