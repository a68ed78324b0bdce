import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import mongodb, { MongoClient, type MongoClientOptions } from 'mongodb';
import { startRecorder } from '../subject.testing.ts';
import { instrumentMongodb } from './mongodb.ts';
import { startRecordedServer } from './recorded-server.testing.ts';
import type { DatabaseOptions } from './telemetry/database-options.ts';

/** A message starts with its length. */
const framing = (bytes: Buffer) => (bytes.length < 4 ? undefined : bytes.readInt32LE(0));

async function start(t: TestContext, more: DatabaseOptions = {}, clientOptions: MongoClientOptions = {}) {
  const port = await startRecordedServer(t, import.meta.filename, framing);
  const recorder = startRecorder(t);
  t.after(instrumentMongodb(mongodb, { ...recorder.options, ...more }));
  const client = new MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`, {
    ...clientOptions,
    maxPoolSize: 1,
    serverSelectionTimeoutMS: 5_000,
  });
  t.after(() => client.close());
  const users = client.db('shop').collection<{ _id: number; name: string }>('users');
  await users.deleteMany({});
  return { ...recorder, port, client, users };
}

test('a command has a client span with the attributes of the semantic conventions', async (t) => {
  const { users, port, spans, points } = await start(t);
  await users.insertMany([
    { _id: 1, name: 'secret a' },
    { _id: 2, name: 'secret b' },
  ]);
  await users.updateOne({ name: 'secret a' }, { $set: { name: 'secret c' } });
  const found = await users.find({ name: { $in: ['secret b', 'secret c'] }, _id: { $lt: 10 } }).toArray();
  assert.equal(found.length, 2);
  const [, insert, update, find] = await spans(4);
  assert.equal(insert?.name, 'insert users');
  assert.equal(insert.attributes['db.operation.batch.size'], 2);
  assert.equal(
    insert.attributes['db.query.text'],
    '{"insert": "users", "documents": [{"_id": ?, "name": ?}], "ordered": ?}',
  );
  assert.equal(
    update?.attributes['db.query.text'],
    '{"update": "users", "updates": [{"q": {"name": ?}, "u": {"$set": {"name": ?}}}], "ordered": ?}',
  );
  assert.equal(find?.kind, SpanKind.CLIENT);
  assert.deepEqual(find.attributes, {
    'db.system.name': 'mongodb',
    'db.namespace': 'shop',
    'db.operation.name': 'find',
    'db.collection.name': 'users',
    'db.query.text': '{"find": "users", "filter": {"name": {"$in": [?]}, "_id": {"$lt": ?}}}',
    'db.response.returned_rows': 2,
    'server.address': '127.0.0.1',
    'server.port': port,
  });
  const durations = await points('db.client.operation.duration');
  assert.deepEqual(
    durations.map(({ attributes }) => attributes['db.operation.name']),
    ['delete', 'insert', 'update', 'find'],
  );
});

test('a cursor has a span for each batch, and a bulk write for each kind of command', async (t) => {
  const { users, spans } = await start(t);
  await users.bulkWrite([
    { insertOne: { document: { _id: 1, name: 'a' } } },
    { insertOne: { document: { _id: 2, name: 'b' } } },
    { insertOne: { document: { _id: 3, name: 'c' } } },
    { deleteOne: { filter: { _id: 3 } } },
    { insertOne: { document: { _id: 3, name: 'd' } } },
  ]);
  const parent = trace.getTracer('application').startSpan('parent');
  await context.with(trace.setSpan(ROOT_CONTEXT, parent), async () => {
    for await (const { name } of users.find({}, { batchSize: 2 })) assert.ok(name);
  });
  const [, ...all] = await spans(6);
  assert.deepEqual(
    all.map(({ name, attributes, parentSpanContext }) => [
      name,
      attributes['db.operation.batch.size'],
      attributes['db.response.returned_rows'],
      parentSpanContext?.spanId,
    ]),
    [
      ['insert users', 3, undefined, undefined],
      ['delete users', undefined, undefined, undefined],
      ['insert users', undefined, undefined, undefined],
      ['find users', undefined, 2, parent.spanContext().spanId],
      ['getMore users', undefined, 1, parent.spanContext().spanId],
    ],
  );
});

test('an error has the code of MongoDB, also if only a write has failed', async (t) => {
  const { client, users, spans } = await start(t);
  await users.insertOne({ _id: 1, name: 'a' });
  await assert.rejects(users.insertOne({ _id: 1, name: 'secret' }), /E11000|duplicate/);
  await assert.rejects(users.find({ name: { $unknown: 1 } as never }).toArray());
  await assert.rejects(client.db('shop').command({ noSuchCommand: 'secret' }));
  const [, , ...failed] = await spans(5);
  assert.deepEqual(
    failed.map(({ name, attributes, status: { code } }) => [
      name,
      attributes['db.response.status_code'],
      attributes['error.type'],
      code,
    ]),
    [
      ['insert users', '11000'],
      ['find users', '2'],
      ['noSuchCommand secret', '59'],
    ].map(([name, code]) => [name, code, code, SpanStatusCode.ERROR]),
  );
  assert.equal(failed[0]?.events[0]?.name, 'exception');
});

test('operations that wait for a connection keep their contexts, and repeated ones are an event', async (t) => {
  const { users, spans } = await start(t, { repeatedQueries: 2 });
  const tracer = trace.getTracer('application');
  await Promise.all(
    [1, 2, 3].map(async (i) => {
      const parent = tracer.startSpan(`parent ${i}`);
      await context.with(trace.setSpan(ROOT_CONTEXT, parent), async () => {
        for (let id = 0; id < i; id++) await users.findOne({ _id: id });
      });
      parent.end();
    }),
  );
  const all = await spans(10);
  for (const i of [1, 2, 3]) {
    const parent = all.find(({ name }) => name === `parent ${i}`);
    const id = parent?.spanContext().spanId;
    assert.equal(all.filter(({ parentSpanContext }) => parentSpanContext?.spanId === id).length, i);
    assert.deepEqual(
      parent?.events.map(({ name, attributes }) => [name, attributes?.['db.query.count']]),
      i === 3 ? [['db.client.repeated_query', 3]] : [],
    );
  }
});

test('the connections of a pool are measured', async (t) => {
  const { client, port, points } = await start(t);
  const of = async (metric: string) =>
    (await points(metric)).map(({ attributes, value }) => [attributes['db.client.connection.state'], value]);
  assert.deepEqual(await of('db.client.connection.count'), [
    ['idle', 1],
    ['used', 0],
  ]);
  assert.deepEqual(await of('db.client.connection.max'), [[undefined, 1]]);
  assert.deepEqual(await of('db.client.connection.pending_requests'), [[undefined, 0]]);
  assert.partialDeepStrictEqual((await points('db.client.connection.wait_time'))[0], {
    attributes: { 'db.client.connection.pool.name': `127.0.0.1:${port}` },
    value: { count: 1 },
  });
  await client.close();
  assert.deepEqual(await of('db.client.connection.count'), [
    ['idle', 0],
    ['used', 0],
  ]);
});

test('literals are recorded on request', async (t) => {
  const { users, spans } = await start(t, { literals: true });
  await users.findOne({ name: 'visible' });
  const [, find] = await spans(2);
  assert.match(String(find?.attributes['db.query.text']), /"filter": \{"name":"visible"\}/);
});
