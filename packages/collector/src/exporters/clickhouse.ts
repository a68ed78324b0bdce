import type { Signal } from '@otelier/otlp';
import type { Compression } from '@otelier/transport';
import type { Sender, SignalContext } from '../component/contract.ts';
import { type ConfigIssue, defineSendingExporter, type SendingSchema } from '../component/define.ts';
import { requestTls } from '../component/http/request-tls.ts';
import { z } from '../component/schema.ts';
import { COMPRESSIONS, clickhouseFields, tableNames } from './clickhouse/config.ts';
import { type ClickHouseServers, parseEndpoint } from './clickhouse/endpoint.ts';
import { createClickHouseSender } from './clickhouse/sender.ts';
import type { TableName } from './clickhouse/tables.ts';

const config = z.object(clickhouseFields());

type Config = z.output<SendingSchema<(typeof config)['shape']>>;

export const clickhouse = defineSendingExporter({
  summary: 'Inserts logs, metrics and traces into ClickHouse, in the tables of the Collector.',
  stability: 'alpha',
  signals: ['logs', 'metrics', 'traces'],
  config,
  examples: [
    { title: 'A server on the same host', config: { endpoint: 'http://127.0.0.1:8123' } },
    {
      title: 'A database of its own whose rows expire after three days, on a cluster',
      config: {
        endpoint: 'https://ch-1.example.com:8443,ch-2.example.com:8443',
        database: 'otel',
        username: 'otel',
        password: 'a password',
        ttl: '72h',
        cluster_name: 'main',
        table_engine: { name: 'ReplicatedMergeTree' },
        sending_queue: { batch: { min_size: 5000, flush_timeout: '5s' } },
      },
    },
  ],
  describe: (options) => options.endpoint.replace(/\/\/[^@/]*@/, '//').replace(/\?.*$/, ''),
  check(options): readonly ConfigIssue[] {
    const compress = serversOf(options).compress ?? '';
    if (COMPRESSIONS.some((known) => known === compress)) return [];
    return [{ path: ['endpoint'], message: `expected compress to be one of ${named()}, got "${compress}"` }];
  },
  create: (options, context) => createSender(options, context),
});

const TABLES_OF: Partial<Readonly<Record<Signal, readonly TableName[]>>> = {
  logs: ['logs'],
  traces: ['traces'],
  metrics: ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'],
};

function createSender(options: Config, { signal, random, logger }: SignalContext): Sender {
  const servers = serversOf(options);
  const { async_insert: async = String(options.asyncInsert), ...settings } = servers.settings;
  const database = options.database === 'default' || options.database === '' ? servers.database : options.database;
  const tls = { ...options.tls, insecureSkipVerify: options.tls.insecureSkipVerify || servers.skipsVerification };
  return createClickHouseSender({
    urls: servers.urls,
    username: options.username === '' ? servers.username : options.username,
    password: options.username === '' ? servers.password : options.password,
    settings: {
      async_insert: isTrue(async) ? '1' : '0',
      // The response then means that the rows are in the table.
      wait_for_async_insert: '1',
      // Times of any column type and time zone.
      date_time_input_format: 'best_effort',
      // Late items of more than 100 days make no batch fail.
      max_partitions_per_insert_block: '0',
      ...settings,
    },
    strategy: servers.strategy,
    random,
    createTls: () => requestTls(tls),
    schema: {
      database: database === '' ? 'default' : database,
      tables: tableNames(options),
      cluster: options.clusterName,
      engine: options.tableEngine,
      ttlMillis: options.ttl,
    },
    createsSchema: options.createSchema,
    tables: TABLES_OF[signal] ?? [],
    compression: compressionOf(servers.compress ?? options.compress),
    warn: (message, reason) => logger.warn({ reason }, message),
  });
}

function serversOf({ endpoint, connectionParams }: Pick<Config, 'endpoint' | 'connectionParams'>): ClickHouseServers {
  const servers = parseEndpoint(endpoint, connectionParams);
  if (typeof servers === 'string') throw new Error(servers);
  return servers;
}

function isTrue(text: string): boolean {
  return text === 'true' || text === '1';
}

function compressionOf(text: string): Compression {
  if (text === '' || text === 'true') return 'lz4';
  return text === 'br' ? 'brotli' : (text as Compression);
}

function named(): string {
  return COMPRESSIONS.filter((each) => each !== '').join(', ');
}
