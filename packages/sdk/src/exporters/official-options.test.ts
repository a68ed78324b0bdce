import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { credentials, Metadata } from '@grpc/grpc-js';
import { diag } from '@opentelemetry/api';
import { OTLPLogExporter as GrpcLogExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter as GrpcMetricExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { AggregationTemporalityPreference } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as GrpcTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import type { OTLPExporterNodeConfigBase } from '@opentelemetry/otlp-exporter-base/node-http';
import { BatchLogRecordProcessor, LoggerProvider, type LogRecordExporter } from '@opentelemetry/sdk-logs';
import {
  AggregationType,
  InstrumentType,
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import { createCertificates } from '@otelier/testkit/certificates';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import type { ExportRequest } from '@otelier/transport';
import { createGrpcServer } from '@otelier/transport/grpc-server';
import { createHttpServer } from '@otelier/transport/http-server';
import { createUdpServer } from '@otelier/transport/udp-server';
import { createWebSocketServer } from '@otelier/transport/websocket-server';
import * as browser from '../browser.ts';
import { listenToDiagnostics } from '../diagnostics.testing.ts';
import { OptionError, OtlpLogExporter, OtlpMetricExporter, OtlpTraceExporter } from '../node.ts';

interface Exporters {
  readonly traces: SpanExporter;
  readonly metrics: PushMetricExporter;
  readonly logs: LogRecordExporter;
}

/** Sends an item of each signal through the opentelemetry-js SDK. */
async function send({ traces, metrics, logs }: Exporters): Promise<void> {
  const tracers = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter: traces })] });
  const meters = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter: metrics })] });
  const loggers = new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter: logs })] });
  tracers.getTracer('a').startSpan('b').end();
  meters.getMeter('a').createCounter('b').add(1);
  loggers.getLogger('a').emit({ body: 'b' });
  for (const provider of [tracers, meters, loggers]) await provider.shutdown();
}

type HttpOptions = OTLPExporterNodeConfigBase;

/** The HTTP options of each signal's exporter, which must type-check without a cast. */
const HTTP: readonly (readonly [whose: string, make: (options: (path: string) => HttpOptions) => Exporters])[] = [
  [
    'theirs',
    (options) => ({
      traces: new OTLPTraceExporter(options('traces')),
      metrics: new OTLPMetricExporter(options('metrics')),
      logs: new OTLPLogExporter(options('logs')),
    }),
  ],
  [
    'ours',
    (options) => ({
      traces: new OtlpTraceExporter(options('traces')),
      metrics: new OtlpMetricExporter(options('metrics')),
      logs: new OtlpLogExporter(options('logs')),
    }),
  ],
];

async function startHttp(t: TestContext, tls?: Parameters<typeof createHttpServer>[0]['tls']) {
  const handler = createRecordingHandler();
  const server = await createHttpServer({ endpoint: '127.0.0.1:0', ...(tls === undefined ? {} : { tls }) }, handler);
  t.after(() => server.shutdown(0));
  const url = `${tls === undefined ? 'http' : 'https'}://${server.address}/v1`;
  return { handler, url };
}

function summary(requests: readonly ExportRequest[], names: readonly string[]) {
  return requests
    .map(({ signal, headers }) => [signal, ...names.map((name) => String(headers[name]).replace(/ \S*$/, ''))])
    .toSorted();
}

test('HTTP options have the same effect as in the official exporters', async (t) => {
  const seen = [];
  for (const [, make] of HTTP) {
    const { handler, url } = await startHttp(t);
    let count = 0;
    const options = (path: string): HttpOptions => ({
      url: `${url}/${path}`,
      headers: async () => ({ 'Content-Type': 'text/plain', 'X-Token': `token ${++count > 0}` }),
      concurrencyLimit: 2,
      timeoutMillis: 5_000,
      compression: CompressionAlgorithm.GZIP,
      keepAlive: true,
      httpAgentOptions: { keepAlive: true },
      userAgent: 'shop/1.0',
    });
    await send(make(options));
    assert.equal(count, 3);
    seen.push(summary(handler.requests, ['content-type', 'content-encoding', 'x-token', 'user-agent']));
  }
  const [theirs, ours] = seen;
  assert.deepEqual(ours, theirs);
  assert.deepEqual(
    ours?.map((request) => request.slice(0, 2)),
    [
      ['logs', 'application/x-protobuf'],
      ['metrics', 'application/x-protobuf'],
      ['traces', 'application/x-protobuf'],
    ],
  );
});

