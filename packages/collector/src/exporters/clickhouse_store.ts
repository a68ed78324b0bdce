import { mkdirSync } from 'node:fs';
import { lockDirectory } from '@otelier/journal';
import type { SignalContext } from '../component/contract.ts';
import { defineExporter } from '../component/define.ts';
import { errorMessage } from '../component/error-message.ts';
import { byteSize, duration, z } from '../component/schema.ts';
import { DocumentFiles } from '../documents/document-files.ts';
import { clickhouseFields } from './clickhouse/config.ts';
import { checkCompression, senderOptions, withoutCredentials } from './clickhouse/sender-options.ts';
import { STORE_TABLES } from './clickhouse/tables.ts';
import { type SharedStore, StoreExporter } from './store/store-exporter.ts';
import { tellRemovedTenants } from './store/tenant-sizes.ts';

const config = z.object({
  ...clickhouseFields(),
  timeout: duration()
    .prefault('30s')
    .describe('How long an insert waits for the server. Afterwards, the telemetry is rejected as retryable.'),
  queryTimeout: duration().prefault('30s').describe('Time after which the server stops a query.'),
  queryMaxMemory: byteSize()
    .prefault('2GB')
    .describe('Memory of a query on the server (`max_memory_usage`). 0 leaves it to the settings of the user.'),
  documentsDirectory: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Directory of what the page saves: boards, queries, searches. Without it, nothing can be saved, and tenants cannot be removed.',
    ),
});

type Config = z.output<typeof config>;

/** Rows that a query of the page or an API can return at once. */
const MAX_ROWS = 1_000_000;

export const clickhouse_store = defineExporter({
  summary: 'Stores telemetry in ClickHouse, for the workbench page and the query API.',
  stability: 'alpha',
  runsIn: 'main',
  signals: ['traces', 'metrics', 'logs'],
  config,
  examples: [
    { title: 'A database on the same host', config: { endpoint: 'http://127.0.0.1:8123', database: 'otel' } },
    {
      title: 'A cluster with TLS, whose rows expire after 30 days',
      config: {
        endpoint: 'https://ch-1.example.com:8443,ch-2.example.com:8443',
        database: 'otel',
        username: 'otel',
        password: `\${env:CLICKHOUSE_PASSWORD:-a password}`,
        ttl: '720h',
        cluster_name: 'main',
        table_engine: { name: 'ReplicatedMergeTree' },
        query_timeout: '60s',
        documents_directory: '/var/lib/otelier/documents',
      },
    },
  ],
  describe: ({ endpoint }) => withoutCredentials(endpoint),
  check: checkCompression,
  create(options, context) {
    if (options.documentsDirectory !== undefined) tellRemovedTenants(options.documentsDirectory, context);
    return new StoreExporter('clickhouse_store', context, () =>
      context.host.share(`clickhouse_store:${context.id}`, () => openShared(options, context)),
    );
  },
});

/** Opens the store, which the exporters of a component share. */
async function openShared(config: Config, context: SignalContext): Promise<SharedStore> {
  const { host, id } = context;
  const { timeout, queryTimeout, queryMaxMemory } = config;
  const documents = openDocuments(config, context);
  const { documentsDirectory: directory } = config;
  // Loaded only when the component is used.
  const { openClickHouseStore } = await import('./clickhouse/open-store.ts');
  const store = await openClickHouseStore({
    sender: senderOptions(config, context, STORE_TABLES),
    limits: { timeoutMillis: queryTimeout, memoryBytes: queryMaxMemory, maxRows: MAX_ROWS },
    insertTimeoutMillis: timeout,
    // The directory is locked, so that no other process removes tenants.
    removals:
      directory === undefined
        ? undefined
        : { directory, report: (message) => context.logger.error(message), now: () => context.clock.now() },
  });
  const withdraw = host.offerStore(id, store, documents?.files);
  return {
    store,
    close: async () => {
      withdraw();
      await documents?.close();
      await store.close();
    },
  };
}

/** Opens and locks the directory of documents. */
function openDocuments({ documentsDirectory: directory }: Config, { clock, logger }: SignalContext) {
  if (directory === undefined) return undefined;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o750 });
    const unlock = lockDirectory(directory);
    const files = new DocumentFiles({
      directory,
      nowMillis: () => clock.now(),
      onDamage: (message) => logger.error(message),
    });
    return {
      files,
      async close(): Promise<void> {
        await files.close();
        unlock();
      },
    };
  } catch (error) {
    const reason = errorMessage(error);
    throw new Error(`documents_directory: expected a writable directory, got ${directory}: ${reason}`, {
      cause: error,
    });
  }
}
