import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBasicClient, filterSpans, gzip, LoggerProvider, retries, TracerProvider } from '../../node.ts';
import { responseOutcome, startSink } from '../../sink.testing.ts';

test('spans and log records are sent in batches, with the resource and headers, and after processors', async (t) => {
  const sink = await startSink(t);
  const client = createBasicClient({
    endpoint: `${sink.url}/`,
    headers: { 'x-tenant': 'a' },
    resource: Promise.resolve({ 'service.name': 'shop' }),
    maxDelayMillis: 1,
  });
  const processors = [filterSpans((span) => span.name !== 'noise')];
  const provider = new TracerProvider({ client, processors });
  const logs = new LoggerProvider({ client, environment: {} });
  for (const name of ['a', 'noise', 'b']) provider.getTracer('page').startSpan(name).end();
  logs.getLogger('page').emit({ body: 'hello' });
  await sink.handler.untilRequests(2);
  assert.deepEqual(
    sink.spans().map(({ name }) => name),
    ['a', 'b'],
  );
  assert.deepEqual(sink.logs()[0]?.body, { stringValue: 'hello' });
  assert.match(JSON.stringify(sink.scopes()[0]?.resource), /"shop"/);
  assert.equal(sink.handler.requests[0]?.headers['x-tenant'], 'a');
  assert.deepEqual(await logs.shutdown(), { kind: 'flushed' });
  provider.getTracer('page').startSpan('c').end();
  assert.deepEqual(await provider.shutdown(), { kind: 'flushed' });
  assert.equal(sink.spans().at(-1)?.name, 'c');
  provider.getTracer('page').startSpan('late').end();
  assert.equal(client.lostItems, 1);
});

test('losses are counted and logged once: refused, unreachable and over the limit', async (t) => {
  const sink = await startSink(t);
  sink.handler.response = () => responseOutcome(400, 'bad');
  const lines: string[] = [];
  const log = (line: string) => lines.push(line);
  const client = createBasicClient({ endpoint: sink.url, log });
  const tracer = new TracerProvider({ client }).getTracer('page');
  tracer.startSpan('a').end();
  await client.flush();
  assert.equal(client.lostItems, 1);
  for (let i = 0; i < 3_000; i++) tracer.startSpan('b').end();
  assert.equal(client.lostItems, 1 + 3_000 - 2_048);
  await client.shutdown();
  assert.equal(client.lostItems, 3_001);
  assert.deepEqual(lines, ['otelier: lost 1 items: Error: HTTP status 400']);
  const unreachable = createBasicClient({ endpoint: 'http://127.0.0.1:1', log });
  new TracerProvider({ client: unreachable }).getTracer('page').startSpan('c').end();
  assert.deepEqual(await unreachable.shutdown(), { kind: 'flushed' });
  assert.equal(unreachable.lostItems, 1);
  assert.match(lines[1] ?? '', /lost 1 items: TypeError: fetch failed/);
});

test('a flush ends at its timeout', async (t) => {
  const sink = await startSink(t);
  const release = Promise.withResolvers<void>();
  sink.handler.response = async () => {
    await release.promise;
    return { kind: 'accepted' };
  };
  const client = createBasicClient({ endpoint: sink.url });
  new TracerProvider({ client }).getTracer('page').startSpan('a').end();
  assert.deepEqual(await client.flush(1), { kind: 'timed_out', pendingItems: 1 });
  release.resolve();
  assert.deepEqual(await client.shutdown(), { kind: 'flushed' });
});

test('requests are sent again after a retryable response, and compressed, if their functions are imported', async (t) => {
  const sink = await startSink(t);
  const outcomes = [503, 429, 200, 400, 503, 503, 503];
  sink.handler.response = () => {
    const status = outcomes.shift() ?? 200;
    return status === 200 ? { kind: 'accepted' } : responseOutcome(status, 'no');
  };
  const retry = retries({ attempts: 3, initialDelayMillis: 1, maxDelayMillis: 2 });
  const client = createBasicClient({ endpoint: sink.url, retry, compression: gzip, log: () => {} });
  const tracer = new TracerProvider({ client }).getTracer('page');
  for (const [name, lost, requests] of [
    ['again', 0, 3],
    ['bad', 1, 4],
    ['never', 2, 7],
  ] as const) {
    tracer.startSpan(name).end();
    await client.flush();
    assert.equal(client.lostItems, lost, name);
    assert.equal(sink.handler.requests.length, requests, name);
  }
  assert.equal(sink.handler.requests[0]?.headers['content-encoding'], 'gzip');
  assert.equal(sink.spans()[0]?.name, 'again');
  await client.shutdown();
  const unreachable = createBasicClient({ endpoint: 'http://127.0.0.1:1', retry, log: () => {} });
  new TracerProvider({ client: unreachable }).getTracer('page').startSpan('c').end();
  await unreachable.shutdown();
  assert.equal(unreachable.lostItems, 1);
});
