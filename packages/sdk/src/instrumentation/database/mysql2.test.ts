import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import mysql2 from 'mysql2';
import mysql2Promise from 'mysql2/promise';
import { startRecorder } from '../subject.testing.ts';
import { instrumentMysql2 } from './mysql2.ts';
import { startRecordedServer } from './recorded-server.testing.ts';

/** A packet has its length in three bytes, and a number. */
const framing = (bytes: Buffer) => (bytes.length < 4 ? undefined : 4 + bytes.readUIntLE(0, 3));

async function start(t: TestContext, connectionLimit = 1) {
  const port = await startRecordedServer(t, import.meta.filename, framing);
  const recorder = startRecorder(t);
  t.after(instrumentMysql2(mysql2, recorder.options));
  const address = { host: '127.0.0.1', port, user: 'root', database: 'test', multipleStatements: true };
  const pool = mysql2Promise.createPool({ ...address, connectionLimit });
  t.after(() => pool.end());
  await pool.query('drop table if exists users; create table users (id int primary key, name text)');
  return { ...recorder, address, port, pool };
}

test('a query has a client span with the attributes of the semantic conventions', async (t) => {
  const { pool, port, spans, points } = await start(t);
  await pool.query('insert into users values (?, "secret \' \\" one"), (2, ?)', [1, "b's"]);
  const [rows] = await pool.query<mysql2.RowDataPacket[]>("select * from users where id < 10 # and name = 'x'");
  assert.equal(rows.length, 2);
  const [, insert, select] = await spans(3);
  assert.equal(insert?.name, 'INSERT users');
  assert.equal(insert.attributes['db.query.text'], 'insert into users values (?)');
  assert.equal(insert.attributes['db.response.returned_rows'], undefined);
  assert.equal(select?.kind, SpanKind.CLIENT);
  assert.deepEqual(select.attributes, {
    'db.system.name': 'mysql',
    'db.namespace': 'test',
    'db.operation.name': 'SELECT',
    'db.collection.name': 'users',
    'db.query.summary': 'SELECT users',
    'db.query.text': 'select * from users where id < ?',
    'db.response.returned_rows': 2,
    'server.address': '127.0.0.1',
    'server.port': port,
  });
  const durations = await points('db.client.operation.duration');
  assert.deepEqual(
    durations.map(({ attributes }) => attributes['db.query.summary']),
    ['DROP TABLE users CREATE TABLE users', 'INSERT users', 'SELECT users'],
  );
});

