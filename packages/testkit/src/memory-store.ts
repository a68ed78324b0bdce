import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ACCEPTED, type Batch, type Outcome, type Signal } from '@otelier/otlp';
import type {
  ExportQuery,
  FacetValue,
  LogRow,
  NearestData,
  RangeQuery,
  SpanRow,
  SqlCapability,
  SqlResult,
  Store,
  StoreStats,
} from '@otelier/store';
import { exportPart } from './memory-store/export.ts';
import { countItems, selectLogs, serviceCalls } from './memory-store/items.ts';
import { logFacet, logHistogram, searchLogs } from './memory-store/logs.ts';
import { labelValues, metricLabels, metricNames, metricSeries } from './memory-store/metrics.ts';
import { logRows, type PointRow, pointRows } from './memory-store/rows.ts';
import { metricIdentities, metricSamples, metricStreams } from './memory-store/samples.ts';
import { type StoredSpan, selectSpans, storedSpans, traceOf } from './memory-store/spans.ts';
import { countValues } from './memory-store/steps.ts';
import { findSpans, trace, traceOutline } from './memory-store/trace.ts';
import { durationHeatmap, errors, red, routes, searchTraces, services } from './memory-store/traces.ts';
import { attributeVolumes, itemVolumes } from './memory-store/volumes.ts';
import type { TracesJson } from './otlp-json.ts';
import { decodeRequest, encodeRequest } from './request-codec.ts';

/**
 * Creates a store that holds all rows in memory and scans them: the simplest implementation of the `Store` contract,
 * for tests that need a store and as an oracle for the real one. Tests supply `sql`.
 */
export function createMemoryStore({ sql }: { readonly sql?: Pick<SqlCapability, 'query'> } = {}): Store {
  const tenants = new Map<string, Tenant>();
  const tenantOf = (name: string): Tenant => {
    const tenant = tenants.get(name) ?? new Tenant();
    tenants.set(name, tenant);
    return tenant;
  };
  return {
    sql: sql && sqlCapability(sql),
    append: async (batch) => tenantOf(batch.context.tenant).append(batch),
    settled: async () => {},
    flush: async () => {},
    services: async (query) => {
      const { spans, logs } = tenantOf(query.tenant);
      return services(inRange(spans, spanTime, query), inRange(logs, itemTime, query));
    },
    red: async (query) => red(inRange(tenantOf(query.tenant).spans, spanTime, query), query),
    durationHeatmap: async (query) => durationHeatmap(inRange(tenantOf(query.tenant).spans, spanTime, query), query),
    routes: async (query) => routes(inRange(tenantOf(query.tenant).spans, spanTime, query), query),
    errors: async (query) => errors(inRange(tenantOf(query.tenant).spans, spanTime, query), query),
    searchTraces: async (query) => {
      const { spans } = tenantOf(query.tenant);
      return searchTraces(spans, inRange(spans, spanTime, query), query);
    },
    trace: (query) => trace(tenantOf(query.tenant).spans, query),
    traceOutline: (query) => traceOutline(tenantOf(query.tenant).spans, query),
    findSpans: async (query) => findSpans(tenantOf(query.tenant).spans, query),
    searchLogs: async (query) => searchLogs(inRange(tenantOf(query.tenant).logs, itemTime, query), query),
    logHistogram: async (query) => logHistogram(inRange(tenantOf(query.tenant).logs, itemTime, query), query),
    logFacet: async (query) => logFacet(inRange(tenantOf(query.tenant).logs, itemTime, query), query),
    metricNames: async (query) => metricNames(inRange(tenantOf(query.tenant).points, itemTime, query), query),
    metricLabels: async (query) => metricLabels(inRange(tenantOf(query.tenant).points, itemTime, query), query.name),
    labelValues: async (query) => labelValues(inRange(tenantOf(query.tenant).points, itemTime, query), query),
    metricSeries: async (query) => metricSeries(inRange(tenantOf(query.tenant).points, itemTime, query), query),
    metricIdentities: async (query) => metricIdentities(inRange(tenantOf(query.tenant).points, itemTime, query)),
    metricStreams: async (query) => metricStreams(inRange(tenantOf(query.tenant).points, itemTime, query), query),
    metricSamples: async (query) => metricSamples(inRange(tenantOf(query.tenant).points, itemTime, query), query),
    selectSpans: (query) => parts(selectSpans(tenantOf(query.tenant).stored, query)),
    selectLogs: (query) => parts(selectLogs(inRange(tenantOf(query.tenant).logs, itemTime, query), query)),
    countItems: async (query) => {
      const { spans, logs } = tenantOf(query.tenant);
      const rows = query.signal === 'traces' ? spans.map((span) => ({ ...span, time: span.start })) : logs;
      return countItems(
        rows.filter(({ time }) => time >= query.start && time < query.end),
        query,
      );
    },
    serviceCalls: async (query) => serviceCalls(inRange(tenantOf(query.tenant).spans, spanTime, query)),
    exportTrace: ({ tenant, traceId }) => parts(tracePart(tenantOf(tenant), traceId)),
    attributeKeys: async (query) => attributeKeys(tenantOf(query.tenant), query),
    nearestData: async (query) => nearestData(tenantOf(query.tenant), query),
    itemVolumes: async (query) => itemVolumes(tenantOf(query.tenant).batches, query),
    attributeVolumes: async (query) => attributeVolumes(tenantOf(query.tenant).batches, query),
    export: (query) => exported(tenantOf(query.tenant), query),
    backup: async (directory) => backup(tenants, directory),
    stats: async () => ({
      ...statsOf([...tenants.values()]),
      tenants: [...tenants].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, own]) => tenantStatsOf(name, own)),
    }),
    health: () => ({ kind: 'ok' }),
    checkHealth: async () => ({ kind: 'ok' }),
    close: async () => {},
  };
}

