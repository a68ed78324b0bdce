import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  type BrokerRecords,
  replayBroker,
} from '../../../packages/collector/src/receivers/kafka_metrics/replayed-broker.testing.ts';
import {
  readDocument,
  startMongodb,
} from '../../../packages/collector/src/receivers/mongodb/mongodb-server.testing.ts';
import { type MysqlResult, startMysql } from '../../../packages/collector/src/receivers/mysql/mysql-server.testing.ts';
import {
  startPostgresql,
  type TestResult,
} from '../../../packages/collector/src/receivers/postgresql/postgresql-server.testing.ts';
import { bulk, startRedis } from '../../../packages/collector/src/receivers/redis/redis-server.testing.ts';
import { startPage } from '../../../packages/collector/src/receivers/scraping/page.testing.ts';
import { mismatchesOf, RECEIVER_NAMES, readServer } from './read.ts';
import { type Recorded, readRecords } from './records.ts';

/** Starts a server that sends what was recorded, and returns its port. */
async function startRecorded(t: TestContext, name: string, recorded: Recorded): Promise<number> {
  const textOf = (key: string): string => {
    const text = recorded[key];
    if (typeof text !== 'string') throw new Error(`nothing is recorded for ${key}: run record.ts`);
    return text;
  };
  if (name === 'redis') {
    const { endpoint } = await startRedis(t, (command) => bulk(textOf(command)));
    return Number(endpoint.split(':')[1]);
  }
  if (name === 'kafka_metrics') {
    const broker = await replayBroker(recorded as Readonly<BrokerRecords>);
    t.after(() => broker.close());
    return broker.port;
  }
  if (name === 'mongodb') {
    const { endpoint } = await startMongodb(t, (command) =>
      readDocument(textOf(`${command['$db']}.${Object.keys(command)[0]}`)),
    );
    return Number(endpoint.split(':')[1]);
  }
  if (name === 'mysql') {
    const { endpoint } = await startMysql(
      t,
      (sql) =>
        (recorded as Readonly<Record<string, MysqlResult>>)[sql] ?? `nothing is recorded for ${sql}: run record.ts`,
    );
    return Number(endpoint.split(':')[1]);
  }
  if (name === 'postgresql' || name === 'sql_query') {
    const { endpoint } = await startPostgresql(
      t,
      (database, sql) =>
        (recorded as Readonly<Record<string, TestResult>>)[`${database}|${sql}`] ??
        `nothing is recorded for ${sql}: run record.ts`,
    );
    return Number(endpoint.split(':')[1]);
  }
  const { url } = await startPage(t, (request, response) => response.end(textOf(request.url ?? '')));
  return Number(new URL(url).port);
}

for (const name of RECEIVER_NAMES)
  test(`the receiver ${name} reads what a real server sent`, async (t) => {
    const recorded = readRecords()[name];
    assert.ok(recorded !== undefined, `no records of ${name}: run record.ts`);
    const lines = await readServer(name, await startRecorded(t, name, recorded));
    assert.deepEqual(mismatchesOf(name, lines), []);
  });