test('an error has the number of MySQL and its SQLSTATE, through promises, callbacks and prepared statements', async (t) => {
  const { pool, spans } = await start(t);
  await assert.rejects(pool.query('select * from missing'), /doesn't exist/);
  await assert.rejects(pool.execute('insert into users values (?, ?), (1, 1)', [1, 'a']), /Duplicate entry/);
  await assert.rejects(pool.execute('selec 1'), /syntax/);
  await new Promise<void>((resolve) => {
    pool.pool.query('select 1 +', (error: Error | null) => {
      assert.match(error?.message ?? '', /syntax/);
      resolve();
    });
  });
  const [, ...failed] = await spans(5);
  assert.deepEqual(
    failed.map(({ attributes, status: { code } }) => [
      attributes['db.response.status_code'],
      attributes['error.type'],
      attributes['db.response.sqlstate'],
      code,
    ]),
    [
      ['1146', '42S02'],
      ['1062', '23000'],
      ['1064', '42000'],
      ['1064', '42000'],
    ].map(([number, state]) => [number, number, state, SpanStatusCode.ERROR]),
  );
  assert.equal(failed[0]?.events[0]?.name, 'exception');
});

test('a refused connection is an error with its code', async (t) => {
  const { spans, options } = { ...startRecorder(t) };
  t.after(instrumentMysql2(mysql2, options));
  const connection = mysql2.createConnection({ host: '127.0.0.1', port: 1 });
  connection.on('error', () => {});
  await new Promise((resolve) => connection.query('select 1', resolve));
  const [span] = await spans(1);
  assert.equal(span?.attributes['error.type'], 'ECONNREFUSED');
  assert.equal(span.attributes['db.response.status_code'], undefined);
  assert.equal(span.attributes['db.namespace'], undefined);
});

test('prepared statements have a span for each execution, and transactions for each statement', async (t) => {
  const { pool, spans } = await start(t);
  const connection = await pool.getConnection();
  await connection.beginTransaction();
  const statement = await connection.prepare('insert into users values (?, ?)');
  for (const id of [1, 2]) await statement.execute([id, `name ${id}`]);
  await connection.commit();
  const [rows] = await connection.execute<mysql2.RowDataPacket[]>('select id from users where id >= ? and 1 = 1', [1]);
  assert.deepEqual(rows, [{ id: 1 }, { id: 2 }]);
  connection.release();
  const [, ...all] = await spans(6);
  assert.deepEqual(
    all.map(({ attributes }) => [attributes['db.query.text'], attributes['db.response.returned_rows']]),
    [
      ['START TRANSACTION', undefined],
      ['insert into users values (?)', undefined],
      ['insert into users values (?)', undefined],
      ['COMMIT', undefined],
      ['select id from users where id >= ? and ? = ?', 2],
    ],
  );
});

test('several statements have one span, and a stream one that ends with its last row', async (t) => {
  const { pool, spans } = await start(t);
  await pool.query('insert into users values (1, 1), (2, 2), (3, 3); select * from users; select 1');
  const parent = trace.getTracer('application').startSpan('parent');
  const rows = await context.with(trace.setSpan(ROOT_CONTEXT, parent), async () => {
    const found: unknown[] = [];
    const stream = pool.pool.query('select id from users').stream();
    stream.on('data', () => found.push(trace.getActiveSpan()));
    await new Promise((resolve, reject) => stream.on('end', resolve).on('error', reject));
    return found;
  });
  assert.deepEqual(rows, [parent, parent, parent]);
  const [, several, stream] = await spans(3);
  assert.equal(several?.name, 'INSERT users SELECT users SELECT');
  assert.equal(several.attributes['db.operation.name'], undefined);
  assert.equal(several.attributes['db.response.returned_rows'], 4);
  assert.equal(stream?.attributes['db.response.returned_rows'], 3);
  assert.equal(stream.parentSpanContext?.spanId, parent.spanContext().spanId);
});

test('queries that wait for a connection keep their contexts, also in callbacks', async (t) => {
  const { pool, spans } = await start(t);
  const tracer = trace.getTracer('application');
  await Promise.all(
    Array.from({ length: 6 }, (_, i) => {
      const parent = tracer.startSpan(`parent ${i}`);
      return context.with(
        trace.setSpan(ROOT_CONTEXT, parent),
        () =>
          new Promise<void>((resolve) => {
            const run = i % 2 === 0 ? pool.pool.query.bind(pool.pool) : pool.pool.execute.bind(pool.pool);
            run(`select 1 as c${i}`, () => {
              tracer.startSpan(`after c${i}`).end();
              parent.end();
              resolve();
            });
          }),
      );
    }),
  );
  const all = await spans(19);
  const named = new Map(all.map((span) => [span.name, span]));
  for (let i = 0; i < 6; i++) {
    const parent = named.get(`parent ${i}`)?.spanContext().spanId;
    assert.equal(named.get(`after c${i}`)?.parentSpanContext?.spanId, parent);
    const query = all.find(({ attributes }) => attributes['db.query.text'] === `select ? as c${i}`);
    assert.equal(query?.parentSpanContext?.spanId, parent);
  }
});

test('pools of a cluster are measured, and their queries have spans', async (t) => {
  const { address, port, points, spans } = await start(t);
  const cluster = mysql2.createPoolCluster();
  cluster.add('replica', { ...address, connectionLimit: 3 });
  t.after(() => new Promise((resolve) => cluster.end(resolve)));
  const connection = await new Promise<mysql2.PoolConnection>((resolve, reject) => {
    cluster.getConnection((error, found) => (error ? reject(error) : resolve(found)));
  });
  await new Promise((resolve) => connection.query('select 1', resolve));
  const of = async (metric: string) =>
    (await points(metric))
      .filter(({ attributes }) => attributes['db.client.connection.pool.name'] === `127.0.0.1:${port}/test`)
      .map(({ attributes, value }) => [attributes['db.client.connection.state'], value]);
  // That of the other tests is before the one of the cluster.
  assert.deepEqual((await of('db.client.connection.max')).at(-1), [undefined, 3]);
  assert.deepEqual((await of('db.client.connection.count')).slice(-2), [
    ['idle', 0],
    ['used', 1],
  ]);
  assert.deepEqual((await of('db.client.connection.pending_requests')).at(-1), [undefined, 0]);
  assert.partialDeepStrictEqual((await points('db.client.connection.wait_time'))[0], { value: { count: 2 } });
  connection.release();
  assert.equal((await spans(2)).at(-1)?.name, 'SELECT');
});
