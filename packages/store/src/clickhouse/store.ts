import { resolve } from 'node:path';
import type { Batch, Outcome } from '@otelier/otlp';
import type { Store, StoreHealth } from '../contract.ts';
import { backupStore } from './backup.ts';
import type { ClickHouseConnection } from './connection.ts';
import { exportRequests } from './export.ts';
import { attributeKeys, countItems, nearestData, serviceCalls } from './items.ts';
import { logFacet, logHistogram, searchLogs, selectLogs } from './logs/logs.ts';
import { metricSeries } from './metrics/metric-series.ts';
import { labelValues, metricIdentities, metricLabels, metricNames } from './metrics/names.ts';
import { metricSamples, metricStreams } from './metrics/samples.ts';
import { populationsOf } from './populations/populations.ts';
import type { ClickHouseTables } from './schema/layout.ts';
import { type ClickHouseContext, type ClickHouseLimits, select } from './shared/context.ts';
import { sqlOf } from './sql/sql.ts';
import { statsOf } from './stats.ts';
import { ClickHouseTenants, type ClickHouseTenantsOptions } from './tenants/tenants.ts';
import { errors } from './traces/errors.ts';
import { durationHeatmap, red, routes } from './traces/requests.ts';
import { searchTraces } from './traces/search-traces.ts';
import { services } from './traces/services.ts';
import { exportTrace, findSpans, selectSpans, trace } from './traces/trace.ts';
import { traceOutline } from './traces/trace-outline.ts';
import { attributeVolumes, itemVolumes } from './volumes.ts';

/** Options for `createClickHouseStore`. */
export interface ClickHouseStoreOptions {
  readonly connection: ClickHouseConnection;
  readonly names: ClickHouseTables;
  readonly limits: ClickHouseLimits;
  /** Resolves when the tables exist and have all columns. Called before each query. Throws `ClickHouseError`. */
  readonly prepare: () => Promise<void>;
  /** Inserts a batch. The outcome is known after the server has the rows. */
  readonly insert: (batch: Batch) => Promise<Outcome>;
  /** Where removals of tenants are kept. Without it, tenants cannot be removed. */
  readonly removals?: Pick<ClickHouseTenantsOptions, 'directory' | 'onCluster' | 'report' | 'now'> | undefined;
}

/** Creates a store whose telemetry is in ClickHouse. Neither its creation nor its start needs the server. */
export function createClickHouseStore({ insert, removals, ...options }: ClickHouseStoreOptions): Store {
  const closing = new AbortController();
  const context: ClickHouseContext = { ...options, closing: closing.signal };
  const pending = new Set<Promise<Outcome>>();
  let health: StoreHealth = { kind: 'ok' };
  const settled = async (): Promise<void> => void (await Promise.allSettled(pending));

  const tenants = removals && new ClickHouseTenants({ ...removals, context, settled });

  async function append(batch: Batch): Promise<Outcome> {
    if (closing.signal.aborted) return { kind: 'refused', reason: 'the store is closed' };
    const removed = tenants?.rejectionOf(batch.context.tenant);
    if (removed !== undefined) return { kind: 'refused', reason: removed };
    const inserted = insert(batch);
    pending.add(inserted);
    try {
      const outcome = await inserted;
      if (outcome.kind !== 'refused')
        health = outcome.kind === 'retry' ? { kind: 'failing', reason: outcome.reason } : { kind: 'ok' };
      return outcome;
    } finally {
      pending.delete(inserted);
    }
  }

  async function checkHealth(): Promise<StoreHealth> {
    try {
      await select(context, 'SELECT 1 AS one');
      health = { kind: 'ok' };
    } catch (error) {
      health = { kind: 'failing', reason: error instanceof Error ? error.message : String(error) };
    }
    return health;
  }

  const own: OwnMethods = {
    append,
    settled,
    flush: settled,
    async backup(directory) {
      const result = await backupStore(context, directory);
      tenants?.backedUp(resolve(directory));
      return result;
    },
    ...(tenants !== undefined && { tenants }),
    stats: () => statsOf(context),
    health: () => health,
    checkHealth,
    async close() {
      await settled();
      if (closing.signal.aborted) return;
      closing.abort();
      options.connection.close();
    },
  };
  tenants?.continueRemovals();
  return storeOf(context, own);
}

type OwnMethods = Pick<
  Store,
  'tenants' | 'append' | 'settled' | 'flush' | 'backup' | 'stats' | 'health' | 'checkHealth' | 'close'
>;

function storeOf(context: ClickHouseContext, own: OwnMethods): Store {
  return {
    ...own,
    for: (caller) => storeOf({ ...context, caller }, own),
    services: (query) => services(context, query),
    red: (query) => red(context, query),
    durationHeatmap: (query) => durationHeatmap(context, query),
    routes: (query) => routes(context, query),
    errors: (query) => errors(context, query),
    searchTraces: (query) => searchTraces(context, query),
    trace: (query) => trace(context, query),
    traceOutline: (query) => traceOutline(context, query),
    findSpans: (query) => findSpans(context, query),
    searchLogs: (query) => searchLogs(context, query),
    logHistogram: (query) => logHistogram(context, query),
    logFacet: (query) => logFacet(context, query),
    metricNames: (query) => metricNames(context, query),
    metricLabels: (query) => metricLabels(context, query),
    labelValues: (query) => labelValues(context, query),
    metricSeries: (query) => metricSeries(context, query),
    metricIdentities: (query) => metricIdentities(context, query),
    metricStreams: (query) => metricStreams(context, query),
    metricSamples: (query) => metricSamples(context, query),
    selectSpans: (query) => selectSpans(context, query),
    selectLogs: (query) => selectLogs(context, query),
    countItems: (query) => countItems(context, query),
    serviceCalls: (query) => serviceCalls(context, query),
    exportTrace: (query) => exportTrace(context, query),
    attributeKeys: (query) => attributeKeys(context, query),
    nearestData: (query) => nearestData(context, query),
    itemVolumes: (query) => itemVolumes(context, query),
    attributeVolumes: (query) => attributeVolumes(context, query),
    export: (query) => exportRequests(context, query),
    populations: populationsOf(context),
    sql: sqlOf(context),
  };
}
