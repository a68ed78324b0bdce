import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';

import { createCertificates } from '@otelier/testkit/certificates';
import { createRecordingHandler, type RecordingHandler } from '@otelier/testkit/recording-handler';
import { createGrpcServer } from '@otelier/transport/grpc-server';
import { createHttpServer } from '@otelier/transport/http-server';
import type { ServerTlsOptions } from '@otelier/transport/tls';
import { listenToDiagnostics } from '../diagnostics.testing.ts';
import { type ClientOptions, createClient, log, metric, OtlpTraceExporter, span } from '../node.ts';
import { type Received, startWireSink, type WireSink } from './wire-sink.testing.ts';

type Variables = Readonly<Record<string, string>>;

const ITEMS = [span('a'), metric('b').sum(1), log('c')];

/** Sends an item of each signal and returns the received requests by signal. */
async function sendAll(environment: Variables, options: ClientOptions = {}) {
  const client = createClient({ retry: { maxElapsedMillis: 1 }, log: () => {}, ...options, environment });
  for (const item of ITEMS) client.record(item);
  const result = await client.flush();
  const { health } = client;
  await client.shutdown();
  return { result, health };
}

/** Returns received HTTP requests by the last segment of their path. */
async function receive(
  t: TestContext,
  environment: (sink: WireSink) => Variables,
  options?: (sink: WireSink) => ClientOptions,
) {
  const sink = await startWireSink(t);
  await sendAll(environment(sink), options?.(sink));
  const received = sink.received.toSorted((a, b) => (a.path ?? '').localeCompare(b.path ?? ''));
  return {
    paths: received.map(({ path }) => path),
    of: (path: string) => received.find((each) => each.path === path),
    received,
  };
}

test('OTEL_EXPORTER_OTLP_ENDPOINT is the base URL of all signals', async (t) => {
  const { paths } = await receive(t, ({ url }) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: `${url}/base/` }));
  assert.deepEqual(paths, ['/base/v1/logs', '/base/v1/metrics', '/base/v1/traces']);
});

for (const [signal, path] of [
  ['TRACES', '/v1/traces'],
  ['METRICS', '/v1/metrics'],
  ['LOGS', '/v1/logs'],
] as const) {
  const others = ['/v1/logs', '/v1/metrics', '/v1/traces'].filter((each) => each !== path);

  test(`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT is used unchanged`, async (t) => {
    const { paths } = await receive(t, ({ url }) => ({
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      [`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`]: `${url}/own?tenant=a`,
    }));
    assert.deepEqual(paths, ['/own?tenant=a', ...others]);
  });

  test(`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT without a path uses the root path`, async (t) => {
    const { paths } = await receive(t, ({ url }) => ({
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      [`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`]: url,
    }));
    assert.deepEqual(paths, ['/', ...others]);
  });

  const settings: readonly (readonly [
    key: string,
    general: string,
    own: string,
    shows: (received: Received) => unknown,
    seen: readonly [general: unknown, own: unknown],
  ])[] = [
    [
      'PROTOCOL',
      'http/protobuf',
      'HTTP/JSON',
      ({ headers }) => headers['content-type'],
      ['application/x-protobuf', 'application/json'],
    ],
    ['COMPRESSION', 'gzip', 'none', ({ headers }) => headers['content-encoding'], ['gzip', undefined]],
    [
      'HEADERS',
      'X-Tenant=a%20b,api=1',
      'x-tenant=c',
      ({ headers }) => [headers['x-tenant'], headers['api']],
      [
        ['a b', '1'],
        ['c', '1'],
      ],
    ],
  ];
  for (const [key, general, own, shows, seen] of settings) {
    test(`OTEL_EXPORTER_OTLP_${key} is for all signals, OTEL_EXPORTER_OTLP_${signal}_${key} for one`, async (t) => {
      const { of } = await receive(t, ({ url }) => ({
        OTEL_EXPORTER_OTLP_ENDPOINT: url,
        [`OTEL_EXPORTER_OTLP_${key}`]: general,
        [`OTEL_EXPORTER_OTLP_${signal}_${key}`]: own,
      }));
      const seenOf = (each: string) => shows(of(each) as Received);
      assert.deepEqual(seenOf(path), seen[1]);
      for (const other of others) assert.deepEqual(seenOf(other), seen[0]);
    });
  }

  test(`OTEL_EXPORTER_OTLP_TIMEOUT limits an attempt, OTEL_EXPORTER_OTLP_${signal}_TIMEOUT one of the signal; 0 means no limit`, async (t) => {
    const handler = createRecordingHandler();
    handler.response = () => new Promise((resolve) => setTimeout(() => resolve({ kind: 'accepted' }), 300));
    const server = await createHttpServer({ endpoint: '127.0.0.1:0' }, handler);
    t.after(() => server.shutdown(0));
    const { health } = await sendAll({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://${server.address}`,
      OTEL_EXPORTER_OTLP_TIMEOUT: '20',
      [`OTEL_EXPORTER_OTLP_${signal}_TIMEOUT`]: '0',
    });
    const sent = Object.entries(health).filter(([, { sentItems }]) => sentItems === 1);
    assert.deepEqual(
      sent.map(([name]) => name),
      [signal.toLowerCase()],
    );
  });
}