for (const [whose, make] of HTTP) {
  test(`reads certificates from agent options as strings, buffers and lists: ${whose}`, async (t) => {
    const { ca, otherCa, server, client } = await createCertificates();
    const tls = { certPem: server.cert, keyPem: server.key, caPem: ca.cert };
    const { handler, url } = await startHttp(t, tls);
    const ways = [
      { ca: ca.cert, cert: client.cert, key: client.key },
      { ca: [Buffer.from(otherCa.cert), Buffer.from(ca.cert)], cert: Buffer.from(client.cert), key: [client.key] },
      { rejectUnauthorized: false, cert: client.cert, key: client.key, minVersion: 'TLSv1.3' as const },
      { ca: ca.cert, cert: client.cert, key: client.key, servername: 'collector.example', ecdhCurve: 'P-256:X25519' },
    ];
    for (const httpAgentOptions of ways) await send(make((path) => ({ url: `${url}/${path}`, httpAgentOptions })));
    assert.equal(handler.requests.length, 3 * ways.length);
  });

  test(`logs items that the server rejected: ${whose}`, async (t) => {
    const warnings: string[] = [];
    const warn = (...args: unknown[]) => warnings.push(args.join(' '));
    diag.setLogger({ warn, error() {}, info() {}, debug() {}, verbose() {} });
    t.after(() => diag.disable());
    const { handler, url } = await startHttp(t);
    handler.response = () => ({ kind: 'partial', rejectedItems: 1, reason: 'too old' });
    await send(make((path) => ({ url: `${url}/${path}` })));
    assert.equal(warnings.length, 3);
    for (const warning of warnings) assert.match(warning, /too old/);
  });
}

test('tls overrides agent options', async (t) => {
  const { ca, otherCa, server } = await createCertificates();
  const { handler, url } = await startHttp(t, { certPem: server.cert, keyPem: server.key });
  const exporter = new OtlpTraceExporter({
    url: `${url}/traces`,
    httpAgentOptions: { ca: otherCa.cert },
    tls: { caPem: ca.cert },
  });
  t.after(() => exporter.shutdown());
  await new Promise((resolve) => exporter.export([], resolve));
  assert.equal(handler.requests.length, 1);
});

const GRPC: readonly (readonly [whose: string, make: (url: string) => Exporters])[] = [
  [
    'theirs',
    (url) => ({
      traces: new GrpcTraceExporter({ url }),
      metrics: new GrpcMetricExporter({ url }),
      logs: new GrpcLogExporter({ url }),
    }),
  ],
  [
    'ours',
    (url) => ({
      traces: new OtlpTraceExporter({ url, protocol: 'grpc' }),
      metrics: new OtlpMetricExporter({ url, protocol: 'grpc' }),
      logs: new OtlpLogExporter({ url, protocol: 'grpc' }),
    }),
  ],
];

for (const [whose, make] of GRPC) {
  test(`a gRPC url is an address whose path is ignored: ${whose}`, async (t) => {
    for (const path of ['', '/', '/v1/traces']) {
      const handler = createRecordingHandler();
      const server = await createGrpcServer({ endpoint: '127.0.0.1:0' }, handler);
      t.after(() => server.shutdown(0));
      await send(make(`http://${server.address}${path}`));
      assert.deepEqual(handler.requests.map(({ signal }) => signal).toSorted(), ['logs', 'metrics', 'traces']);
    }
  });
}

test('the url of other protocols is an address too', async (t) => {
  for (const [protocol, scheme, create] of [
    ['websocket', 'ws://', createWebSocketServer],
    ['udp', '', createUdpServer],
  ] as const) {
    const handler = createRecordingHandler();
    const server = await create({ endpoint: '127.0.0.1:0' }, handler);
    t.after(() => server.shutdown(0));
    const exporter = new OtlpTraceExporter({ url: `${scheme}${server.address}`, protocol });
    t.after(() => exporter.shutdown());
    await new Promise((resolve) => exporter.export([], resolve));
    await handler.untilRequests(1);
  }
});

