import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import ioredis, { Redis } from 'ioredis';
import { startRecorder } from '../subject.testing.ts';
import { instrumentIoredis } from './ioredis.ts';
import { startRecordedServer } from './recorded-server.testing.ts';
import { framing } from './redis-framing.testing.ts';
import type { DatabaseOptions } from './telemetry/database-options.ts';

async function start(t: TestContext, more: DatabaseOptions = {}) {
  const port = await startRecordedServer(t, import.meta.filename, framing);
  const recorder = startRecorder(t);
  const connect = () => {
    const redis = new Redis(port, '127.0.0.1');
    t.after(() => redis.disconnect());
    return redis;
  };
  const cleaner = connect();
  await cleaner.flushall();
  t.after(instrumentIoredis(ioredis, { ...recorder.options, ...more }));
  return { ...recorder, port, connect, redis: connect() };
}

test('a command has a client span without its arguments, also if it waits for the connection', async (t) => {
  const { redis, port, spans, points } = await start(t);
  const parent = trace.getTracer('application').startSpan('parent');
  await context.with(trace.setSpan(ROOT_CONTEXT, parent), async () => {
    assert.equal(await redis.set('secret key', 'secret value'), 'OK');
    assert.equal(await redis.get('secret key'), 'secret value');
  });
  const all = await spans(2);
  const expected = (name: string) => ({
    'db.system.name': 'redis',
    'db.namespace': '0',
    'db.operation.name': name,
    'db.query.text': `${name} ?`,
    'server.address': '127.0.0.1',
    'server.port': port,
    'network.peer.address': '127.0.0.1',
    'network.peer.port': port,
  });
  assert.deepEqual(
    all.map(({ name, kind, attributes, parentSpanContext }) => ({
      name,
      kind,
      attributes,
      id: parentSpanContext?.spanId,
    })),
    ['SET', 'GET'].map((name) => ({
      name: `${name} 0`,
      kind: SpanKind.CLIENT,
      attributes: expected(name),
      id: parent.spanContext().spanId,
    })),
  );
  const durations = await points('db.client.operation.duration');
  assert.deepEqual(
    durations.map(({ attributes }) => attributes['db.operation.name']),
    ['SET', 'GET'],
  );
});

test('an error has the prefix of Redis, and its message no arguments', async (t) => {
  const { redis, spans } = await start(t);
  await redis.rpush('list', 'a');
  await assert.rejects(redis.get('list'), /WRONGTYPE/);
  await assert.rejects(redis.call('secret-command', 'secret argument'), /unknown command/);
  await new Promise<void>((resolve) => {
    redis.incrby('list', 'x', (error) => {
      assert.match(error?.message ?? '', /not an integer|WRONGTYPE/);
      resolve();
    });
  });
  const [, ...failed] = await spans(4);
  assert.deepEqual(
    failed.map(({ attributes, status: { code } }) => [
      attributes['db.response.status_code'],
      attributes['error.type'],
      code,
    ]),
    ['WRONGTYPE', 'ERR', 'ERR'].map((prefix) => [prefix, prefix, SpanStatusCode.ERROR]),
  );
  assert.doesNotMatch(JSON.stringify(failed.map(({ events, status }) => [events, status])), /secret argument/);
});

test('a pipeline and a transaction have one span each, with the number of their commands', async (t) => {
  const { redis, spans } = await start(t);
  await redis.pipeline().set('a', 1).get('a').get('b').exec();
  await redis
    .pipeline([
      ['get', 'a'],
      ['get', 'b'],
    ])
    .exec();
  assert.equal((await redis.multi().incr('a').incr('a').exec())?.length, 2);
  await redis.pipeline().get('a').exec();
  await redis.multi({ pipeline: false });
  await redis.set('a', 2);
  await redis.exec();
  const results = await redis.pipeline().rpush('a', 'x').get('a').exec();
  assert.match(String(results?.[0]?.[0]), /WRONGTYPE/);
  const all = await spans(8);
  assert.deepEqual(
    all.map(({ name, attributes, status: { code } }) => [
      name,
      attributes['db.query.text'],
      attributes['db.operation.batch.size'],
      code,
    ]),
    [
      ['PIPELINE 0', 'SET ?; GET ?', 3, SpanStatusCode.UNSET],
      ['PIPELINE GET 0', 'GET ?', 2, SpanStatusCode.UNSET],
      ['MULTI INCR 0', 'INCR ?', 2, SpanStatusCode.UNSET],
      ['GET 0', 'GET ?', undefined, SpanStatusCode.UNSET],
      ['MULTI 0', 'MULTI', undefined, SpanStatusCode.UNSET],
      ['SET 0', 'SET ?', undefined, SpanStatusCode.UNSET],
      ['EXEC 0', 'EXEC', undefined, SpanStatusCode.UNSET],
      ['PIPELINE 0', 'RPUSH ?; GET ?', 2, SpanStatusCode.ERROR],
    ],
  );
});

test('a script has its SHA-1, and arguments are recorded on request except secrets', async (t) => {
  const { redis, spans } = await start(t, { literals: true });
  await redis.set('key', 'value', 'EX', 10);
  redis.defineCommand('double', { numberOfKeys: 1, lua: 'return redis.call("GET", KEYS[1]) .. ARGV[1]' });
  assert.equal(await (redis as unknown as { double(...args: string[]): Promise<string> }).double('key', '!'), 'value!');
  await assert.rejects(redis.auth('secret'));
  const [set, script, auth] = await spans(3);
  assert.equal(set?.attributes['db.query.text'], 'SET key value EX 10');
  assert.equal(script?.attributes['db.operation.name'], 'EVALSHA');
  assert.match(String(script.attributes['db.stored_procedure.name']), /^[\da-f]{40}$/);
  assert.equal(auth?.attributes['db.query.text'], 'AUTH ?');
});

test('subscriptions and blocking commands have spans', async (t) => {
  const { redis, connect, spans } = await start(t);
  const subscriber = connect();
  const message = new Promise((resolve) => subscriber.once('message', (_, text) => resolve(text)));
  await subscriber.subscribe('news');
  const popped = redis.blpop('queue', 5);
  const publisher = connect();
  await publisher.publish('news', 'hello');
  assert.equal(await message, 'hello');
  await publisher.rpush('queue', 'job');
  assert.deepEqual(await popped, ['queue', 'job']);
  const names = (await spans(4)).map(({ name }) => name);
  assert.deepEqual(names.toSorted(), ['BLPOP 0', 'PUBLISH 0', 'RPUSH 0', 'SUBSCRIBE 0']);
});

test('a command of a cluster has one span with the address of the node', async (t) => {
  const { port, spans } = await start(t);
  const cluster = new ioredis.Cluster([{ host: '127.0.0.1', port }], { natMap: () => ({ host: '127.0.0.1', port }) });
  t.after(() => cluster.disconnect());
  await cluster.set('a', 1);
  await cluster.pipeline().get('a').incr('a').exec();
  const [set, pipeline] = await spans(2);
  assert.equal(set?.name, 'SET');
  assert.equal(set.attributes['network.peer.port'], port);
  assert.equal(pipeline?.attributes['db.operation.batch.size'], 2);
});
