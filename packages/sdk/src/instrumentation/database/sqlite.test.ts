import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import * as sqlite from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { startRecorder } from '../subject.testing.ts';
import { instrumentBetterSqlite3, instrumentSqlite } from './sqlite.ts';
import type { DatabaseOptions } from './telemetry/database-options.ts';

async function start(t: TestContext, more: DatabaseOptions = {}) {
  const recorder = startRecorder(t);
  t.after(instrumentSqlite(sqlite, { ...recorder.options, ...more }));
  const database = new sqlite.DatabaseSync(':memory:');
  t.after(() => database.close());
  return { ...recorder, database };
}

test('a statement has a client span with the attributes of the semantic conventions', async (t) => {
  const { database, spans, points } = await start(t);
  database.exec('create table users (id integer primary key, name text)');
  const insert = database.prepare('insert into users (name) values (?)');
  for (const name of ['a', 'b']) insert.run(name);
  assert.equal(database.prepare("select * from users where name <> 'secret'").all().length, 2);
  const all = await spans(4);
  assert.deepEqual(
    all.map(({ name, kind }) => [name, kind]),
    ['CREATE TABLE users', 'INSERT users', 'INSERT users', 'SELECT users'].map((name) => [name, SpanKind.CLIENT]),
  );
  assert.deepEqual(all[3]?.attributes, {
    'db.system.name': 'sqlite',
    'db.namespace': ':memory:',
    'db.operation.name': 'SELECT',
    'db.collection.name': 'users',
    'db.query.summary': 'SELECT users',
    'db.query.text': 'select * from users where name <> ?',
    'db.response.returned_rows': 2,
  });
  const durations = await points('db.client.operation.duration');
  assert.deepEqual(
    durations.map(({ attributes }) => attributes['db.query.summary']),
    ['CREATE TABLE users', 'INSERT users', 'SELECT users'],
  );
});

test('an error has the code of SQLite, and is thrown on', async (t) => {
  const { database, spans } = await start(t);
  database.exec('create table t (id integer primary key)');
  assert.throws(() => database.exec('insert into t values (1), (1)'), /UNIQUE constraint failed/);
  const [, span] = await spans(2);
  // SQLITE_CONSTRAINT_PRIMARYKEY
  assert.equal(span?.attributes['db.response.status_code'], '1555');
  assert.equal(span.attributes['error.type'], '1555');
  assert.equal(span.status.code, SpanStatusCode.ERROR);
  assert.equal(span.events[0]?.name, 'exception');
});

test('a statement that a span repeats is an event of the span', async (t) => {
  const { database, spans } = await start(t, { repeatedQueries: 3 });
  const parent = trace.getTracer('application').startSpan('GET /orders');
  context.with(trace.setSpan(ROOT_CONTEXT, parent), () => {
    for (let i = 0; i < 5; i++) database.prepare(`select ${i}`).get();
    for (let i = 0; i < 3; i++) database.prepare(`select ${i} as few`).get();
  });
  parent.end();
  const all = await spans(9);
  const events = all.at(-1)?.events ?? [];
  assert.equal(events.length, 1);
  const { 'db.query.duration': seconds, ...attributes } = events[0]?.attributes ?? {};
  assert.equal(events[0]?.name, 'db.client.repeated_query');
  assert.deepEqual(attributes, { 'db.query.text': 'select ?', 'db.query.count': 5 });
  assert.ok(Number(seconds) > 0);
});

test('literals are recorded on request, and statements outside a span are left out on request', async (t) => {
  const { database, spans } = await start(t, { literals: true, requiresParent: true });
  database.prepare('select 1').get();
  const parent = trace.getTracer('application').startSpan('parent');
  context.with(trace.setSpan(ROOT_CONTEXT, parent), () => database.prepare("select 'x'").get());
  const [span] = await spans(1);
  assert.equal(span?.attributes['db.query.text'], "select 'x'");
  assert.equal(span.parentSpanContext?.spanId, parent.spanContext().spanId);
});

/** The parts of `better-sqlite3` that the tests use. It has no types of its own. */
interface Database {
  exec(sql: string): this;
  prepare(sql: string): {
    run(...values: unknown[]): unknown;
    all(...values: unknown[]): readonly unknown[];
    get(): unknown;
  };
  transaction(run: () => void): () => void;
  close(): void;
}

const BetterSqlite3 = createRequire(import.meta.url)('better-sqlite3') as new (file: string) => Database;

function startBetter(t: TestContext, more: DatabaseOptions = {}) {
  const recorder = startRecorder(t);
  const undo = instrumentBetterSqlite3(BetterSqlite3, { ...recorder.options, ...more });
  t.after(undo);
  const database = new BetterSqlite3(':memory:');
  t.after(() => database.close());
  return { ...recorder, database, undo };
}

test('better-sqlite3: statements and transactions have spans, and none once it is undone', async (t) => {
  const { database, spans, undo } = startBetter(t);
  const fill = database.transaction(() => void database.exec("insert into users values (1, 'secret')"));
  assert.equal(database.exec('create table users (id integer primary key, name text)'), database);
  fill();
  assert.equal(database.prepare("select * from users where name = 'secret'").all().length, 1);
  undo();
  database.prepare('select 1').get();
  const all = await spans(5);
  assert.deepEqual(
    all.map(({ name }) => name),
    ['CREATE TABLE users', 'BEGIN', 'INSERT users', 'COMMIT', 'SELECT users'],
  );
  assert.deepEqual(all[4]?.attributes, {
    'db.system.name': 'sqlite',
    'db.namespace': ':memory:',
    'db.operation.name': 'SELECT',
    'db.collection.name': 'users',
    'db.query.summary': 'SELECT users',
    'db.query.text': 'select * from users where name = ?',
    'db.response.returned_rows': 1,
  });
});

test('better-sqlite3: an error has its code and no values, and rolls back; repeated statements are found', async (t) => {
  const { database, spans } = startBetter(t, { repeatedQueries: 2 });
  database.exec('create table t (id integer primary key)');
  const insert = database.prepare('insert into t values (?)');
  const parent = trace.getTracer('application').startSpan('GET /orders');
  context.with(trace.setSpan(ROOT_CONTEXT, parent), () => {
    for (let i = 0; i < 3; i++) insert.run(i);
    assert.throws(() => database.transaction(() => void insert.run(1))(), /UNIQUE constraint failed/);
  });
  parent.end();
  const all = await spans(8);
  const failed = all.find(({ status }) => status.code === SpanStatusCode.ERROR);
  assert.equal(failed?.attributes['db.response.status_code'], 'SQLITE_CONSTRAINT_PRIMARYKEY');
  assert.deepEqual(
    all.map(({ name }) => name),
    ['CREATE TABLE t', 'INSERT t', 'INSERT t', 'INSERT t', 'BEGIN', 'INSERT t', 'ROLLBACK', 'GET /orders'],
  );
  assert.equal(all.at(-1)?.events[0]?.attributes?.['db.query.count'], 4);
});