test('configures gRPC: protocol, endpoints, headers, compression', async (t) => {
  const [all, ofLogs] = [await startGrpc(t), await startGrpc(t)];
  await sendAll({
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://${all.address}`,
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `http://${ofLogs.address}`,
    OTEL_EXPORTER_OTLP_HEADERS: 'tenant=a',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
  });
  assert.deepEqual(signalsOf(all.handler), ['metrics', 'traces']);
  assert.deepEqual(signalsOf(ofLogs.handler), ['logs']);
  const { headers } = all.handler.requests[0] ?? {};
  assert.deepEqual([headers?.['tenant'], headers?.['grpc-encoding']], ['a', 'gzip']);
});

test('sends one signal over gRPC and the others over HTTP', async (t) => {
  const grpc = await startGrpc(t);
  const { paths } = await receive(t, ({ url }) => ({
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'grpc',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `http://${grpc.address}`,
  }));
  assert.deepEqual(paths, ['/v1/logs', '/v1/metrics']);
  assert.deepEqual(signalsOf(grpc.handler), ['traces']);
});

test('OTEL_EXPORTER_OTLP_INSECURE disables TLS for gRPC endpoints without a scheme', async (t) => {
  const grpc = await startGrpc(t);
  const environment = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_ENDPOINT: grpc.address };
  await sendAll(environment);
  assert.deepEqual(signalsOf(grpc.handler), []);
  await sendAll({ ...environment, OTEL_EXPORTER_OTLP_INSECURE: 'true', OTEL_EXPORTER_OTLP_LOGS_INSECURE: 'false' });
  assert.deepEqual(signalsOf(grpc.handler), ['metrics', 'traces']);
});

for (const protocol of ['http/protobuf', 'grpc'] as const) {
  test(`reads certificates from files: ${protocol}`, async (t) => {
    const files = await certificateFiles(t);
    const tls = { certFile: files.server.cert, keyFile: files.server.key, caFile: files.ca };
    const handler = createRecordingHandler();
    const start = protocol === 'grpc' ? createGrpcServer : createHttpServer;
    const server = await start({ endpoint: '127.0.0.1:0', tls }, handler);
    t.after(() => server.shutdown(0));
    const environment = {
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_ENDPOINT: `https://${server.address}`,
      OTEL_EXPORTER_OTLP_CERTIFICATE: files.ca,
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: files.client.cert,
      OTEL_EXPORTER_OTLP_CLIENT_KEY: files.client.key,
    };
    await sendAll({ ...environment, OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: files.otherCa });
    assert.deepEqual(signalsOf(handler), ['logs', 'metrics']);
    const otherClient = {
      OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE: files.otherClient.cert,
      OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY: files.otherClient.key,
    };
    await sendAll({ ...environment, ...otherClient });
    assert.deepEqual(signalsOf(handler), ['logs', 'logs', 'metrics', 'traces']);
  });
}

