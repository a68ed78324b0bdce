import assert from 'node:assert/strict';
import type { Batch } from '@otelier/otlp';
import type { Store } from '@otelier/store';
import { openClickHouseStore } from '../../../packages/collector/src/exporters/clickhouse/open-store.ts';
import { senderOptions } from '../../../packages/collector/src/exporters/clickhouse/sender-options.ts';
import { STORE_TABLES } from '../../../packages/collector/src/exporters/clickhouse/tables.ts';
import { clickhouse_store } from '../../../packages/collector/src/exporters/clickhouse_store.ts';

/** Opens the store of a database, as the exporter does, with a directory for the removals of tenants. */
export function openTestStore(endpoint: string, database: string, directory?: string): Promise<Store> {
  const config = clickhouse_store.config.parse({ endpoint, database, compress: 'none' });
  const logger = { warn: (_: unknown, message: string) => process.stderr.write(`${message}\n`) };
  const context = { random: Math.random, logger } as unknown as Parameters<typeof senderOptions>[1];
  return openClickHouseStore({
    sender: senderOptions(config, context, STORE_TABLES),
    limits: { timeoutMillis: config.queryTimeout, memoryBytes: config.queryMaxMemory, maxRows: 1_000_000 },
    insertTimeoutMillis: config.timeout,
    removals: directory === undefined ? undefined : { directory, report: assert.fail, now: Date.now },
  });
}

/** Opens the store of a database, and fills it with batches. */
export async function openFilledStore(endpoint: string, database: string, batches: readonly Batch[]): Promise<Store> {
  const store = await openTestStore(endpoint, database);
  for (const batch of batches) await store.append(batch);
  return store;
}
