import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import pg from 'pg';
import { startRecorder } from '../subject.testing.ts';
import { instrumentPg } from './pg.ts';

/** The port of a real server, or undefined for PostgreSQL compiled to WebAssembly. */
const real = process.env['RECORD_SERVER'];
const database = real === undefined ? await PGlite.create() : undefined;
const server = database && new PGLiteSocketServer({ db: database, port: 0, host: '127.0.0.1', maxConnections: 10 });
await server?.start();
const port = Number(real ?? server?.getServerConn().split(':')[1]);
const address = { host: '127.0.0.1', port, user: process.env['PGUSER'] ?? 'postgres', database: 'postgres' };
const setup = new pg.Client(address);
await setup.connect();
await setup.query('drop table if exists users; create table users (id int primary key, name text)');
await setup.end();

after(async () => {
  await server?.stop();
  await database?.close();
});

function start(t: TestContext) {
  const recorder = startRecorder(t);
  t.after(instrumentPg(pg, recorder.options));
  const pool = new pg.Pool({ ...address, max: 1 });
  t.after(() => pool.end());
  return { ...recorder, pool };
}

test('a query has a client span with the attributes of the semantic conventions', async (t) => {
  const { pool, spans, points } = start(t);
  await pool.query("insert into users values ($1, 'secret'), (2, $2)", [1, 'b']);
  const { rows } = await pool.query('select * from users where id < 10');
  assert.equal(rows.length, 2);
  const [insert, select] = await spans(2);
  assert.equal(insert?.name, 'INSERT users');
  assert.equal(insert.attributes['db.query.text'], 'insert into users values ($1)');
  assert.equal(select?.kind, SpanKind.CLIENT);
  assert.deepEqual(select.attributes, {
    'db.system.name': 'postgresql',
    'db.namespace': 'postgres',
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
    ['INSERT users', 'SELECT users'],
  );
});

test('an error has its SQLSTATE, through a promise and through a callback', async (t) => {
  const { pool, spans } = start(t);
  await assert.rejects(pool.query('select * from missing'), /does not exist/);
  await new Promise<void>((resolve) => {
    pool.query('select 1/0', (error: Error) => {
      assert.match(error.message, /division by zero/);
      resolve();
    });
  });
  const all = await spans(2);
  assert.deepEqual(
    all.map(({ attributes, status: { code } }) => [
      attributes['db.response.status_code'],
      attributes['error.type'],
      code,
    ]),
    ['42P01', '22012'].map((state) => [state, state, SpanStatusCode.ERROR]),
  );
});

test('queries that wait for a connection keep their contexts, also in callbacks', async (t) => {
  const { pool, spans } = start(t);
  const tracer = trace.getTracer('application');
  await Promise.all(
    Array.from({ length: 6 }, (_, i) => {
      const parent = tracer.startSpan(`parent ${i}`);
      return context.with(
        trace.setSpan(ROOT_CONTEXT, parent),
        () =>
          new Promise<void>((resolve) => {
            pool.query(`select 1 as c${i}`, () => {
              tracer.startSpan(`after c${i}`).end();
              parent.end();
              resolve();
            });
          }),
      );
    }),
  );
  const all = await spans(18);
  const named = new Map(all.map((span) => [span.name, span]));
  for (let i = 0; i < 6; i++) {
    const parent = named.get(`parent ${i}`)?.spanContext().spanId;
    assert.equal(named.get(`after c${i}`)?.parentSpanContext?.spanId, parent);
    const query = all.find(({ attributes }) => attributes['db.query.text'] === `select ? as c${i}`);
    assert.equal(query?.parentSpanContext?.spanId, parent);
  }
});

test('a submitted query object has a span that ends with its last row', async (t) => {
  const { spans } = start(t);
  const client = new pg.Client(address);
  await client.connect();
  t.after(() => client.end());
  const rows: unknown[] = [];
  await new Promise<void>((resolve, reject) => {
    const query = client.query(new pg.Query('select generate_series(1, 3) as n'));
    query.on('row', (row) => rows.push(row));
    query.on('end', () => resolve());
    query.on('error', reject);
  });
  assert.equal(rows.length, 3);
  const [span] = await spans(1);
  assert.equal(span?.attributes['db.query.text'], 'select generate_series(?) as n');
});

test('the connections of a pool are measured', async (t) => {
  const { pool, points } = start(t);
  const client = await pool.connect();
  const waiting = pool.query('select 1');
  const of = async (metric: string) =>
    (await points(metric)).map(({ attributes, value }) => [attributes['db.client.connection.state'], value]);
  assert.deepEqual(await of('db.client.connection.count'), [
    ['idle', 0],
    ['used', 1],
  ]);
  assert.deepEqual(await of('db.client.connection.pending_requests'), [[undefined, 1]]);
  assert.deepEqual(await of('db.client.connection.max'), [[undefined, 1]]);
  client.release();
  await waiting;
  const [wait] = await points('db.client.connection.wait_time');
  assert.partialDeepStrictEqual(wait, {
    attributes: { 'db.client.connection.pool.name': `127.0.0.1:${port}/postgres` },
    value: { count: 2 },
  });
});