const GIVEN: readonly (readonly [
  what: string,
  variables: (sink: WireSink) => Variables,
  options: (sink: WireSink) => ClientOptions,
  paths: readonly string[],
])[] = [
  [
    'endpoint',
    ({ url }) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: `${url}/no`, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${url}/no` }),
    ({ url }) => ({ endpoint: `${url}/yes` }),
    ['/yes/v1/logs', '/yes/v1/metrics', '/yes/v1/traces'],
  ],
  [
    'signalEndpoints',
    ({ url }) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${url}/no` }),
    ({ url }) => ({ signalEndpoints: { traces: `${url}/yes` } }),
    ['/v1/logs', '/v1/metrics', '/yes'],
  ],
];
for (const [what, variables, options, expected] of GIVEN) {
  test(`options override variables: ${what}`, async (t) => {
    assert.deepEqual((await receive(t, variables, options)).paths, expected);
  });
}

test('options override variables: protocol, compression, timeout, and headers of the same name', async (t) => {
  const { received } = await receive(
    t,
    ({ url }) => ({
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'none',
      OTEL_EXPORTER_OTLP_TIMEOUT: '1',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=variable,other=variable',
    }),
    () => ({ protocol: 'http/json', compression: 'gzip', timeoutMillis: 5_000, headers: { 'X-Tenant': 'option' } }),
  );
  assert.equal(received.length, 3);
  for (const { headers, body } of received) {
    assert.deepEqual([headers['x-tenant'], headers['other']], ['option', 'variable']);
    assert.ok(JSON.parse(gunzipSync(body).toString()));
  }
});

test('protocols other than HTTP and gRPC ignore OTLP variables', () => {
  const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_EXPORTER_OTLP_HEADERS: 'a=b' };
  createClient({ protocol: 'udp', environment });
});

