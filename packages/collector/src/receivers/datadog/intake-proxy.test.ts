import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { PathRequest } from '../../component/http/push-server.ts';
import { IntakeProxy } from './intake-proxy.ts';

interface Received {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Starts a server in the place of Datadog, which accepts the key `own`. */
async function startDatadog(t: TestContext, status = 202) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    received.push({ url: request.url ?? '', headers: request.headers, body });
    const isValid = request.headers['dd-api-key'] === 'own';
    response.writeHead(isValid ? status : 403, { 'content-type': 'application/json', location: 'http://127.0.0.1:1/' });
    response.end('{"status":"ok"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

function requestOf(body: string, contentLength: number | undefined = body.length): PathRequest {
  return {
    method: 'POST',
    path: '/intake/',
    query: 'api_key=of-the-agent',
    headers: { 'content-type': 'application/json', 'dd-api-key': 'of-the-agent', cookie: 'private' },
    contentType: 'application/json',
    contentEncoding: '',
    contentLength,
    readBody: async (limit) => (body.length > limit ? undefined : Buffer.from(body)),
  };
}

/** Memory for requests, which counts what is reserved. */
function memory() {
  const state = { reserved: 0 };
  const admit = (sizeBytes: number) => {
    state.reserved += sizeBytes;
    const release = () => {
      state.reserved -= sizeBytes;
    };
    return { grow: () => true, shrink: () => {}, release } as never;
  };
  return { state, admit };
}

test('forwards a description of a host with the configured key, and returns the response', async (t) => {
  const datadog = await startDatadog(t);
  const proxy = new IntakeProxy({ url: datadog.url, key: 'own', maxBytes: 1000 });
  const { state, admit } = memory();
  const response = await proxy.forward(requestOf('{"internalHostname":"web-1"}'), { admit });
  assert.deepEqual(response, {
    status: 202,
    message: '{"status":"ok"}',
    headers: { 'content-type': 'application/json' },
  });
  const [received] = datadog.received;
  assert.equal(received?.url, '/intake/?api_key=own');
  assert.equal(received?.body, '{"internalHostname":"web-1"}');
  assert.equal(received?.headers['dd-api-key'], 'own');
  assert.equal(received?.headers['content-type'], 'application/json');
  assert.equal(received?.headers.cookie, undefined);
  assert.equal(state.reserved, 0);
});

test('rejects large bodies, and reports an unreachable server without the key', async () => {
  const proxy = new IntakeProxy({ url: 'http://127.0.0.1:1', key: 'own-secret', maxBytes: 10 });
  const { state, admit } = memory();
  assert.equal((await proxy.forward(requestOf('x'.repeat(11)), { admit })).status, 413);
  assert.equal(
    (await proxy.forward({ ...requestOf('x'.repeat(11)), contentLength: undefined }, { admit })).status,
    413,
  );
  const { status, message } = await proxy.forward(requestOf('{}'), { admit });
  assert.equal(status, 502);
  assert.match(message, /^no response from http:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/);
  assert.doesNotMatch(message, /own-secret/);
  assert.equal(state.reserved, 0);
});

test('returns a redirect instead of following it', async (t) => {
  const datadog = await startDatadog(t, 302);
  const proxy = new IntakeProxy({ url: datadog.url, key: 'own', maxBytes: 1000 });
  assert.equal((await proxy.forward(requestOf('{}'), memory())).status, 302);
});

test('checks the key', async (t) => {
  const datadog = await startDatadog(t, 200);
  await new IntakeProxy({ url: datadog.url, key: 'own', maxBytes: 1000 }).checkKey();
  assert.equal(datadog.received[0]?.url, '/api/v1/validate');
  await assert.rejects(
    new IntakeProxy({ url: datadog.url, key: 'other', maxBytes: 1000 }).checkKey(),
    /^Error: intake\.proxy\.api\.key: expected a valid API key, http:.* responds 403$/,
  );
  await assert.rejects(
    new IntakeProxy({ url: 'http://127.0.0.1:1', key: 'own', maxBytes: 1000 }).checkKey(),
    /^Error: intake\.proxy\.api: no response from http/,
  );
});