class Tenant {
  readonly batches: Batch[] = [];
  readonly spans: SpanRow[] = [];
  readonly stored: StoredSpan[] = [];
  readonly logs: LogRow[] = [];
  readonly points: PointRow[] = [];

  append(batch: Batch): Outcome {
    this.batches.push(batch);
    for (const part of batch.parts) TAKE[batch.signal](this, part, batch.context.arrivalMillis);
    return ACCEPTED;
  }
}

const TAKE: Readonly<Record<Signal, (tenant: Tenant, part: Uint8Array, arrivalMillis: number) => void>> = {
  traces: ({ spans, stored }, part) => {
    for (const one of storedSpans(decodeRequest('traces', part))) {
      spans.push(one.row);
      stored.push(one);
    }
  },
  logs: ({ logs }, part, arrivalMillis) => {
    for (const row of logRows(decodeRequest('logs', part), arrivalMillis, () => logs.length)) logs.push(row);
  },
  metrics: ({ points }, part, arrivalMillis) => {
    for (const row of pointRows(decodeRequest('metrics', part), arrivalMillis)) points.push(row);
  },
  profiles: () => {},
};

function inRange<T>(rows: readonly T[], timeOf: (row: T) => bigint, { start, end }: RangeQuery): T[] {
  return rows.filter((row) => timeOf(row) >= start && timeOf(row) < end);
}

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : 1;
}

function spanTime({ start }: { readonly start: bigint }): bigint {
  return start;
}

function itemTime({ time }: { readonly time: bigint }): bigint {
  return time;
}

function attributeKeys(tenant: Tenant, query: RangeQuery & { signal: Signal; limit: number }): FacetValue[] {
  const rows = {
    traces: () => inRange(tenant.spans, spanTime, query),
    logs: () => inRange(tenant.logs, itemTime, query),
    metrics: () => inRange(tenant.points, itemTime, query),
    profiles: () => [],
  }[query.signal]();
  return countValues(
    rows.flatMap(({ attributes }) => Object.keys(attributes)),
    query.limit,
  );
}

