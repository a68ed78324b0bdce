import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { context, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { eq } from 'drizzle-orm';
import { int, mysqlTable, varchar } from 'drizzle-orm/mysql-core';
import { drizzle } from 'drizzle-orm/mysql2';
import createKnex from 'knex';
import * as kysely from 'kysely';
import mysql2 from 'mysql2';
import mysql2Promise from 'mysql2/promise';
import { instrumentDrizzle } from '../../../packages/sdk/src/instrumentation/database/builders/drizzle.ts';
import { instrumentKnex } from '../../../packages/sdk/src/instrumentation/database/builders/knex.ts';
import { instrumentKysely } from '../../../packages/sdk/src/instrumentation/database/builders/kysely.ts';
import { instrumentMysql2 } from '../../../packages/sdk/src/instrumentation/database/mysql2.ts';
import { startRecordedServer } from '../../../packages/sdk/src/instrumentation/database/recorded-server.testing.ts';
import { startRecorder } from '../../../packages/sdk/src/instrumentation/subject.testing.ts';

/** A packet has its length in three bytes, and a number. */
const framing = (bytes: Buffer) => (bytes.length < 4 ? undefined : 4 + bytes.readUIntLE(0, 3));

/** Queries of one builder, which fail if `table` does not exist. */
interface Builder {
  insert(id: number, name: string): Promise<unknown>;
  select(id: number): Promise<readonly unknown[]>;
  /** Inserts in a transaction. */
  transact(id: number): Promise<unknown>;
  fail(): Promise<unknown>;
}

type Address = { readonly host: string; readonly port: number; readonly user: string; readonly database: string };

const BUILDERS: Readonly<Record<string, (t: TestContext, address: Address) => Builder>> = {
  knex(t, address) {
    t.after(instrumentKnex(createKnex));
    const knex = createKnex({ client: 'mysql2', connection: address, pool: { min: 0, max: 1 } });
    t.after(() => knex.destroy());
    return {
      insert: (id, name) => knex('people').insert({ id, name }),
      select: (id) => knex('people').where({ id }),
      transact: (id) => knex.transaction((transaction) => transaction('people').insert({ id, name: 'x' })),
      fail: () => knex('missing').select(),
    };
  },
  kysely(t, address) {
    t.after(instrumentKysely(kysely));
    interface Tables {
      people: { id: kysely.Generated<number>; name: string };
      missing: { id: number };
    }
    const pool = mysql2.createPool({ ...address, connectionLimit: 1 });
    const db = new kysely.Kysely<Tables>({ dialect: new kysely.MysqlDialect({ pool }) });
    t.after(() => db.destroy());
    return {
      insert: (id, name) => db.insertInto('people').values({ id, name }).execute(),
      select: (id) => db.selectFrom('people').selectAll().where('id', '=', id).execute(),
      transact: (id) =>
        db.transaction().execute((transaction) => transaction.insertInto('people').values({ id, name: 'x' }).execute()),
      fail: () => db.selectFrom('missing').selectAll().execute(),
    };
  },
  drizzle(t, address) {
    const people = mysqlTable('people', { id: int(), name: varchar({ length: 50 }) });
    const missing = mysqlTable('missing', { id: int() });
    const pool = mysql2Promise.createPool({ ...address, connectionLimit: 1 });
    t.after(() => pool.end());
    const db = drizzle({ client: pool });
    t.after(instrumentDrizzle(db));
    return {
      insert: (id, name) => db.insert(people).values({ id, name }),
      select: (id) => db.select().from(people).where(eq(people.id, id)),
      transact: (id) => db.transaction((transaction) => transaction.insert(people).values({ id, name: 'x' })),
      fail: () => db.select().from(missing),
    };
  },
};

for (const [name, create] of Object.entries(BUILDERS))
  test(`a query of ${name} has one span of the driver, in the context of its caller`, async (t) => {
    const port = await startRecordedServer(t, import.meta.filename, framing);
    const recorder = startRecorder(t);
    const address = { host: '127.0.0.1', port, user: 'root', database: 'test' };
    const setup = await mysql2Promise.createConnection({ ...address, multipleStatements: true });
    await setup.query('drop table if exists people; create table people (id int primary key, name varchar(50))');
    await setup.end();
    t.after(instrumentMysql2(mysql2, { ...recorder.options, repeatedQueries: 2 }));
    const builder = create(t, address);
    const tracer = trace.getTracer('application');
    const run = async (parentName: string, queries: () => Promise<unknown>) => {
      const parent = tracer.startSpan(parentName);
      // Knex and Drizzle send a query when it is awaited.
      await context.with(trace.setSpan(ROOT_CONTEXT, parent), async () => await queries());
      parent.end();
    };
    // Knex asks for the version of the server when it connects.
    await builder.select(0);
    await run('insert', () => builder.insert(1, "secret '"));
    await run('repeated', async () => {
      for (let i = 0; i < 3; i++) assert.equal((await builder.select(1)).length, 1);
    });
    await run('transaction', () => builder.transact(2));
    await run('failure', () => assert.rejects(builder.fail()));
    const all = await recorder.spans(13);
    const childrenOf = (parentName: string) => {
      const parent = all.find((span) => span.name === parentName);
      return all.filter(({ parentSpanContext }) => parentSpanContext?.spanId === parent?.spanContext().spanId);
    };
    const namesIn = (parentName: string) => childrenOf(parentName).map((span) => span.name);
    assert.deepEqual(namesIn('insert'), ['INSERT people']);
    assert.equal(childrenOf('insert')[0]?.attributes['db.query.builder'], name);
    assert.deepEqual(namesIn('repeated'), ['SELECT people', 'SELECT people', 'SELECT people']);
    assert.match(namesIn('transaction').join(' '), /^(?:SET )?(?:BEGIN|START) INSERT people COMMIT$/);
    const [failed] = childrenOf('failure');
    assert.equal(failed?.attributes['db.response.sqlstate'], '42S02');
    assert.equal(failed.status.code, SpanStatusCode.ERROR);
    const repeated = all.find((span) => span.name === 'repeated')?.events[0]?.attributes;
    assert.equal(repeated?.['db.query.count'], 3);
    assert.doesNotMatch(JSON.stringify(all.map(({ attributes, events }) => [attributes, events])), /secret/);
  });