test('logs and ignores a header without a value, like the official exporter', async (t) => {
  const seen: unknown[] = [];
  for (const [, make] of HTTP) {
    const warnings = listenToDiagnostics(t);
    const { handler, url } = await startHttp(t);
    const headers = { 'x-unset': undefined as unknown as string, 'x-number': 5 as unknown as string };
    await send(make((path) => ({ url: `${url}/${path}`, headers })));
    seen.push(handler.requests.map((request) => [request.headers['x-unset'], request.headers['x-number']]));
    assert.match(warnings[0] ?? '', /"x-unset"/);
  }
  const each = [undefined, '5'];
  assert.deepEqual(seen, [
    [each, each, each],
    [each, each, each],
  ]);
});

test('browsers accept the same options, and use the supported ones', async (t) => {
  const { handler, url } = await startHttp(t);
  const options = (path: string): HttpOptions => ({
    url: `${url}/${path}`,
    headers: async () => ({ 'x-token': 'fresh' }),
    compression: CompressionAlgorithm.GZIP,
    keepAlive: true,
    httpAgentOptions: { keepAlive: true },
    userAgent: 'shop/1.0',
  });
  await send({
    traces: new browser.OtlpTraceExporter(options('traces')),
    metrics: new browser.OtlpMetricExporter(options('metrics')),
    logs: new browser.OtlpLogExporter(options('logs')),
  });
  assert.deepEqual(summary(handler.requests, ['content-encoding', 'x-token']), [
    ['logs', 'gzip', 'fresh'],
    ['metrics', 'gzip', 'fresh'],
    ['traces', 'gzip', 'fresh'],
  ]);
});

test('metric preferences have the names of opentelemetry-js', () => {
  const exporter = new OtlpMetricExporter({
    temporalityPreference: AggregationTemporalityPreference.LOWMEMORY,
    aggregationPreference: () => ({ type: AggregationType.DROP }),
    environment: {},
  });
  assert.equal(exporter.selectAggregationTemporality(InstrumentType.COUNTER), 0);
  assert.equal(exporter.selectAggregationTemporality(InstrumentType.OBSERVABLE_COUNTER), 1);
  assert.deepEqual(exporter.selectAggregation(InstrumentType.COUNTER), { type: AggregationType.DROP });
});

const REJECTED: readonly (readonly [options: object, message: string])[] = [
  [
    { credentials: credentials.createInsecure() },
    'credentials: not supported; use tls for certificates, or an http:// URL for plaintext',
  ],
  [{ metadata: new Metadata() }, 'metadata: not supported; use headers'],
  [{ keepAlive: false }, 'keepAlive: expected true, because connections are always reused, got false'],
  [
    { httpAgentOptions: () => undefined },
    'httpAgentOptions: expected an object such as { ca, cert, key }, got "a function"',
  ],
  [{ httpAgentOptions: { maxSockets: 2 } }, 'httpAgentOptions.maxSockets: not supported; use concurrencyLimit'],
  [
    { httpAgentOptions: { constructor: 2 } },
    'httpAgentOptions.constructor: not supported; known are keepAlive, ca, cert, key, rejectUnauthorized, servername, minVersion, maxVersion, ciphers, ecdhCurve',
  ],
  [
    { httpAgentOptions: { minVersion: 'TLSv1' } },
    'httpAgentOptions.minVersion: expected TLSv1.2 or TLSv1.3, got "TLSv1"',
  ],
  [
    { httpAgentOptions: { ca: 5 } },
    'httpAgentOptions.ca: expected PEM as a string or buffer, or a list of these, got 5',
  ],
  [{ url: 'nowhere' }, 'url: expected host:port, [ipv6]:port or unix:/path, got "nowhere"'],
  [{ compression: 'gzpi' }, 'compression: expected none, gzip, deflate, zstd or brotli, got "gzpi"'],
  [{ userAgnet: 'a' }, 'userAgnet: unknown option; did you mean userAgent?'],
];

for (const [options, message] of REJECTED) {
  test(`rejects an unsupported official option and names the alternative: ${message}`, () => {
    for (const Exporter of [OtlpTraceExporter, OtlpMetricExporter, OtlpLogExporter]) {
      assert.throws(() => new Exporter(options), new OptionError(message));
    }
  });
}
