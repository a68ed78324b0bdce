import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { type TestContext, test } from 'node:test';
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { Cache } from 'drizzle-orm/cache/core';
import { int, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { drizzle as drizzleProxy } from 'drizzle-orm/sqlite-proxy';
import createKnex from 'knex';
import * as kysely from 'kysely';
import { startRecorder } from '../../subject.testing.ts';
import { instrumentBetterSqlite3 } from '../sqlite.ts';
import type { DatabaseOptions } from '../telemetry/database-options.ts';
import { instrumentDrizzle } from './drizzle.ts';
import { instrumentKnex } from './knex.ts';
import { instrumentKysely } from './kysely.ts';

const BetterSqlite3 = createRequire(import.meta.url)('better-sqlite3') as new (
  file: string,
) => kysely.SqliteDatabase & { exec(sql: string): void };

const SCHEMA = 'create table people (id integer primary key, name text)';

/** Queries of one builder. `missing` is a table that does not exist. */
interface Builder {
  readonly undo: () => void;
  insert(id: number, name: string): unknown;
  select(id: number): unknown;
  transact(id: number): unknown;
  fail(): unknown;
}

const BUILDERS: Readonly<Record<string, (t: TestContext, options: DatabaseOptions) => Promise<Builder>>> = {
  async knex(t, options) {
    const undo = instrumentKnex(createKnex, options);
    const knex = createKnex({ client: 'better-sqlite3', connection: { filename: ':memory:' }, useNullAsDefault: true });
    t.after(() => knex.destroy());
    await knex.raw(SCHEMA);
    return {
      undo,
      insert: (id, name) => knex('people').insert({ id, name }),
      select: (id) => knex('people').where({ id }),
      transact: (id) => knex.transaction((transaction) => transaction('people').insert({ id, name: 'x' })),
      fail: () => knex('missing').insert({ id: 'secret' }),
    };
  },
  async kysely(t, options) {
    interface Tables {
      people: { id: number; name: string };
      missing: { id: string };
    }
    const undo = instrumentKysely(kysely, options);
    const database = new BetterSqlite3(':memory:');
    const db = new kysely.Kysely<Tables>({ dialect: new kysely.SqliteDialect({ database }) });
    t.after(() => db.destroy());
    await kysely.sql.raw(SCHEMA).execute(db);
    return {
      undo,
      insert: (id, name) => db.insertInto('people').values({ id, name }).execute(),
      select: (id) => db.selectFrom('people').selectAll().where('id', '=', id).execute(),
      transact: (id) =>
        db.transaction().execute((transaction) => transaction.insertInto('people').values({ id, name: 'x' }).execute()),
      fail: () => db.insertInto('missing').values({ id: 'secret' }).execute(),
    };
  },
  async drizzle(t, options) {
    const people = sqliteTable('people', { id: int(), name: text() });
    const missing = sqliteTable('missing', { id: text() });
    const client = new BetterSqlite3(':memory:');
    t.after(() => client.close());
    const db = drizzle({ client: client as never });
    const undo = instrumentDrizzle(db, options);
    db.run(SCHEMA);
    return {
      undo,
      insert: (id, name) => db.insert(people).values({ id, name }),
      select: (id) => db.select().from(people).where(eq(people.id, id)),
      transact: (id) => db.transaction((transaction) => transaction.insert(people).values({ id, name: 'x' }).run()),
      fail: () => db.insert(missing).values({ id: 'secret' }),
    };
  },
};

for (const [name, create] of Object.entries(BUILDERS))
  for (const isDriverInstrumented of [true, false])
    test(`a query of ${name} has one span, ${isDriverInstrumented ? 'that of the driver' : 'its own without one of the driver'}`, async (t) => {
      const recorder = startRecorder(t);
      const options = { ...recorder.options, repeatedQueries: 2 };
      if (isDriverInstrumented) t.after(instrumentBetterSqlite3(BetterSqlite3, options));
      const builder = await create(t, options);
      t.after(builder.undo);
      const tracer = trace.getTracer('application');
      const run = async (parentName: string, queries: () => unknown) => {
        const parent = tracer.startSpan(parentName);
        // Knex and Drizzle send a query when it is awaited.
        await context.with(trace.setSpan(ROOT_CONTEXT, parent), async () => await queries());
        parent.end();
      };
      await run('insert', () => builder.insert(1, "secret '"));
      await run('repeated', async () => {
        for (let i = 0; i < 3; i++) assert.equal(((await builder.select(1)) as unknown[]).length, 1);
      });
      await run('transaction', () => builder.transact(2));
      await run('failure', () => assert.rejects(async () => await builder.fail()));
      builder.undo();
      await run('undone', () => builder.select(1));
      // Drizzle leaves transactions to better-sqlite3.
      const hasTransaction = isDriverInstrumented || name !== 'drizzle';
      const all = await recorder.spans(5 + 7 + (hasTransaction ? 2 : 0) + (isDriverInstrumented ? 1 : 0));
      const childrenOf = (parentName: string) => {
        const parent = all.find((span) => span.name === parentName);
        return all.filter(({ parentSpanContext }) => parentSpanContext?.spanId === parent?.spanContext().spanId);
      };
      const namesIn = (parentName: string) => childrenOf(parentName).map((span) => span.name);
      assert.deepEqual(namesIn('insert'), ['INSERT people']);
      assert.deepEqual(namesIn('repeated'), ['SELECT people', 'SELECT people', 'SELECT people']);
      assert.deepEqual(
        namesIn('transaction'),
        hasTransaction ? ['BEGIN', 'INSERT people', 'COMMIT'] : ['INSERT people'],
      );
      assert.deepEqual(namesIn('undone'), isDriverInstrumented ? ['SELECT people'] : []);
      const [failed] = childrenOf('failure');
      assert.equal(failed?.attributes['db.response.status_code'], 'SQLITE_ERROR');
      assert.equal(failed.status.code, SpanStatusCode.ERROR);
      const [inserted] = childrenOf('insert');
      assert.equal(inserted?.kind, SpanKind.CLIENT);
      assert.equal(inserted.instrumentationScope.name, `@otelier/sdk/${isDriverInstrumented ? 'sqlite' : name}`);
      assert.equal(inserted.attributes['db.system.name'], 'sqlite');
      assert.equal(inserted.attributes['db.query.builder'], name);
      const repeated = all.find((span) => span.name === 'repeated')?.events[0]?.attributes;
      assert.equal(repeated?.['db.query.count'], 3);
      assert.doesNotMatch(JSON.stringify(all.map(({ attributes, events }) => [attributes, events])), /secret/);
      const durations = await recorder.points('db.client.operation.duration');
      assert.ok(durations.some(({ attributes }) => attributes['error.type'] === 'SQLITE_ERROR'));
    });

test('a result that drizzle takes from its cache has no span', async (t) => {
  const recorder = startRecorder(t);
  const stored = new Map<string, unknown[]>();
  class MemoryCache extends Cache {
    override strategy() {
      return 'all' as const;
    }
    override async get(key: string) {
      return stored.get(key);
    }
    override async put(key: string, response: unknown) {
      stored.set(key, response as unknown[]);
    }
    override async onMutate() {
      stored.clear();
    }
  }
  let sent = 0;
  const query = async () => {
    sent++;
    return { rows: [[1, 'a']] };
  };
  const db = drizzleProxy(query, { cache: new MemoryCache() });
  t.after(instrumentDrizzle(db, recorder.options));
  const people = sqliteTable('people', { id: int(), name: text() });
  for (let i = 0; i < 3; i++) assert.deepEqual(await db.select().from(people), [{ id: 1, name: 'a' }]);
  await db.insert(people).values({ id: 2, name: 'b' });
  assert.equal(sent, 2);
  const all = await recorder.spans(2);
  assert.deepEqual(
    all.map(({ name }) => name),
    ['SELECT people', 'INSERT people'],
  );
});
