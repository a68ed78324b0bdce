import type { Comparison } from '../check.ts';
import { mismatchesOf, readServer } from './read.ts';
import {
  type PullServer,
  startApache,
  startElasticsearch,
  startKafka,
  startMongodb,
  startMysql,
  startNginx,
  startPostgresql,
  startRedis,
} from './servers.ts';
import { requestPages, useElasticsearch, useKafka, useMongodb, useMysql, usePostgresql, useRedis } from './workload.ts';

/** Servers that are read, and what happens to them before. */
export const SERVERS: Readonly<Record<string, readonly [() => Promise<PullServer>, (port: number) => Promise<void>]>> =
  {
    nginx: [startNginx, requestPages],
    apache: [startApache, requestPages],
    redis: [startRedis, useRedis],
    postgresql: [startPostgresql, usePostgresql],
    sql_query: [startPostgresql, usePostgresql],
    kafka_metrics: [startKafka, useKafka],
    mongodb: [startMongodb, useMongodb],
    mysql: [startMysql, useMysql],
    elasticsearch: [startElasticsearch, useElasticsearch],
  };

/** Reads real servers after a known workload, and compares the points with it. */
export async function comparePullReceivers(report: (server: string, compared: Comparison) => void): Promise<void> {
  for (const [name, [start, use]] of Object.entries(SERVERS)) {
    const server = await start();
    try {
      await use(server.port);
      const lines = await readServer(name, server.port);
      report(name, { compared: lines.length, mismatches: mismatchesOf(name, lines) });
    } finally {
      await server.stop();
    }
  }
}
