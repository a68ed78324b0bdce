import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type ClientHttp2Session, connect } from 'node:http2';
import { get } from 'node:https';
import { type TestContext, test } from 'node:test';
import { createCertificates } from '@otelier/testkit/certificates';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { extensionContract } from '@otelier/testkit/component-contract';
import type { ComponentContext } from '../component/contract.ts';
import { defineExtension } from '../component/define.ts';
import { z } from '../component/schema.ts';
import { healthCheckV2 } from './health_check_v2.ts';

const V2 = {
  use_v2: true,
  http: { endpoint: '127.0.0.1:0', config: { enabled: true } },
  grpc: { endpoint: '127.0.0.1:0' },
};

extensionContract(healthCheckV2, { config: V2 });

/** An extension whose status a test reports. */
function reporting() {
  const contexts: ComponentContext[] = [];
  const definition = defineExtension({
    summary: 'For tests: reports a status.',
    stability: 'development',
    config: z.object({}),
    examples: [],
    create(_, context) {
      contexts.push(context);
      return {};
    },
  });
  return {
    definition,
    report: (...args: Parameters<ComponentContext['reportStatus']>) => contexts[0]?.reportStatus(...args),
  };
}

async function started(t: TestContext, config: object = {}) {
  const { definition, report } = reporting();
  const bench = await createComponentBench(healthCheckV2, {
    config: { ...V2, ...config },
    extensions: { reporting: { definition, config: {} } },
    startMillis: Date.parse('2026-01-01T00:00:00Z'),
  });
  t.after(() => bench.close());
  await bench.start();
  const address = (msg: string) => String(bench.logs.find((line) => line['msg'] === msg)?.['address']);
  const url = `http://${address('health check listening')}`;
  const get = async (path: string) => {
    const response = await fetch(`${url}${path}`);
    const text = await response.text();
    return { code: response.status, body: text === '' ? undefined : JSON.parse(text) };
  };
  const session = connect(`http://${address('gRPC health check listening')}`);
  t.after(() => session.destroy());
  return { bench, report, get, session };
}

/** Calls a method of the health service. Returns the status in the response and that of gRPC. */
async function call(session: ClientHttp2Session, service: string, method = 'Check') {
  const stream = session.request({ ':method': 'POST', ':path': `/grpc.health.v1.Health/${method}`, te: 'trailers' });
  const name = Buffer.from(service);
  const message = name.length === 0 ? name : Buffer.concat([Buffer.of(10, name.length), name]);
  stream.end(Buffer.concat([Buffer.of(0, 0, 0, 0, message.length), message]));
  const chunks: Buffer[] = [];
  let status: unknown;
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('response', (headers) => (status = headers['grpc-status']));
  stream.on('trailers', (headers) => (status = headers['grpc-status']));
  await once(stream, 'close');
  return { status: Number(status), serving: Buffer.concat(chunks)[6] };
}

test('serves the status of the process, with all components when asked', async (t) => {
  const { get } = await started(t);
  const { code, body } = await get('/status');
  assert.equal(code, 200);
  assert.deepEqual([body.healthy, body.status, body.start_time], [true, 'StatusOK', '2026-01-01T00:00:00.000Z']);
  assert.equal(body.components, undefined);
  const { body: all } = await get('/status?verbose');
  assert.equal(all.components.extensions.components['extension:reporting'].status, 'StatusOK');
  const [pipeline = ''] = Object.keys(all.components).filter((name) => name.startsWith('pipeline:'));
  assert.equal((await get(`/status?pipeline=${pipeline.slice('pipeline:'.length)}`)).body.status, 'StatusOK');
  assert.equal((await get('/status?pipeline=none')).code, 404);
  assert.equal((await get('/')).code, 404);
});

test('shows errors, which are healthy by default', async (t) => {
  const { get, report, session } = await started(t);
  report('retrying, 503');
  const { code, body } = await get('/status?verbose');
  assert.deepEqual(
    [code, body.healthy, body.status, body.error],
    [200, true, 'StatusRecoverableError', 'retrying, 503'],
  );
  report('no such table', 'permanent');
  const permanent = await get('/status');
  assert.deepEqual([permanent.code, permanent.body.status], [200, 'StatusPermanentError']);
  assert.equal((await call(session, '')).serving, 1);
  report(undefined);
  assert.equal((await get('/status')).body.status, 'StatusOK');
});

test('is unhealthy when a recoverable error lasts too long, and healthy again after it', async (t) => {
  const componentHealth = { include_recoverable_errors: true, recovery_duration: '1m' };
  const { bench, get, report, session } = await started(t, { component_health: componentHealth });
  report('retrying, 503');
  await bench.clock.advance(59_000);
  assert.equal((await get('/status')).code, 200);
  report('retrying, 502');
  await bench.clock.advance(2_000);
  const { code, body } = await get('/status');
  assert.deepEqual([code, body.healthy, body.error], [500, false, 'retrying, 502']);
  assert.deepEqual(await call(session, ''), { status: 0, serving: 2 });
  assert.deepEqual(await call(session, 'extensions'), { status: 0, serving: 2 });
  report(undefined);
  assert.equal((await get('/status')).code, 200);
  assert.equal((await call(session, '')).serving, 1);
});

