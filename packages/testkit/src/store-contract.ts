import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Signal } from '@otelier/otlp';
import type { Store } from '@otelier/store';
import { batchOf, decodeRequest, type RequestJson } from './request-codec.ts';
import { itemsTests, writeItems } from './store-contract/items.ts';
import { logTests, writeLogs } from './store-contract/logs.ts';
import { metricTests, writeMetrics } from './store-contract/metrics.ts';
import { samplesTests } from './store-contract/samples.ts';
import { spansTests, writeSpans } from './store-contract/spans.ts';
import { at, END, RANGE, START, span, tracesOf } from './store-contract/telemetry.ts';
import { traceTests, writeTraces } from './store-contract/traces.ts';
import { volumesTests, writeVolumes } from './store-contract/volumes.ts';

/**
 * Tests an implementation against the `Store` contract. `open` opens a store in an empty directory; the suite closes
 * it. The suite runs twice: on rows that were just appended, and after `flush`.
 */
export function storeContract(open: (directory: string) => Promise<Store>): void {
  for (const flushed of [false, true]) {
    describe(flushed ? 'store, rows in files' : 'store, rows just appended', () => {
      const opened = openBefore(open, async (store) => {
        await writeTraces(store);
        await writeLogs(store);
        await writeMetrics(store);
        await writeSpans(store);
        await writeItems(store);
        await writeVolumes(store);
        if (flushed) await store.flush();
      });
      const store = (): Store => opened().store;
      traceTests(store);
      logTests(store);
      metricTests(store);
      samplesTests(store);
      spansTests(store);
      itemsTests(store);
      volumesTests(store);
      wholeTests(opened);
    });
  }

  describe('an empty store', () => {
    const opened = openBefore(open, async () => {});
    test('returns empty results for every query', async () => {
      const { store } = opened();
      const logs = { ...RANGE, conditions: [], limit: 10, order: 'newest' } as const;
      assert.deepEqual(await store.services(RANGE), []);
      assert.deepEqual(await store.red({ ...RANGE, steps: 3, groupBy: 'service' }), []);
      assert.deepEqual(await store.routes({ ...RANGE, limit: 10 }), []);
      assert.deepEqual(await store.errors({ ...RANGE, steps: 3, limit: 10 }), []);
      assert.deepEqual(await store.searchTraces({ ...RANGE, conditions: [], limit: 10, orderBy: 'time' }), {
        total: 0,
        traces: [],
      });
      assert.deepEqual(await store.searchLogs(logs), []);
      assert.deepEqual(await store.logFacet({ ...logs, field: 'attributes.x' }), []);
      assert.deepEqual(
        (await store.logHistogram({ ...logs, steps: 3 })).map(({ counts }) => counts.info),
        [0, 0, 0],
      );
      assert.deepEqual(await store.metricNames({ ...RANGE, limit: 10 }), []);
      assert.deepEqual(await store.metricLabels({ ...RANGE, name: 'x' }), []);
      assert.deepEqual(await store.metricStreams({ ...RANGE, limit: 10 }), []);
      assert.deepEqual(await store.metricSamples({ ...RANGE, streams: [], limit: 10 }), []);
      assert.deepEqual(await store.attributeKeys({ ...RANGE, signal: 'traces', limit: 10 }), []);
      for (const signal of ['traces', 'logs', 'metrics', 'profiles'] as const) {
        assert.deepEqual(await store.itemVolumes({ ...RANGE, signal, steps: 2 }), []);
        assert.deepEqual(await store.attributeVolumes({ ...RANGE, signal, limit: 10 }), []);
        assert.deepEqual(await store.nearestData({ ...RANGE, signal }), {
          ...{ inRange: false, before: undefined, after: undefined },
        });
      }
      assert.equal(
        (await store.durationHeatmap({ ...RANGE, steps: 3 })).counts.flat().some((count) => count !== 0),
        false,
      );
      assert.equal((await store.stats()).oldest, undefined);
    });
  });
}

interface Opened {
  readonly store: Store;
  readonly directory: string;
}

function openBefore(open: (directory: string) => Promise<Store>, fill: (store: Store) => Promise<void>): () => Opened {
  let opened: Opened | undefined;
  before(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'otelier-store-'));
    const store = await open(join(directory, 'store'));
    opened = { store, directory };
    await fill(store);
  });
  after(async () => {
    await opened?.store.close();
    await opened?.store.close();
    if (opened !== undefined) await rm(opened.directory, { recursive: true, force: true });
  });
  return () => opened ?? assert.fail('the store did not open');
}

