import * as sqlite from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import type { Document } from 'mongodb';
import { instrumentIoredis } from '../../../packages/sdk/src/instrumentation/database/ioredis.ts';
import { instrumentMongodb } from '../../../packages/sdk/src/instrumentation/database/mongodb.ts';
import { instrumentMysql2 } from '../../../packages/sdk/src/instrumentation/database/mysql2.ts';
import { instrumentPg } from '../../../packages/sdk/src/instrumentation/database/pg.ts';
import { NUMBER, SECRET } from '../../../packages/sdk/src/instrumentation/database/sql/literals.testing.ts';
import { instrumentSqlite } from '../../../packages/sdk/src/instrumentation/database/sqlite.ts';
import { startRecorder } from '../../../packages/sdk/src/instrumentation/subject.testing.ts';
import { type Database, testBuilders } from './literal-builders.testing.ts';
import { COUNT, checkSpans, runStatements } from './literals.testing.ts';

test('no literal of 500 statements remains in the spans of SQLite', async (t) => {
  const recorder = startRecorder(t);
  t.after(instrumentSqlite(sqlite, recorder.options));
  const database = new sqlite.DatabaseSync(':memory:');
  t.after(() => database.close());
  await runStatements('sqlite', recorder, async (sql) => database.exec(sql));
});

testBuilders({ dialect: 'sqlite', client: 'better-sqlite3', connection: { filename: ':memory:' } });

/** Tests with real servers, whose ports are in the environment. Only these load the libraries. */
const REAL: Readonly<Record<string, (t: TestContext, port: number) => Promise<void>>> = {
  async POSTGRESQL(t, port) {
    const { default: pg } = await import('pg');
    const recorder = startRecorder(t);
    t.after(instrumentPg(pg, recorder.options));
    const client = new pg.Client({ host: '127.0.0.1', port, user: 'monitor', database: 'postgres' });
    await client.connect();
    t.after(() => client.end());
    await runStatements('postgresql', recorder, (sql) => client.query(sql));
  },
  async MYSQL(t, port) {
    const { default: mysql2 } = await import('mysql2');
    const { default: mysql2Promise } = await import('mysql2/promise');
    const recorder = startRecorder(t);
    t.after(instrumentMysql2(mysql2, recorder.options));
    const client = await mysql2Promise.createConnection({ host: '127.0.0.1', port, user: 'root', database: 'test' });
    t.after(() => client.end());
    await runStatements('mysql', recorder, (sql) => client.query(sql));
  },
  async MONGODB(t, port) {
    const { default: mongodb } = await import('mongodb');
    const recorder = startRecorder(t);
    t.after(instrumentMongodb(mongodb, recorder.options));
    const client = new mongodb.MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`);
    t.after(() => client.close());
    const users = client.db('shop').collection<Document & { _id: string }>('literals');
    const kinds: readonly ((i: number) => Promise<unknown>)[] = [
      (i) => users.insertOne({ _id: `${SECRET} ${i % 50}`, n: Number(NUMBER), tags: [SECRET] }),
      (i) => users.find({ name: SECRET, n: { $gt: Number(NUMBER) + i } }).toArray(),
      () => users.updateMany({ name: SECRET }, { $set: { name: `"${SECRET}"` } }),
      () => users.aggregate([{ $match: { name: { $in: [SECRET, `'${SECRET}'`] } } }]).toArray(),
      () => users.find({ name: { $regex: `(${SECRET}` } }).toArray(),
    ];
    for (let i = 0; i < COUNT; i++) await kinds[i % kinds.length]?.(i).catch(() => {});
    await checkSpans(recorder, COUNT);
  },
  async REDIS(t, port) {
    const { default: ioredis } = await import('ioredis');
    const recorder = startRecorder(t);
    const redis = new ioredis.Redis(port, '127.0.0.1');
    t.after(() => redis.disconnect());
    await redis.flushall();
    t.after(instrumentIoredis(ioredis, recorder.options));
    const kinds: readonly ((i: number) => Promise<unknown>)[] = [
      (i) => redis.set(`${SECRET}:${i}`, NUMBER),
      (i) => redis.rpush(`list ${i % 5}`, SECRET, `'${SECRET}'`),
      (i) => redis.get(`list ${i % 5}`),
      () => redis.call('no-such-command', SECRET, `"${SECRET}`),
      () => redis.eval(`return redis.call('GET', '${SECRET}', '${NUMBER}')`, 0),
    ];
    for (let i = 0; i < COUNT; i++) await kinds[i % kinds.length]?.(i).catch(() => {});
    await checkSpans(recorder, COUNT);
  },
};
const BUILT: Readonly<Record<string, (port: number) => Database>> = {
  POSTGRESQL: (port) => ({
    dialect: 'postgresql',
    client: 'pg',
    connection: { host: '127.0.0.1', port, user: 'monitor', database: 'postgres' },
  }),
  MYSQL: (port) => ({
    dialect: 'mysql',
    client: 'mysql2',
    connection: { host: '127.0.0.1', port, user: 'root', database: 'test' },
  }),
};

for (const [name, run] of Object.entries(REAL)) {
  const port = process.env[`${name}_PORT`];
  if (port === undefined) continue;
  test(`no literal of ${COUNT} statements remains in the spans of ${name}`, (t) => run(t, Number(port)));
  const database = BUILT[name]?.(Number(port));
  if (database !== undefined) testBuilders(database);
}
