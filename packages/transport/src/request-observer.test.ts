import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import { createGrpcClient } from './client/grpc.ts';
import { createHttpClient } from './client/http1/client.ts';
import type { ExportClient } from './contract.ts';
import { httpRequestAttributes, type ObserveRequest, type RequestAttributes } from './request-observer.ts';
import { createGrpcServer } from './server/grpc/server.ts';
import { createHttpServer } from './server/http1/server.ts';

type Create = (endpoint: string, observeRequest: ObserveRequest, timeoutMillis?: number) => ExportClient;

const http: Create = (endpoint, observeRequest, timeoutMillis = 10_000) =>
  createHttpClient({ endpoint: `http://${endpoint}`, observeRequest, timeoutMillis });
const grpc: Create = (endpoint, observeRequest, timeoutMillis = 10_000) =>
  createGrpcClient({ endpoint: `http://${endpoint}`, observeRequest, timeoutMillis });

/** Returns a function that collects attributes, and what it has collected. */
function collect(): { readonly observe: ObserveRequest; readonly all: RequestAttributes[] } {
  const all: RequestAttributes[] = [];
  return {
    all,
    observe(_metric, attributes, millis) {
      assert.ok(millis >= 0);
      all.push(attributes);
    },
  };
}

for (const [name, create, unreachable, timeout, canceled] of [
  ['HTTP', http, '_OTHER', 'timeout', '_OTHER'],
  ['gRPC', grpc, 'UNAVAILABLE', 'DEADLINE_EXCEEDED', 'CANCELLED'],
] as const) {
  test(`observes ${name} requests without a response, with the reason`, async (t) => {
    const handler = createRecordingHandler();
    const pending = Promise.withResolvers<never>();
    handler.response = () => pending.promise;
    const createServer = name === 'HTTP' ? createHttpServer : createGrpcServer;
    const server = await createServer({ endpoint: '127.0.0.1:0' }, handler);
    t.after(() => server.shutdown(0));
    const { all, observe } = collect();
    const run = async (endpoint: string, timeoutMillis?: number, signal?: AbortSignal) => {
      const client = create(endpoint, observe, timeoutMillis);
      await client.export('traces', [], signal === undefined ? {} : { signal });
      await client.shutdown();
    };
    await run('127.0.0.1:1');
    await run(server.address, 1);
    const abort = new AbortController();
    const arrived = handler.untilRequests(handler.requests.length + 1);
    const sent = run(server.address, undefined, abort.signal);
    await arrived;
    abort.abort();
    await sent;
    assert.deepEqual(
      all.map((attributes) => attributes['error.type']),
      [unreachable, timeout, canceled],
    );
  });
}

for (const [authority, isSecure, expected] of [
  ['example.com', false, { 'server.address': 'example.com' }],
  ['example.com:80', false, { 'server.address': 'example.com' }],
  ['example.com:443', true, { 'server.address': 'example.com' }],
  ['example.com:80', true, { 'server.address': 'example.com', 'server.port': 80 }],
  ['[::1]:4318', false, { 'server.address': '::1', 'server.port': 4318 }],
  ['a:b:c', false, { 'server.address': 'a:b:c' }],
  ['', false, { 'server.address': '' }],
] as const) {
  test(`splits the authority ${JSON.stringify(authority)} of a ${isSecure ? 'secure' : 'clear'} request`, () => {
    const attributes = httpRequestAttributes({ method: 'POST', isSecure, authority, version: '1.1', status: 200 });
    const { 'server.address': address, 'server.port': port } = attributes;
    assert.deepEqual({ 'server.address': address, ...(port === undefined ? {} : { 'server.port': port }) }, expected);
  });
}
