import { join } from 'node:path';
import { Redis } from 'ioredis';
import mysql2 from 'mysql2/promise';
import type { Comparison } from '../check.ts';
import { NODE } from '../gateway.ts';
import { startBroker } from '../kafka/broker.ts';
import { startNats } from '../nats/server.ts';
import { runToEnd } from '../processes.ts';
import { type PullServer, startMongodb, startMysql, startPostgresql, startRedis } from '../pull/servers.ts';
import { installLibraries, LIBRARIES } from './libraries/install.ts';

const DATABASES = join(import.meta.dirname, '../../../packages/sdk/src/instrumentation/database');

/** A real server, and the tests that run against it. */
interface Subject {
  readonly server: string;
  start(): Promise<Pick<PullServer, 'stop'> & { readonly address: string | number }>;
  /** By file, the variable that has the server's address. */
  readonly tests: Readonly<Record<string, string>>;
}

const inDatabases = (name: string) => join(DATABASES, `${name}.test.ts`);
const large = (name: string) => join(LIBRARIES, `${name}.test.mjs`);
const here = (name: string) => join(import.meta.dirname, `${name}.test.ts`);
const official = (name: string) => join(import.meta.dirname, 'official', `${name}.test.ts`);
const addressed = async (server: Promise<PullServer>) => ({ address: (await server).port, stop: (await server).stop });

const SUBJECTS: readonly Subject[] = [
  {
    server: 'PostgreSQL',
    start: () => addressed(startPostgresql()),
    tests: {
      [inDatabases('pg')]: 'RECORD_SERVER',
      [here('literals')]: 'POSTGRESQL_PORT',
      [large('prisma')]: 'POSTGRESQL_PORT',
    },
  },
  {
    server: 'MariaDB',
    async start() {
      const { port, stop } = await startMysql();
      const client = await mysql2.createConnection({ host: '127.0.0.1', port, user: 'root' });
      await client.query('create database test');
      await client.end();
      return { address: port, stop };
    },
    tests: {
      [inDatabases('mysql2')]: 'RECORD_SERVER',
      [here('query-builders')]: 'RECORD_SERVER',
      [official('mysql2')]: 'RECORD_SERVER',
      [here('literals')]: 'MYSQL_PORT',
    },
  },
  {
    server: 'FerretDB',
    start: () => addressed(startMongodb()),
    tests: {
      [inDatabases('mongodb')]: 'RECORD_SERVER',
      [official('mongodb')]: 'RECORD_SERVER',
      [here('literals')]: 'MONGODB_PORT',
    },
  },
  {
    server: 'Redis',
    start: () => addressed(startRedis()),
    tests: {
      [here('bullmq')]: 'RECORD_SERVER',
      [official('ioredis')]: 'RECORD_SERVER',
      [here('literals')]: 'REDIS_PORT',
      [large('redis')]: 'REDIS_PORT',
    },
  },
  {
    server: 'Redis as a cluster',
    async start() {
      const { port, stop } = await startRedis({ 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' });
      const redis = new Redis(port, '127.0.0.1');
      await redis.cluster('ADDSLOTSRANGE', 0, 16383);
      while (!String(await redis.cluster('INFO')).includes('cluster_state:ok'));
      redis.disconnect();
      return { address: port, stop };
    },
    tests: { [inDatabases('ioredis')]: 'RECORD_SERVER' },
  },
  {
    server: 'Kafka',
    async start() {
      const broker = await startBroker();
      return { address: broker.address, stop: () => broker.stop() };
    },
    tests: {
      [here('kafkajs')]: 'KAFKA_BROKER',
      [official('kafkajs')]: 'KAFKA_BROKER',
      [here('platformatic-kafka')]: 'KAFKA_BROKER',
    },
  },
  {
    server: 'NATS',
    async start() {
      const { url, stop } = await startNats();
      return { address: url, stop };
    },
    tests: { [here('nats')]: 'NATS_SERVER' },
  },
];

/** Runs the tests of the instrumentations with real servers, and records what the servers of databases send. */
export async function compareInstrumentations(report: (server: string, compared: Comparison) => void): Promise<void> {
  await installLibraries();
  report('web framework', await run({ [official('web')]: '' }, ''));
  report(
    'SQLite',
    await run({ [inDatabases('sqlite')]: '', [inDatabases('builders/builders')]: '', [here('literals')]: '' }, ''),
  );
  for (const { server, start, tests } of SUBJECTS) {
    const { address, stop } = await start();
    try {
      report(server, await run(tests, String(address)));
    } finally {
      await stop();
    }
  }
}

async function run(tests: Subject['tests'], address: string): Promise<Comparison> {
  let compared = 0;
  const mismatches: string[] = [];
  for (const [file, variable] of Object.entries(tests)) {
    const environment = { PGUSER: 'monitor', RECORD: 'true', ...(variable !== '' && { [variable]: address }) };
    const { stdout } = await runToEnd([NODE, '--test', '--test-reporter=tap', file], environment);
    compared += stdout.match(/^ok /gm)?.length ?? 0;
    mismatches.push(...(stdout.match(/^not ok .*/gm) ?? []));
    if (!stdout.includes('# pass')) mismatches.push(`${file}: ${stdout.slice(-500)}`);
  }
  return { compared, mismatches };
}
