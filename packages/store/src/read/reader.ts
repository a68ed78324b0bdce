import { totalmem } from 'node:os';
import type { QueryCaller, Store } from '../contract.ts';
import type { OpenKeys } from '../encryption/open-encryption.ts';
import type { SnapshotAccess } from '../write/protocol.ts';
import { attributeKeys } from './attribute-keys.ts';
import { DuckClient } from './duck/client.ts';
import type { StatementLimits } from './duck/protocol.ts';
import { exportRequests } from './export.ts';
import { countItems } from './items/count-items.ts';
import { selectLogs } from './items/select-logs.ts';
import { serviceCalls } from './items/service-calls.ts';
import { logFacet } from './logs/log-facet.ts';
import { logHistogram } from './logs/log-histogram.ts';
import { searchLogs } from './logs/logs.ts';
import { metricIdentities } from './metrics/identities.ts';
import { metricSeries } from './metrics/metric-series.ts';
import { labelValues, metricLabels, metricNames } from './metrics/metrics.ts';
import { PointCache } from './metrics/point-cache.ts';
import { metricSamples } from './metrics/samples.ts';
import { StreamCache } from './metrics/stream-cache.ts';
import { metricStreams } from './metrics/streams.ts';
import { nearestData } from './nearest-data.ts';
import { comparePopulations } from './populations/compare-populations.ts';
import { failedSpans } from './populations/failed-spans.ts';
import { serviceGraph } from './populations/service-graph.ts';
import { spanValues } from './populations/span-values.ts';
import { traceHeatmap } from './populations/trace-heatmap.ts';
import { traceReferences } from './populations/trace-references.ts';
import type { ReadContext } from './shared/context.ts';
import { TraceIndexes } from './shared/trace-indexes.ts';
import { SqlProcessPool } from './sql/process/pool.ts';
import { sqlCapability } from './sql/sql-queries.ts';
import { errors } from './traces/errors.ts';
import { exportTrace } from './traces/export-trace.ts';
import { findSpans } from './traces/find-spans.ts';
import { durationHeatmap, red, routes } from './traces/red.ts';
import { searchTraces } from './traces/search-traces.ts';
import { selectSpans } from './traces/select/select-spans.ts';
import { services } from './traces/services.ts';
import { trace } from './traces/trace.ts';
import { traceOutline } from './traces/trace-outline.ts';
import { attributeVolumes } from './volumes/attribute-volumes.ts';
import { itemVolumes } from './volumes/item-volumes.ts';

/** The query methods of a store. */
export type StoreReader = Pick<
  Store,
  | 'services'
  | 'red'
  | 'durationHeatmap'
  | 'routes'
  | 'errors'
  | 'searchTraces'
  | 'trace'
  | 'traceOutline'
  | 'findSpans'
  | 'searchLogs'
  | 'logHistogram'
  | 'logFacet'
  | 'metricNames'
  | 'metricLabels'
  | 'labelValues'
  | 'metricIdentities'
  | 'metricSamples'
  | 'metricSeries'
  | 'metricStreams'
  | 'selectSpans'
  | 'selectLogs'
  | 'countItems'
  | 'serviceCalls'
  | 'exportTrace'
  | 'attributeKeys'
  | 'nearestData'
  | 'itemVolumes'
  | 'attributeVolumes'
  | 'export'
  | 'populations'
  | 'sql'
  | 'close'
> & {
  /** Returns the same methods for queries of a caller. */
  for(caller: QueryCaller): StoreReader;
};

/** Options for `createStoreReader`. */
export interface StoreReaderOptions {
  /** The store's directory. */
  readonly directory: string;
  /** Provides the files for a tenant and signal. */
  readonly access: SnapshotAccess;
  /** Number of query threads. Default 2. */
  readonly threads?: number;
  /** Memory limit for queries, in bytes. Default 256 MiB. */
  readonly memoryLimitBytes?: number;
  /**
   * Resident memory limit of each process that runs user SQL, in bytes. Default: a sixth of the machine's memory, but
   * at least 256 and at most 512 MiB.
   */
  readonly sqlMemoryLimitBytes?: number;
  /** Timeout of the store's own queries, in milliseconds. Default 30,000. */
  readonly timeoutMillis?: number;
  /**
   * Number of rows in a range up to which a search for the newest traces counts all matches. Default 250,000. In larger
   * ranges it stops early.
   */
  readonly countedRows?: number;
  /** The data keys, if the store is encrypted. */
  readonly keys?: OpenKeys | undefined;
  /** Maximum size of files that are decrypted in memory for SQL, in bytes. */
  readonly memoryBytes?: number | undefined;
}

