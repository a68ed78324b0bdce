import type { Signal } from '@otelier/otlp';
import { defineSendingExporter } from '../component/define.ts';
import { z } from '../component/schema.ts';
import { clickhouseFields } from './clickhouse/config.ts';
import { createClickHouseSender } from './clickhouse/sender.ts';
import { checkCompression, senderOptions, withoutCredentials } from './clickhouse/sender-options.ts';
import type { TableName } from './clickhouse/tables.ts';

const config = z.object(clickhouseFields());

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
  describe: ({ endpoint }) => withoutCredentials(endpoint),
  check: checkCompression,
  create: (options, context) =>
    createClickHouseSender(senderOptions(options, context, TABLES_OF[context.signal] ?? [])),
});

const TABLES_OF: Partial<Readonly<Record<Signal, readonly TableName[]>>> = {
  logs: ['logs'],
  traces: ['traces'],
  metrics: ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'],
};
