import type { Batch, Outcome } from '@otelier/otlp';
import type { Store } from '@otelier/store';
import { type Exporter, releaseOwned, type SignalContext } from '../component/contract.ts';
import { defineExporter } from '../component/define.ts';
import type { Lease } from '../component/host.ts';
import { byteSize, duration, z } from '../component/schema.ts';
import { clickhouseFields } from './clickhouse/config.ts';
import { checkCompression, senderOptions, withoutCredentials } from './clickhouse/sender-options.ts';
import { STORE_TABLES } from './clickhouse/tables.ts';

const config = z.object({
  ...clickhouseFields(),
  timeout: duration()
    .prefault('30s')
    .describe('How long an insert waits for the server. Afterwards, the telemetry is rejected as retryable.'),
  queryTimeout: duration().prefault('30s').describe('Time after which the server stops a query.'),
  queryMaxMemory: byteSize()
    .prefault('2GB')
    .describe('Memory of a query on the server (`max_memory_usage`). 0 leaves it to the settings of the user.'),
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
      },
    },
  ],
  describe: ({ endpoint }) => withoutCredentials(endpoint),
  check: checkCompression,
  create: (options, context) => new ClickHouseStoreExporter(options, context),
});

/** The exporter for one signal. The exporters of a component share the store. */
class ClickHouseStoreExporter implements Exporter {
  readonly #config: Config;
  readonly #context: SignalContext;
  #lease: Lease<SharedStore> | undefined;

  constructor(options: Config, context: SignalContext) {
    this.#config = options;
    this.#context = context;
  }

  async start(): Promise<void> {
    const { host, id } = this.#context;
    this.#lease = await host.share(`clickhouse_store:${id}`, () => this.#open());
  }

  async consume(batch: Batch): Promise<Outcome> {
    const store = this.#lease?.value.store;
    if (store === undefined) return { kind: 'refused', reason: 'the clickhouse_store exporter is shut down' };
    const outcome = await store.append(batch);
    if (outcome.kind !== 'refused') this.#context.reportStatus(outcome.kind === 'retry' ? outcome.reason : undefined);
    return outcome;
  }

  /** The server has the rows once the outcome is known. */
  async consumeOwned(batch: Batch): Promise<Outcome> {
    try {
      return await this.consume(batch);
    } finally {
      releaseOwned(batch);
    }
  }

  async shutdown(): Promise<void> {
    const lease = this.#lease;
    this.#lease = undefined;
    await lease?.release();
  }

  async #open(): Promise<SharedStore> {
    const { host, id } = this.#context;
    const { timeout, queryTimeout, queryMaxMemory } = this.#config;
    // Loaded only when the component is used.
    const { openClickHouseStore } = await import('./clickhouse/open-store.ts');
    const store = await openClickHouseStore({
      sender: senderOptions(this.#config, this.#context, STORE_TABLES),
      limits: { timeoutMillis: queryTimeout, memoryBytes: queryMaxMemory, maxRows: MAX_ROWS },
      insertTimeoutMillis: timeout,
    });
    const withdraw = host.offerStore(id, store);
    return {
      store,
      close: async () => {
        withdraw();
        await store.close();
      },
    };
  }
}

interface SharedStore {
  readonly store: Store;
  close(): Promise<void>;
}
