import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { forEachDataPoint } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { httpCheck } from './http_check.ts';

receiverContract(httpCheck, { config: { targets: [{ endpoint: 'http://127.0.0.1:1' }] }, silent: true });

async function startServer(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function start(t: TestContext, config: Record<string, unknown>): Promise<ComponentBench> {
  const bench = await createComponentBench(httpCheck, { config: { initial_delay: '0s', ...config } });
  t.after(() => bench.close());
  await bench.start();
  await bench.clock.advance(0);
  return bench;
}

/** Waits for the first reading, and returns its points. */
async function reading(bench: ComponentBench) {
  while (bench.received.length === 0) await turn();
  const points: { name: string; value: number | bigint | undefined; attributes: Record<string, unknown> }[] = [];
  for (const part of bench.received[0]?.parts ?? [])
    forEachDataPoint(part, ({ value, attributes }, { name }) =>
      points.push({ name, value, attributes: Object.fromEntries(attributes) }),
    );
  return points;
}

test('reports the status by class, with the duration', async (t) => {
  const requests: IncomingMessage[] = [];
  const url = await startServer(t, (request, response) => {
    requests.push(request);
    response.writeHead(204).end();
  });
  const targets = [{ endpoints: [url], method: 'head', headers: { authorization: 'Bearer t' } }];
  const points = await reading(await start(t, { targets }));
  assert.equal(requests[0]?.method, 'HEAD');
  assert.equal(requests[0]?.headers.authorization, 'Bearer t');
  assert.deepEqual(
    points.map(({ name, value, attributes }) => [name, attributes['http.status_class'], value]),
    [
      ['httpcheck.duration', undefined, points[0]?.value],
      ...['1xx', '2xx', '3xx', '4xx', '5xx'].map((one) => ['httpcheck.status', one, one === '2xx' ? 1 : 0]),
    ],
  );
  const { 'http.status_class': _, ...rest } = points[1]?.attributes ?? {};
  assert.deepEqual(rest, { 'http.url': url, 'http.status_code': 204, 'http.method': 'HEAD' });
});

test('sends the body, and reads no body, however large', async (t) => {
  let received = '';
  const url = await startServer(t, async (request, response) => {
    for await (const chunk of request) received += chunk;
    response.writeHead(500, { 'content-length': '1000000000000' });
    response.write('x'.repeat(100_000));
  });
  const points = await reading(await start(t, { targets: [{ endpoint: url, method: 'POST', body: 'ping' }] }));
  assert.equal(received, 'ping');
  assert.equal(points.find(({ attributes }) => attributes['http.status_class'] === '5xx')?.value, 1);
});

test('follows redirects, but sends headers to no other server', async (t) => {
  const other: IncomingMessage[] = [];
  const elsewhere = await startServer(t, (request, response) => {
    other.push(request);
    response.writeHead(200).end();
  });
  const url = await startServer(t, (request, response) => {
    const location = request.url === '/' ? '/next' : elsewhere;
    response.writeHead(302, { location }).end();
  });
  const points = await reading(await start(t, { targets: [{ endpoint: url, headers: { 'x-token': 'secret' } }] }));
  assert.equal(points.find(({ attributes }) => attributes['http.status_class'] === '2xx')?.value, 1);
  assert.equal(other[0]?.headers['x-token'], undefined);
  const loop = await startServer(t, (_, response) => response.writeHead(302, { location: '/' }).end());
  const failed = await reading(await start(t, { targets: [{ endpoint: loop }] }));
  assert.match(String(failed[1]?.attributes['error.message']), /stopped after 10 redirects/);
});

test('reports errors and timeouts, and checks the other targets', async (t) => {
  const silent = await startServer(t, () => {});
  const targets = [{ endpoint: silent, timeout: '3s' }, { endpoint: 'http://127.0.0.1:1' }];
  const bench = await start(t, { targets });
  await bench.clock.advance(3000);
  const points = await reading(bench);
  const errors = points.filter(({ name }) => name === 'httpcheck.error');
  assert.deepEqual(
    errors.map(({ value }) => value),
    [1, 1],
  );
  assert.equal(errors[0]?.attributes['error.message'], 'no response after 3000 ms');
  assert.match(String(errors[1]?.attributes['error.message']), /ECONNREFUSED|bad port/);
  assert.ok(points.filter(({ name }) => name === 'httpcheck.status').every(({ value }) => value === 0));
});

test('rejects configurations that cannot work, naming the fields', async () => {
  const expected: [Record<string, unknown>, RegExp][] = [
    [{ targets: [] }, /targets: expected at least one target/],
    [{ targets: [{}] }, /endpoint: expected a URL, got nothing/],
    [{ targets: [{ endpoint: 'localhost' }] }, /endpoint: expected an http or https URL/],
    [{ targets: [{ endpoint: 'http://a', method: 'G T' }] }, /method: expected a method such as GET/],
    [{ targets: [{ endpoint: 'http://a', auth: { authenticator: 'missing' } }] }, /authenticator/],
  ];
  for (const [config, message] of expected) await assert.rejects(createComponentBench(httpCheck, { config }), message);
});
