import { setImmediate as turn } from 'node:timers/promises';
import { createComponentBench } from '@otelier/testkit/component-bench';
import type { Definition } from 'otelier';
import { APACHE_METRICS } from '../../../packages/collector/src/receivers/apache/metrics.ts';
import { apache } from '../../../packages/collector/src/receivers/apache.ts';
import { ELASTICSEARCH_METRICS } from '../../../packages/collector/src/receivers/elasticsearch/metrics.ts';
import { elasticsearch } from '../../../packages/collector/src/receivers/elasticsearch.ts';
import { KAFKA_METRICS } from '../../../packages/collector/src/receivers/kafka_metrics/metrics.ts';
import { kafkaMetrics } from '../../../packages/collector/src/receivers/kafka_metrics.ts';
import { MONGODB_METRICS } from '../../../packages/collector/src/receivers/mongodb/metrics.ts';
import { mongodb } from '../../../packages/collector/src/receivers/mongodb.ts';
import { MYSQL_METRICS } from '../../../packages/collector/src/receivers/mysql/metrics.ts';
import { mysql } from '../../../packages/collector/src/receivers/mysql.ts';
import { NGINX_METRICS } from '../../../packages/collector/src/receivers/nginx/metrics.ts';
import { nginx } from '../../../packages/collector/src/receivers/nginx.ts';
import { POSTGRESQL_METRICS } from '../../../packages/collector/src/receivers/postgresql/metrics.ts';
import { postgresql } from '../../../packages/collector/src/receivers/postgresql.ts';
import { REDIS_METRICS } from '../../../packages/collector/src/receivers/redis/metrics.ts';
import { redis } from '../../../packages/collector/src/receivers/redis.ts';
import { pointLines } from '../../../packages/collector/src/receivers/scraping/scraping.testing.ts';
import type { ServerMetrics } from '../../../packages/collector/src/receivers/scraping/server-scraper.ts';
import { sqlQuery } from '../../../packages/collector/src/receivers/sql_query.ts';
import { EXPECTED, QUERIES } from './workload.ts';

/** A receiver, the options for a server on a port, and what it cannot read of the servers here. */
interface PullReceiver {
  readonly definition: Definition;
  readonly known: ServerMetrics;
  config(port: number): Readonly<Record<string, unknown>>;
  /** Number of queries, each of which gives a batch; `undefined` if it has no queries. */
  readonly queryCount?: number;
  readonly missing: RegExp;
}

const RECEIVERS: Readonly<Record<string, PullReceiver>> = {
  nginx: {
    definition: nginx,
    known: NGINX_METRICS,
    config: (port) => ({ endpoint: `http://127.0.0.1:${port}/status` }),
    missing: /^$/,
  },
  apache: {
    definition: apache,
    known: APACHE_METRICS,
    config: (port) => ({ endpoint: `http://127.0.0.1:${port}/server-status?auto` }),
    // A server that has used no time yet has none.
    missing: /^apache\.cpu\.load$/,
  },
  redis: {
    definition: redis,
    known: REDIS_METRICS,
    config: (port) => ({ endpoint: `127.0.0.1:${port}` }),
    // Those of sentinels, clusters and replicas.
    missing: /^redis\.(sentinel\.|cluster\.(?!cluster_enabled)|replication\.replica_offset)/,
  },
  postgresql: {
    definition: postgresql,
    known: POSTGRESQL_METRICS,
    config: (port) => ({
      endpoint: `127.0.0.1:${port}`,
      username: 'monitor',
      password: 'not checked',
      tls: { insecure: true },
    }),
    // Those of replicas, of archived WAL files, and of the extension pg_stat_statements.
    missing: /^postgresql\.(wal|replication|query\.execution)\./,
  },
  sql_query: {
    definition: sqlQuery,
    known: { metrics: {}, resourceAttributes: {} },
    queryCount: QUERIES.length,
    config: (port) => ({
      driver: 'postgres',
      datasource: `host=127.0.0.1 port=${port} user=monitor password=unused dbname=shop sslmode=disable`,
      queries: QUERIES,
    }),
    missing: /^$/,
  },
  kafka_metrics: {
    definition: kafkaMetrics,
    known: KAFKA_METRICS,
    config: (port) => ({ brokers: [`127.0.0.1:${port}`], scrapers: ['brokers', 'topics', 'consumers'] }),
    missing: /^$/,
  },
  elasticsearch: {
    definition: elasticsearch,
    known: ELASTICSEARCH_METRICS,
    config: (port) => ({ endpoint: `http://127.0.0.1:${port}` }),
    // What OpenSearch does not have, and what nodes have only of some disks.
    missing: /^elasticsearch\.(cluster\.state_update|node\.shards\.data_set|node\.disk)\./,
  },
  mongodb: {
    definition: mongodb,
    known: MONGODB_METRICS,
    config: (port) => ({ hosts: [{ endpoint: `127.0.0.1:${port}` }], tls: { insecure: true } }),
    // What FerretDB does not count.
    missing:
      /^mongodb\.(?!collection\.count|data\.size|database\.count|health|index\.(count|size)|object\.count|storage\.size|uptime)/,
  },
  mysql: {
    definition: mysql,
    known: MYSQL_METRICS,
    config: (port) => ({ endpoint: `127.0.0.1:${port}` }),
    // Those of replicas, of the X Plugin, and what MariaDB does not count.
    missing: /^mysql\.(replica\.|mysqlx_|row_operations)/,
  },
};

/** Names of the receivers that are compared. */
export const RECEIVER_NAMES: readonly string[] = Object.keys(RECEIVERS);

/** Reads a server once with all metrics, except those that it cannot have. */
export async function readServer(name: string, port: number): Promise<readonly string[]> {
  const { definition, known, config, queryCount, missing } = receiverOf(name);
  const metrics = Object.fromEntries(
    Object.keys(known.metrics).map((metric) => [metric, { enabled: !missing.test(metric) }]),
  );
  const options = { ...config(port), ...(queryCount === undefined && { metrics }), initial_delay: '0s' };
  const bench = await createComponentBench(definition, { config: options, signals: ['metrics'] });
  try {
    await bench.start();
    await bench.clock.advance(0);
    while (bench.received.length < (queryCount ?? 1) && bench.error() === undefined) await turn();
    const error = bench.error();
    if (error !== undefined) throw new Error(error);
    return pointLines(bench.received.flatMap(({ parts }) => parts));
  } finally {
    await bench.close();
  }
}

/** Returns what differs from the points that the workload must give. */
export function mismatchesOf(name: string, lines: readonly string[]): readonly string[] {
  const { known, missing } = receiverOf(name);
  const found = new Set(lines.map((line) => line.slice(line.indexOf('} ') + 2).split(' ')[0]));
  const absent = Object.keys(known.metrics).filter((metric) => !missing.test(metric) && !found.has(metric));
  const expected = EXPECTED[name] ?? [];
  return [
    ...absent.map((metric) => `${name}: expected ${metric}, got none`),
    ...expected.filter((line) => !lines.some((got) => got.endsWith(line))).map((line) => `${name}: expected ${line}`),
  ];
}

function receiverOf(name: string): PullReceiver {
  const receiver = RECEIVERS[name];
  if (receiver === undefined) throw new Error(`expected one of ${RECEIVER_NAMES.join(', ')}, got ${name}`);
  return receiver;
}
