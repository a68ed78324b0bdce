import type { Store } from '@otelier/store';
import {
  ADDED_COLUMNS,
  ADDED_POINT_COLUMNS,
  type ClickHouseConnection,
  ClickHouseError,
  type ClickHouseLimits,
  type ClickHouseStoreOptions,
  createClickHouseStore,
  ItemColumns,
} from '@otelier/store/clickhouse';
import { unreachableOutcome } from '../../component/sending/unreachable.ts';
import type { StatementFailure } from './client.ts';
import { applyMigrations } from './migrate.ts';
import { type ClickHouseSender, type ClickHouseSenderOptions, createClickHouseSender } from './sender.ts';
import { clusterClause } from './statements.ts';

/** Options for `openClickHouseStore`. */
export interface ClickHouseStoreConfig {
  readonly sender: ClickHouseSenderOptions;
  readonly limits: ClickHouseLimits;
  /** How long an insert waits for the response of the server, in milliseconds. */
  readonly insertTimeoutMillis: number;
  /** Where removals of tenants are kept, and what is told if one could not be continued. */
  readonly removals?: Omit<NonNullable<ClickHouseStoreOptions['removals']>, 'onCluster'> | undefined;
}

/** Opens the store in a ClickHouse database. Its tables are created or changed before the first insert or query. */
export async function openClickHouseStore({
  sender: options,
  limits,
  insertTimeoutMillis,
  removals,
}: ClickHouseStoreConfig): Promise<Store> {
  const { schema } = options;
  const sender = createClickHouseSender({
    ...options,
    additions: {
      columnsOf: (table) =>
        table === 'traces' || table === 'logs' ? ADDED_COLUMNS : [...ADDED_COLUMNS, ...ADDED_POINT_COLUMNS],
      apply: (client, abort, createsSchema) => applyMigrations(client, schema, { abort, createsSchema }),
      rowsOf: ({ context }) => new ItemColumns(context),
    },
  });
  await sender.start();
  const name = options.urls.map(({ host }) => host).join(', ');
  const deadline = (): AbortSignal => AbortSignal.timeout(insertTimeoutMillis);
  return createClickHouseStore({
    connection: connectionOf(sender, name),
    names: schema,
    limits,
    removals: removals && { ...removals, onCluster: clusterClause(schema) },
    insert: (batch) => sender.send(batch, deadline(), () => {}),
    async prepare() {
      const result = await sender.prepare(deadline());
      if (result.kind === 'failed') throw errorOf(result);
    },
  });
}

function connectionOf(sender: ClickHouseSender, name: string): ClickHouseConnection {
  return {
    name,
    async *read({ text, settings = {} }, signal = NEVER) {
      const result = await sender.stream({ text, settings }, signal);
      if (result.kind === 'failed') throw errorOf(result);
      try {
        yield* result.body;
      } catch (error) {
        const { reason } = unreachableOutcome(error, signal);
        throw new ClickHouseError(`the response ended early: ${reason}`, { isUnreachable: true });
      }
    },
    close: () => void sender.shutdown(),
  };
}

const NEVER = new AbortController().signal;

function errorOf({ reason, code, unreachable }: StatementFailure): ClickHouseError {
  return new ClickHouseError(reason, { code, isUnreachable: unreachable });
}