function nearestData(tenant: Tenant, { signal, start, end }: RangeQuery & { signal: Signal }): NearestData {
  const times = {
    traces: () => tenant.spans.map(spanTime),
    logs: () => tenant.logs.map(itemTime),
    metrics: () => tenant.points.map(itemTime),
    profiles: () => [],
  }
    [signal]()
    .toSorted(ascending);
  return {
    inRange: times.some((time) => time >= start && time < end),
    before: times.findLast((time) => time < start),
    after: times.find((time) => time >= end && time >= start),
  };
}

async function* exported(tenant: Tenant, query: ExportQuery): AsyncGenerator<Uint8Array> {
  for (const batch of tenant.batches) {
    if (batch.signal !== query.signal) continue;
    for (const part of batch.parts) {
      const kept = exportPart(batch.signal, part, batch.context.arrivalMillis, query);
      if (kept !== undefined) yield kept;
    }
  }
}

async function* parts<T>(all: Iterable<T>): AsyncGenerator<T> {
  yield* all;
}

function* traceRequests(tenant: Tenant): Generator<TracesJson> {
  for (const { signal, parts: encoded } of tenant.batches) {
    if (signal === 'traces') for (const part of encoded) yield decodeRequest('traces', part);
  }
}

function* tracePart(tenant: Tenant, traceId: string): Generator<Uint8Array> {
  for (const request of traceRequests(tenant)) {
    const part = traceOf(request, traceId);
    if (part !== undefined) yield encodeRequest('traces', part);
  }
}

async function backup(tenants: ReadonlyMap<string, Tenant>, directory: string): ReturnType<Store['backup']> {
  await mkdir(directory, { recursive: true });
  const earlier = new Set(await readdir(directory));
  let [files, bytes, copiedFiles, copiedBytes] = [0, 0, 0, 0];
  for (const [name, { batches }] of tenants) {
    for (const part of batches.flatMap(({ parts }) => parts)) {
      const file = `${encodeURIComponent(name)}-${files++}.binpb`;
      bytes += part.length;
      if (earlier.has(file)) continue;
      await writeFile(join(directory, file), part);
      copiedFiles += 1;
      copiedBytes += part.length;
    }
  }
  return { files, bytes, copiedFiles, copiedBytes, removedFiles: 0, damaged: [] };
}

function tenantStatsOf(tenant: string, own: Tenant): NonNullable<StoreStats['tenants']>[number] {
  const { signals } = statsOf([own]);
  const sum = (key: 'rows' | 'bytes'): number => Object.values(signals).reduce((total, one) => total + one[key], 0);
  return { tenant, files: 0, rows: sum('rows'), bytes: sum('bytes'), pendingRows: 0, signals };
}

function statsOf(tenants: readonly Tenant[]): StoreStats {
  const batches = tenants.flatMap((tenant) => tenant.batches);
  const sizeOf = (some: readonly Batch[]): number => some.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const signal = (name: Signal): StoreStats['signals'][string] => {
    const own = batches.filter((batch) => batch.signal === name);
    const rows = own.reduce((sum, { itemCount }) => sum + itemCount, 0);
    return { files: 0, rows, bytes: sizeOf(own), pendingRows: 0 };
  };
  const times = tenants.flatMap((tenant) => [
    ...tenant.spans.map(spanTime),
    ...tenant.logs.map(itemTime),
    ...tenant.points.map(itemTime),
  ]);
  return {
    directory: 'memory',
    sizeBytes: sizeOf(batches),
    maxBytes: Number.MAX_SAFE_INTEGER,
    oldest: times.toSorted(ascending)[0],
    signals: {
      traces: signal('traces'),
      logs: signal('logs'),
      metrics: signal('metrics'),
      profiles: signal('profiles'),
    },
    journalBytes: 0,
  };
}

function sqlCapability({ query }: Pick<SqlCapability, 'query'>): SqlCapability {
  async function* pieces(result: SqlResult): AsyncGenerator<Uint8Array> {
    yield Buffer.from(JSON.stringify(result));
  }
  return {
    query,
    queryJson: async (request) => pieces(await query(request)),
    queryEncoded: async (request) => {
      const result = await query(request);
      return { truncated: result.truncated, pieces: pieces(result) };
    },
  };
}