test('exporters read the variables of their signal', async (t) => {
  const sink = await startWireSink(t);
  const environment = {
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${sink.url}/own`,
    OTEL_EXPORTER_OTLP_HEADERS: 'a=1',
    OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'a=2',
  };
  const exporter = new OtlpTraceExporter({ environment });
  assert.equal(await new Promise((resolve) => exporter.export([], ({ code }) => resolve(code))), 0);
  await exporter.shutdown();
  assert.deepEqual(
    sink.received.map(({ path, headers }) => [path, headers['a']]),
    [['/own', '1']],
  );
});

const BAD: readonly (readonly [variables: Variables, warning: string])[] = [
  [
    { OTEL_EXPORTER_OTLP_PROTOCOL: 'thrift' },
    'OTEL_EXPORTER_OTLP_PROTOCOL: expected grpc, http/protobuf, http/json, got "thrift"; ignored',
  ],
  [
    { OTEL_EXPORTER_OTLP_LOGS_COMPRESSION: 'lz4' },
    'OTEL_EXPORTER_OTLP_LOGS_COMPRESSION: expected none, gzip, deflate, zstd, brotli, got "lz4"; ignored',
  ],
  [
    { OTEL_EXPORTER_OTLP_TIMEOUT: '10s' },
    'OTEL_EXPORTER_OTLP_TIMEOUT: expected a whole number from 0 to 86400000, got "10s"; ignored',
  ],
  [
    { OTEL_EXPORTER_OTLP_TIMEOUT: '-1' },
    'OTEL_EXPORTER_OTLP_TIMEOUT: expected a whole number from 0 to 86400000, got "-1"; ignored',
  ],
  [
    { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'localhost' },
    'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: expected an http or https URL, without user and password, got "localhost"; ignored',
  ],
  [
    { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://me:secret@host' },
    'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: expected an http or https URL, without user and password, got "http://…@host"; ignored',
  ],
  [
    { OTEL_EXPORTER_OTLP_HEADERS: 'secret,b=%zz,c d=secret,e=f' },
    'OTEL_EXPORTER_OTLP_HEADERS: member 1: expected name=value, member 2: expected a percent-encoded value (% itself is %25), member 3: expected a valid HTTP header; ignored',
  ],
];
for (const [variables, warning] of BAD) {
  test(`logs an invalid variable once and ignores it: ${Object.keys(variables)}`, async (t) => {
    const warnings = listenToDiagnostics(t);
    const { paths, received } = await receive(t, ({ url }) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: url, ...variables }));
    assert.deepEqual(warnings, [warning]);
    assert.deepEqual(paths, ['/v1/logs', '/v1/metrics', '/v1/traces']);
    assert.equal(received[0]?.headers['e'], 'OTEL_EXPORTER_OTLP_HEADERS' in variables ? 'f' : undefined);
  });
}

test('logs an invalid value of INSECURE and treats it as false', async (t) => {
  const warnings = listenToDiagnostics(t);
  const grpc = await startGrpc(t);
  await sendAll({
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_EXPORTER_OTLP_ENDPOINT: grpc.address,
    OTEL_EXPORTER_OTLP_INSECURE: 'yes',
  });
  assert.deepEqual(warnings, ['OTEL_EXPORTER_OTLP_INSECURE: expected true or false, got "yes"; using false']);
  assert.deepEqual(signalsOf(grpc.handler), []);
});

for (const names of [
  ['OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY'],
  ['OTEL_EXPORTER_OTLP_CERTIFICATE', 'OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE'],
]) {
  test(`logs and ignores invalid certificates: ${names}`, (t) => {
    const warnings = listenToDiagnostics(t);
    const files = Object.fromEntries(names.map((name) => [name, '/none.pem']));
    createClient({ environment: { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://127.0.0.1:1', ...files } });
    const start = `${names.join(', ')}: expected files with certificates and a key in PEM, got `;
    const warning = warnings.find((message) => message.startsWith(start));
    assert.match(warning ?? warnings.join(), /none\.pem.*; ignored$|only one of them; ignored$/);
  });
}

test('treats empty variables as unset', async (t) => {
  const warnings = listenToDiagnostics(t);
  const { paths, received } = await receive(t, ({ url }) => ({
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: '',
    OTEL_EXPORTER_OTLP_PROTOCOL: ' ',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    OTEL_EXPORTER_OTLP_LOGS_COMPRESSION: '',
    OTEL_EXPORTER_OTLP_TIMEOUT: '',
    OTEL_EXPORTER_OTLP_HEADERS: '',
    OTEL_EXPORTER_OTLP_CERTIFICATE: '',
  }));
  assert.deepEqual(paths, ['/v1/logs', '/v1/metrics', '/v1/traces']);
  assert.deepEqual(
    received.map(({ headers }) => headers['content-encoding']),
    ['gzip', 'gzip', 'gzip'],
  );
  assert.deepEqual(warnings, []);
});

async function startGrpc(
  t: TestContext,
  tls?: ServerTlsOptions,
): Promise<{ address: string; handler: RecordingHandler }> {
  const handler = createRecordingHandler();
  const server = await createGrpcServer({ endpoint: '127.0.0.1:0', ...(tls === undefined ? {} : { tls }) }, handler);
  t.after(() => server.shutdown(0));
  return { address: server.address, handler };
}

function signalsOf({ requests }: RecordingHandler): readonly string[] {
  return requests.map(({ signal }) => signal).toSorted();
}

async function certificateFiles(t: TestContext) {
  const { ca, server, client, otherCa, otherClient } = await createCertificates();
  const directory = await mkdtemp(join(tmpdir(), 'otelier-certificates-'));
  t.after(() => rm(directory, { recursive: true }));
  const write = async (name: string, text: string) => {
    await writeFile(join(directory, name), text);
    return join(directory, name);
  };
  const pair = async (name: string, { cert, key }: { cert: string; key: string }) => ({
    cert: await write(`${name}.pem`, cert),
    key: await write(`${name}.key`, key),
  });
  return {
    ca: await write('ca.pem', ca.cert),
    otherCa: await write('other-ca.pem', otherCa.cert),
    server: await pair('server', server),
    client: await pair('client', client),
    otherClient: await pair('otherClient', otherClient),
  };
}
