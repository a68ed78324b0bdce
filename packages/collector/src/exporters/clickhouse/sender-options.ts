import type { Compression } from '@otelier/transport';
import { createClientTls } from '@otelier/transport/tls';
import type { ComponentContext } from '../../component/contract.ts';
import type { ConfigIssue } from '../../component/define.ts';
import { clientTlsOptions } from '../../component/fields/client.ts';
import type { z } from '../../component/schema.ts';
import { COMPRESSIONS, type clickhouseFields, tableNames } from './config.ts';
import { type ClickHouseServers, parseEndpoint } from './endpoint.ts';
import type { ClickHouseSenderOptions } from './sender.ts';
import type { TableName } from './tables.ts';

/** What users write about the servers and the tables, beside how the client keeps connections. */
export type ClickHouseConfig = z.output<z.ZodObject<ReturnType<typeof clickhouseFields>>>;

/** Returns the options of a sender to the configured servers, for these tables. */
export function senderOptions(
  options: ClickHouseConfig,
  { random, logger, clock }: Pick<ComponentContext, 'random' | 'logger' | 'clock'>,
  tables: readonly TableName[],
): ClickHouseSenderOptions {
  const servers = serversOf(options);
  const { async_insert: async = String(options.asyncInsert), ...settings } = servers.settings;
  const database = options.database === 'default' || options.database === '' ? servers.database : options.database;
  const tls = { ...options.tls, insecureSkipVerify: options.tls.insecureSkipVerify || servers.skipsVerification };
  return {
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
    createTls: () => createClientTls(clientTlsOptions(tls), clock),
    schema: {
      database: database === '' ? 'default' : database,
      tables: tableNames(options),
      cluster: options.clusterName,
      engine: options.tableEngine,
      ttlMillis: options.ttl,
    },
    createsSchema: options.createSchema,
    tables,
    compression: compressionOf(servers.compress ?? options.compress),
    warn: (message, reason) => logger.warn({ reason }, message),
  };
}

/** Checks the compression that the endpoint names. */
export function checkCompression(
  options: Pick<ClickHouseConfig, 'endpoint' | 'connectionParams'>,
): readonly ConfigIssue[] {
  const compress = serversOf(options).compress ?? '';
  if (COMPRESSIONS.some((known) => known === compress)) return [];
  return [{ path: ['endpoint'], message: `expected compress to be one of ${named()}, got "${compress}"` }];
}

/** Returns an endpoint as it is shown, without a user, a password and parameters. */
export function withoutCredentials(endpoint: string): string {
  return endpoint.replace(/\/\/[^@/]*@/, '//').replace(/\?.*$/, '');
}

function serversOf({
  endpoint,
  connectionParams,
}: Pick<ClickHouseConfig, 'endpoint' | 'connectionParams'>): ClickHouseServers {
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