/** Creates the read side of a store. Starts and loads nothing before the first query. */
export function createStoreReader(options: StoreReaderOptions): StoreReader {
  const { access, keys, memoryBytes } = options;
  const duck = new DuckClient(
    {
      directory: options.directory,
      threads: options.threads ?? 2,
      memoryLimitBytes: options.memoryLimitBytes ?? 256 << 20,
      ...(keys !== undefined && { keys: keys.ring.keys.all, memoryBytes }),
    },
    async (paths) => access.verify?.(paths),
  );
  keys?.onChange((all) => duck.setKeys(all));
  const context: ReadContext = {
    access,
    duck,
    limits: { timeoutMillis: options.timeoutMillis ?? 30_000, maxRows: 500_000, maxResultBytes: 64 << 20 },
    countedRows: options.countedRows ?? 250_000,
    streams: new StreamCache(),
    points: new PointCache(),
  };
  const pool = new SqlProcessPool({
    directory: options.directory,
    threads: options.threads ?? 2,
    memoryLimitBytes: options.sqlMemoryLimitBytes ?? defaultSqlMemoryLimit(),
  });
  const indexes = new TraceIndexes(undefined, undefined, keys?.files);
  const memory = keys === undefined ? undefined : (paths: readonly string[]) => duck.decrypt(paths);
  const sql = sqlCapability({ access, pool, memory });
  const close = async (): Promise<void> => {
    await Promise.all([duck.close(), pool.close()]);
  };
  return readerOf(context, indexes, { sql, close });
}

/** Combines the query methods with the other methods of a store. */
export function storeOf(reader: StoreReader, own: Omit<Store, Exclude<keyof StoreReader, 'close'>>): Store {
  return { ...reader, ...own, for: (caller) => storeOf(reader.for(caller), own) };
}

/** Returns the limits of statements for a caller. */
function limitsFor({ limits }: ReadContext, { memoryBytes }: QueryCaller): StatementLimits {
  if (memoryBytes === undefined) return limits;
  return { ...limits, memoryBytes, maxResultBytes: Math.min(limits.maxResultBytes, memoryBytes) };
}

function readerOf(
  context: ReadContext,
  indexes: TraceIndexes,
  shared: Pick<StoreReader, 'sql' | 'close'>,
): StoreReader {
  return {
    ...shared,
    for: (caller) => readerOf({ ...context, caller, limits: limitsFor(context, caller) }, indexes, shared),
    services: (query) => services(context, query),
    red: (query) => red(context, query),
    durationHeatmap: (query) => durationHeatmap(context, query),
    routes: (query) => routes(context, query),
    errors: (query) => errors(context, query),
    searchTraces: (query) => searchTraces(context, indexes, query),
    trace: (query) => trace(context, indexes, query),
    traceOutline: (query) => traceOutline(context, indexes, query),
    findSpans: (query) => findSpans(context, indexes, query),
    searchLogs: (query) => searchLogs(context, indexes, query),
    logHistogram: (query) => logHistogram(context, indexes, query),
    logFacet: (query) => logFacet(context, indexes, query),
    metricNames: (query) => metricNames(context, query),
    metricLabels: (query) => metricLabels(context, query),
    labelValues: (query) => labelValues(context, query),
    metricSeries: (query) => metricSeries(context, query),
    metricIdentities: (query) => metricIdentities(context, query),
    metricStreams: (query) => metricStreams(context, query),
    metricSamples: (query) => metricSamples(context, query),
    selectSpans: (query) => selectSpans(context, indexes, query),
    selectLogs: (query) => selectLogs(context, query),
    countItems: (query) => countItems(context, query),
    serviceCalls: (query) => serviceCalls(context, query),
    exportTrace: (query) => exportTrace(context, indexes, query),
    attributeKeys: (query) => attributeKeys(context, query),
    nearestData: (query) => nearestData(context, query),
    itemVolumes: (query) => itemVolumes(context, query),
    attributeVolumes: (query) => attributeVolumes(context, query),
    export: (query) => exportRequests(context, query),
    populations: {
      traceHeatmap: (query) => traceHeatmap(context, query),
      spanValues: (query) => spanValues(context, query),
      traceReferences: (query) => traceReferences(context, query),
      failedSpans: (query) => failedSpans(context, query),
      serviceGraph: (query) => serviceGraph(context, query),
      comparePopulations: (query) => comparePopulations(context, query),
    },
  };
}

function defaultSqlMemoryLimit(): number {
  const constrained = process.constrainedMemory();
  const machine = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return Math.min(512 << 20, Math.max(256 << 20, Math.floor(machine / 6)));
}
