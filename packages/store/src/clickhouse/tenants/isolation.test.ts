import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Store } from '../../contract.ts';
import type { ClickHouseTables } from '../schema/layout.ts';
import { createClickHouseStore } from '../store.ts';

const TENANT = "umbra' OR 1=1 --";
const QUOTED = "umbra\\' OR 1=1 --";
const RANGE = { tenant: TENANT, start: 0n, end: 10n ** 18n } as const;
const traceId = 'a'.repeat(32);

const TABLES = new Proxy({} as ClickHouseTables['tables'], { get: (_, name) => `table_${String(name)}` });
const NAMES: ClickHouseTables = { database: 'db', tables: TABLES };

/** Calls of every method that reads telemetry. */
const CALLS: Readonly<Record<string, (store: Store) => unknown>> = {
  services: (store) => store.services(RANGE),
  red: (store) => store.red({ ...RANGE, steps: 5, groupBy: 'service' }),
  durationHeatmap: (store) => store.durationHeatmap({ ...RANGE, steps: 5 }),
  routes: (store) => store.routes({ ...RANGE, limit: 5 }),
  errors: (store) => store.errors({ ...RANGE, steps: 5, limit: 5 }),
  searchTraces: (store) => store.searchTraces({ ...RANGE, conditions: [], limit: 5, orderBy: 'time' }),
  trace: (store) => Array.fromAsync(store.trace({ tenant: TENANT, traceId })),
  traceOutline: (store) => Array.fromAsync(store.traceOutline({ tenant: TENANT, traceId })),
  findSpans: (store) => store.findSpans({ tenant: TENANT, traceId, text: 'x' }),
  searchLogs: (store) => store.searchLogs({ ...RANGE, conditions: [], limit: 5, order: 'newest' }),
  logHistogram: (store) => store.logHistogram({ ...RANGE, conditions: [], limit: 5, order: 'newest', steps: 5 }),
  logFacet: (store) => store.logFacet({ ...RANGE, conditions: [], limit: 5, order: 'newest', field: 'service' }),
  metricNames: (store) => store.metricNames({ ...RANGE, limit: 5 }),
  metricLabels: (store) => store.metricLabels({ ...RANGE, name: 'x' }),
  labelValues: (store) => store.labelValues({ ...RANGE, name: 'x', key: 'y', limit: 5 }),
  metricSeries: (store) =>
    store.metricSeries({ ...RANGE, name: 'x', conditions: [], groupBy: [], aggregate: 'sum', steps: 5, limit: 5 }),
  metricIdentities: (store) => store.metricIdentities(RANGE),
  metricStreams: (store) => store.metricStreams({ ...RANGE, limit: 5 }),
  selectSpans: (store) => Array.fromAsync(store.selectSpans({ ...RANGE, parts: {}, traceIds: [traceId] })),
  selectLogs: (store) => Array.fromAsync(store.selectLogs({ ...RANGE, order: 'newest' })),
  countItems: (store) => store.countItems({ ...RANGE, signal: 'logs', steps: 1, limit: 5, by: [] }),
  serviceCalls: (store) => store.serviceCalls(RANGE),
  exportTrace: (store) => Array.fromAsync(store.exportTrace({ tenant: TENANT, traceId })),
  attributeKeys: (store) => store.attributeKeys({ ...RANGE, signal: 'traces', limit: 5 }),
  nearestData: (store) => store.nearestData({ ...RANGE, signal: 'metrics' }),
  itemVolumes: (store) => store.itemVolumes({ ...RANGE, signal: 'traces', steps: 5, detail: true }),
  export: (store) => Array.fromAsync(store.export({ tenant: TENANT, signal: 'logs' })),
  traceHeatmap: (store) => store.populations?.traceHeatmap({ ...RANGE, conditions: [], steps: 5 }),
  traceReferences: (store) => store.populations?.traceReferences({ ...RANGE, traceId }),
  spanValues: (store) => store.populations?.spanValues({ ...RANGE, conditions: [], field: 'service', limit: 5 }),
  sql: (store) => store.sql?.query({ tenant: TENANT, statement: 'select * from spans, logs' }),
};

test('limits the memory of a query to the lower of the limits of the store and of its caller', async () => {
  const limits: (string | undefined)[] = [];
  for (const [ofStore, memoryBytes] of [
    [2000, undefined],
    [2000, 1000],
    [2000, 2000],
    [2000, 3000],
    [0, 1000],
    [0, undefined],
  ] as const) {
    const store = createClickHouseStore({
      connection: {
        name: 'test',
        async *read({ settings }) {
          limits.push(settings?.['max_memory_usage']);
          yield new Uint8Array();
        },
        close: () => undefined,
      },
      names: NAMES,
      limits: { timeoutMillis: 1000, memoryBytes: ofStore, maxRows: 1000 },
      prepare: async () => undefined,
      insert: async () => ({ kind: 'accepted' }),
    });
    const caller = { client: '', signal: new AbortController().signal };
    await store.for?.({ ...caller, ...(memoryBytes !== undefined && { memoryBytes }) }).serviceCalls(RANGE);
    await store.close();
  }
  assert.deepEqual(limits, ['2000', '1000', '2000', '2000', '1000', undefined]);
});

test('every statement selects the rows of its tenant wherever it reads a table', async () => {
  const missing: string[] = [];
  for (const [method, call] of Object.entries(CALLS)) {
    const statements: string[] = [];
    const store = createClickHouseStore({
      connection: {
        name: 'test',
        async *read({ text }) {
          statements.push(text);
          yield new Uint8Array();
        },
        close: () => undefined,
      },
      names: NAMES,
      limits: { timeoutMillis: 1000, memoryBytes: 0, maxRows: 1000 },
      prepare: async () => undefined,
      insert: async () => ({ kind: 'accepted' }),
    });
    // Some methods do not expect a response without rows. Their statement counts.
    await Promise.resolve(call(store)).catch(() => undefined);
    await store.close();
    const reading = statements.filter((text) => text.includes('`db`.'));
    if (reading.length === 0) missing.push(`${method}: no statement`);
    for (const text of reading) {
      // The tables of trace IDs have only the times of traces, which narrow what is read of the others.
      const tables = text.match(/`db`\.`(?!\w+_trace_id_ts`)/g)?.length ?? 0;
      const conditions = text.split(QUOTED).length - 1;
      if (conditions < tables) missing.push(`${method}: ${conditions} conditions for ${tables} tables: ${text}`);
      assert.ok(!text.includes(TENANT), `${method}: the name is not quoted: ${text}`);
    }
  }
  assert.deepEqual(missing, []);
});