test('is unhealthy with a permanent error if configured', async (t) => {
  const { get, report } = await started(t, { component_health: { include_permanent_errors: true } });
  report('no such table', 'permanent');
  assert.equal((await get('/status')).code, 500);
});

test('is not available while it stops', async (t) => {
  const { bench, get } = await started(t);
  await bench.service.drain();
  assert.equal((await get('/status')).code, 503);
});

test('gRPC: unknown services and methods have their statuses, and watchers are told of changes', async (t) => {
  const { bench, report, session } = await started(t, { component_health: { include_permanent_errors: true } });
  assert.equal((await call(session, 'none')).status, 5);
  assert.equal((await call(session, '', 'Else')).status, 12);
  const stream = session.request({ ':method': 'POST', ':path': '/grpc.health.v1.Health/Watch', te: 'trailers' });
  const statuses: number[] = [];
  stream.on('data', (chunk: Buffer) => statuses.push(chunk[6] ?? 0));
  stream.end(Buffer.of(0, 0, 0, 0, 0));
  const until = async (count: number) => {
    while (statuses.length < count) await new Promise(setImmediate);
  };
  await until(1);
  report('broken', 'permanent');
  await bench.clock.advance(300);
  await until(2);
  report(undefined);
  await bench.clock.advance(300);
  await until(3);
  assert.deepEqual(statuses, [1, 2, 1]);
});

test('gRPC: hostile requests are refused, and the service goes on', async (t) => {
  const { session } = await started(t);
  for (const body of [
    Buffer.alloc(0),
    Buffer.from([1, 0, 0, 0, 0]),
    Buffer.from([0, 0, 0, 0, 9, 1]),
    Buffer.alloc(9000),
  ]) {
    const stream = session.request({ ':method': 'POST', ':path': '/grpc.health.v1.Health/Check' });
    stream.on('error', () => {});
    stream.end(body);
    stream.resume();
    await once(stream, 'close');
  }
  assert.equal((await call(session, '')).serving, 1);
});

test('without use_v2, it is a health_check', async (t) => {
  const bench = await createComponentBench(healthCheckV2, { config: { endpoint: '127.0.0.1:0' } });
  t.after(() => bench.close());
  await bench.start();
  const address = bench.logs.find(({ msg }) => msg === 'health check listening')?.['address'];
  assert.equal(((await (await fetch(`http://${address}/`)).json()) as { status: string }).status, 'Server available');
});

test('refuses use_v2 without a service', async () => {
  await assert.rejects(
    createComponentBench(healthCheckV2, { config: { use_v2: true } }),
    /expected http or grpc with use_v2/,
  );
});

test('serves both services with TLS, and asks for client certificates', async (t) => {
  const { ca, server, client, otherClient } = await createCertificates();
  const tls = { cert_pem: server.cert, key_pem: server.key };
  const bench = await createComponentBench(healthCheckV2, {
    config: {
      use_v2: true,
      http: { endpoint: '127.0.0.1:0', tls },
      grpc: { endpoint: '127.0.0.1:0', tls: { ...tls, ca_pem: ca.cert } },
    },
  });
  t.after(() => bench.close());
  await bench.start();
  const address = (msg: string) => String(bench.logs.find((line) => line['msg'] === msg)?.['address']);
  const [response] = (await once(
    get(`https://${address('health check listening')}/status`, { ca: ca.cert }),
    'response',
  )) as [IncomingMessage];
  assert.equal(response.statusCode, 200);
  response.resume();
  const url = `https://${address('gRPC health check listening')}`;
  const session = connect(url, { ca: ca.cert, cert: client.cert, key: client.key });
  t.after(() => session.destroy());
  assert.deepEqual(await call(session, ''), { status: 0, serving: 1 });
  for (const refused of [{}, { cert: otherClient.cert, key: otherClient.key }]) {
    const other = connect(url, { ca: ca.cert, ...refused });
    other.on('error', () => {});
    const reply = await call(other, '').catch(() => undefined);
    assert.equal(reply?.serving, undefined);
    other.destroy();
  }
});

test('reports files of TLS that are missing before the start', async () => {
  const config = {
    ...V2,
    http: { endpoint: '127.0.0.1:0', tls: { cert_file: '/absent.pem', key_file: '/absent.pem' } },
  };
  await assert.rejects(createComponentBench(healthCheckV2, { config }), /http.*absent\.pem/s);
});