/** Tests the store as a whole. */
function wholeTests(opened: () => Opened): void {
  test('acknowledged telemetry is visible to the next query', async () => {
    const { store } = opened();
    for (let i = 0; i < 5; i++) {
      const spans = [span({ trace: 5000 + i, id: 1, name: 'fresh', start: at(50, BigInt(i)), millis: 1 })];
      assert.deepEqual(await store.append(batchOf('traces', tracesOf('fresh', spans), { tenant: 'fresh' })), {
        kind: 'accepted',
      });
      const query = { ...RANGE, tenant: 'fresh', conditions: [], limit: 10, orderBy: 'time' } as const;
      assert.equal((await store.searchTraces(query)).total, i + 1);
    }
  });

  test('telemetry is visible once its append has settled', async () => {
    const { store } = opened();
    const spans = [span({ trace: 5100, id: 1, name: 'settled', start: at(50), millis: 1 })];
    const appended = store.append(batchOf('traces', tracesOf('settled', spans), { tenant: 'settled' }));
    await store.settled();
    const query = { ...RANGE, tenant: 'settled', conditions: [], limit: 10, orderBy: 'time' } as const;
    assert.equal((await store.searchTraces(query)).total, 1);
    assert.deepEqual(await appended, { kind: 'accepted' });
  });

  test('exports all appended items', async () => {
    const { store } = opened();
    assert.equal(countItems(await exported(store, 'traces'), 'spans'), 61);
    assert.equal(countItems(await exported(store, 'logs'), 'logRecords'), 31);
    assert.equal(countItems(await exported(store, 'metrics'), 'dataPoints'), 120 + 10 + 60 + 60 + 1 + 1);
    const [kind] = itemsOf(await exported(store, 'traces'), 'spans').filter(({ name }) => name === 'nightly');
    assert.deepEqual(
      [kind?.['startTimeUnixNano'], kind?.['endTimeUnixNano']],
      [at(30).toString(), (at(30) + 5_000_000_000n).toString()],
    );
  });

  test('exports only items of the requested range', async () => {
    const { store } = opened();
    const range = { start: at(2), end: at(4) };
    assert.equal(countItems(await exported(store, 'traces', range), 'spans'), 6);
    assert.equal(countItems(await exported(store, 'logs', range), 'logRecords'), 2);
  });

  test('backs up to a separate directory, the second time only what is new', async () => {
    const { store, directory } = opened();
    const target = join(directory, 'backup');
    const first = await store.backup(target);
    assert.ok(first.files > 0 && first.bytes > 0);
    assert.equal(first.copiedFiles, first.files);
    assert.ok((await readdir(target)).length > 0);
    const second = await store.backup(target);
    assert.ok(second.files >= first.files && second.copiedFiles <= second.files);
  });

  test('statistics contain rows, size and the oldest time', async () => {
    const { signals, sizeBytes, maxBytes, oldest, tenants = [] } = await opened().store.stats();
    const rows = (signal: Signal): number => (signals[signal]?.rows ?? 0) + (signals[signal]?.pendingRows ?? 0);
    assert.ok(rows('traces') >= 61 && rows('logs') >= 31 && rows('metrics') >= 252, JSON.stringify(signals));
    assert.ok(sizeBytes >= 0 && maxBytes > 0);
    assert.ok(oldest !== undefined && oldest >= START && oldest < END);
    const own = tenants.find(({ tenant }) => tenant === 'default');
    const all = rows('traces') + rows('logs') + rows('metrics');
    const others = tenants.reduce((sum, one) => sum + one.rows + one.pendingRows, 0);
    assert.ok(own !== undefined && own.rows + own.pendingRows > 0 && others === all, JSON.stringify({ tenants, all }));
  });
}

async function exported<S extends keyof RequestJson>(
  store: Store,
  signal: S,
  range: { readonly start?: bigint; readonly end?: bigint } = {},
): Promise<RequestJson[S][]> {
  const requests: RequestJson[S][] = [];
  for await (const bytes of store.export({ tenant: 'default', signal, ...range })) {
    requests.push(decodeRequest(signal, bytes));
  }
  return requests;
}

function countItems(requests: readonly unknown[], list: string): number {
  return itemsOf(requests, list).length;
}

/** Returns the entries of all lists with this name, at any depth. */
function itemsOf(value: unknown, list: string): Readonly<Record<string, unknown>>[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    key === list ? (child as Record<string, unknown>[]) : itemsOf(child, list),
  );
}
