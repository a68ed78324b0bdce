import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { requestFromJson } from '@otelier/otlp';
import type { Store } from '@otelier/store';
import { batchOf, createComponentBench, decodeRequest, type RequestJson } from '@otelier/testkit';
import { systemClock } from '@otelier/transport';
import { clickhouse } from '../../../packages/collector/src/exporters/clickhouse.ts';
import { type Form, START, telemetryOf, timeOf, traceId } from './collector-telemetry.ts';
import { openTestStore } from './open-test-store.ts';

const SIGNALS = ['traces', 'logs', 'metrics'] as const;
const RANGE = { tenant: 'default', start: START, end: timeOf(60) } as const;
/** Telemetry of the exporter before and after the store has added its columns, and telemetry of the store. */
const FORMS: readonly Form[] = ['columns', 'columns', 'sent'];

/** Declares tests of a store in tables that the exporter `clickhouse` has created, and inserts into. */
export function collectorRowsTests(url: string, database: string): void {
  describe('rows of the Collector', () => {
    let store: Store;
    before(async () => {
      const exporter = await startExporter(url, database);
      for (const signal of SIGNALS) await exporter.send(batchOf(signal, telemetryOf(signal, 0, 'sent')));
      store = await openTestStore(url, database);
      await store.stats();
      for (const signal of SIGNALS) await exporter.send(batchOf(signal, telemetryOf(signal, 1, 'sent')));
      await exporter.close();
      for (const signal of SIGNALS) {
        assert.equal((await store.append(batchOf(signal, telemetryOf(signal, 2, 'sent')))).kind, 'accepted');
      }
    });
    after(() => store?.close());

    for (const signal of SIGNALS) {
      test(`${signal} are exported as the columns preserve them, and those of the store as they were sent`, async () => {
        const requests: Uint8Array[] = [];
        for await (const request of store.export({ ...RANGE, signal })) requests.push(request);
        assert.deepEqual(itemsOf(signal, requests), expectedItems(signal));
      });
    }

    test('backups have all of them', async (t) => {
      const directory = await mkdtemp(join(tmpdir(), 'otelier-clickhouse-backup-'));
      t.after(() => rm(directory, { recursive: true, force: true }));
      await store.backup(directory);
      const names = await readdir(directory);
      for (const signal of SIGNALS) {
        const requests: Uint8Array[] = [];
        for (const name of names.filter((one) => one.includes(`.${signal}.`))) {
          const request = requestFromJson(signal, (await readFile(join(directory, name), 'utf8')).trim());
          assert.ok(request.ok);
          requests.push(request.bytes);
        }
        assert.deepEqual(itemsOf(signal, requests), expectedItems(signal));
      }
    });

    test('traces have their spans, in order', async () => {
      for (const [n, form] of FORMS.entries()) {
        const query = { tenant: 'default', traceId: traceId(n) };
        const requests: Uint8Array[] = [];
        for await (const request of store.exportTrace(query)) requests.push(request);
        assert.deepEqual(
          requests.map((bytes) => decodeRequest('traces', bytes)),
          [telemetryOf('traces', n, form)],
        );
        const spans = (await Array.fromAsync(store.trace(query))).flat();
        assert.deepEqual(
          spans.map(({ name, kind, statusCode, service, scopeName }) => [name, kind, statusCode, service, scopeName]),
          [
            ['GET /cart', 'SERVER', 'ERROR', 'shop', 'lib'],
            ['reserve', 'UNSPECIFIED', 'UNSET', 'shop', 'lib'],
          ],
        );
        const [server] = spans;
        assert.equal(server?.attributes['http.response.status_code'], form === 'sent' ? 503 : '503');
        assert.equal(server?.events[0]?.attributes['http.route'], '/cart/{id}');
        assert.equal(server?.links[0]?.attributes['http.route'], '/cart/{id}');
        assert.equal(server?.durationNanos, 999_999_999);
      }
    });

    test('spans are selected with their resources and scopes, newest first', async () => {
      const condition = { field: 'attributes.http.route', op: '=', value: '/cart/{id}' } as const;
      const query = {
        ...RANGE,
        filter: { kind: 'condition', condition },
        parts: { attributes: 'all', resource: true, scope: true, events: true, links: true },
        order: 'newest',
      } as const;
      const spans = (await Array.fromAsync(store.selectSpans(query))).flat();
      assert.deepEqual(
        spans.map((span) => [span.traceId, span.scopeVersion, span.resourceAttributes.get('process.pid')]),
        [
          [traceId(2), '1.2', 42n],
          [traceId(1), '1.2', '42'],
          [traceId(0), '1.2', '42'],
        ],
      );
      assert.deepEqual(
        spans.map(({ events, links }) => [events.length, links.length]),
        [
          [1, 1],
          [1, 1],
          [1, 1],
        ],
      );
    });

    test('pages of log records have each record once, also those of one time', async () => {
      const query = { ...RANGE, conditions: [], limit: 2, order: 'oldest' } as const;
      const bodies: string[] = [];
      let next: { readonly after?: string } = {};
      for (;;) {
        const page = await store.searchLogs({ ...query, ...next });
        const last = page.at(-1);
        if (last === undefined) break;
        bodies.push(...page.map(({ body }) => body));
        next = { after: last.cursor };
      }
      const expected = FORMS.flatMap((_, n) => [`{"items":["a"],"order":${n}}`, `one ${n}`, `two ${n}`]);
      assert.deepEqual(bodies.toSorted(), expected.toSorted());
      const selected = (await Array.fromAsync(store.selectLogs({ ...RANGE, order: 'oldest' }))).flat();
      assert.deepEqual(
        selected.map(({ body }) => body),
        bodies,
      );
      const [found] = await store.searchLogs({
        ...RANGE,
        conditions: [],
        limit: 1,
        order: 'oldest',
        text: '"order":0',
      });
      assert.deepEqual(
        [found?.severityNumber, found?.severityText, found?.service, found?.traceId, found?.eventName],
        [17, 'ERROR', 'shop', traceId(0), 'order.failed'],
      );
    });

    test('items are counted by their resources', async () => {
      for (const signal of SIGNALS) {
        const counts = await store.countItems({ ...RANGE, signal, by: ['resource'], steps: 1, limit: 10 });
        const pids = counts?.map(({ resourceAttributes }) => String(resourceAttributes['process.pid']));
        assert.deepEqual(new Set(pids), new Set(['42']));
      }
    });

    test('distributions and exemplars of metrics are returned', async () => {
      const streams = await store.metricStreams({ ...RANGE, limit: 100 });
      const samples = await store.metricSamples({ ...RANGE, streams, limit: 100, exemplars: true });
      const pointsOf = (name: string) => samples.filter(({ stream }) => stream.name === name);
      const histograms = pointsOf('duration').flatMap(({ distributions = [] }) => distributions);
      assert.deepEqual(
        histograms.map(({ count, sum, bounds, bucketCounts }) => [count, sum, bounds, bucketCounts]).toSorted(),
        FORMS.map((_, n) => [10 + n, 12.5, [0.5, 2], [1, 8 + n, 1]]),
      );
      const sizes = pointsOf('sizes').flatMap(({ distributions = [] }) => distributions);
      assert.deepEqual(
        sizes.map(({ scale, zeroCount, positive }) => [scale, zeroCount, positive]),
        FORMS.map(() => [-1, 4, { offset: -2, counts: [5, 0] }]),
      );
      const quantiles = pointsOf('latency').flatMap(({ distributions = [] }) => distributions);
      assert.deepEqual(
        quantiles.map((one) => one.quantiles),
        FORMS.map(() => [{ quantile: 0.5, value: 1.5 }]),
      );
      const exemplars = pointsOf('orders').flatMap((one) => one.exemplars);
      assert.deepEqual(exemplars.map(({ value }) => value).toSorted(), [0.25, 0.25, 0.25, 7, 7, 7]);
      const query = { ...RANGE, name: 'duration', conditions: [], groupBy: [], steps: 1, limit: 1 } as const;
      const { series } = await store.metricSeries({ ...query, aggregate: 'p50' });
      assert.ok((series[0]?.values[0] ?? 0) > 0.5, JSON.stringify(series[0]?.values));
      assert.equal(series[0]?.exemplars.length, 2 * FORMS.length);
    });

    test('links and exemplars refer to traces', async () => {
      const references = await store.populations?.traceReferences({ ...RANGE, traceId: 'c'.repeat(32) });
      assert.deepEqual(
        references?.links.map((link) => link.traceId),
        [traceId(2), traceId(1), traceId(0)],
      );
      for (const n of FORMS.keys()) {
        const own = await store.populations?.traceReferences({ ...RANGE, traceId: traceId(n) });
        assert.deepEqual(own?.exemplars.map(({ metric }) => metric).toSorted(), ['duration', 'orders', 'sizes']);
      }
    });
  });
}

async function startExporter(endpoint: string, database: string) {
  const config = {
    endpoint,
    database,
    compress: 'none',
    timeout: '60s',
    sending_queue: { enabled: false },
    retry_on_failure: { enabled: false },
  };
  const bench = await createComponentBench(clickhouse, { clock: systemClock, config });
  await bench.start();
  return bench;
}

function expectedItems(signal: (typeof SIGNALS)[number]): readonly unknown[] {
  return sorted(FORMS.flatMap((form, n) => flatten(telemetryOf(signal, n, form))));
}

/** Returns the items in requests with the fields of the groups that contain them, in the order of their texts. */
function itemsOf<S extends keyof RequestJson>(signal: S, requests: readonly Uint8Array[]): readonly unknown[] {
  return sorted(requests.flatMap((bytes) => flatten(decodeRequest(signal, bytes))));
}

const LISTS: ReadonlySet<string> = new Set([
  ...['resourceSpans', 'scopeSpans', 'spans', 'resourceLogs', 'scopeLogs', 'logRecords'],
  ...['resourceMetrics', 'scopeMetrics', 'metrics', 'dataPoints'],
  ...['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'],
]);

/** Returns the paths to the items: for each, the fields of all levels. */
function flatten(level: object): readonly (readonly object[])[] {
  const isList = ([name, value]: readonly [string, unknown]): boolean => LISTS.has(name) && typeof value === 'object';
  const entries = Object.entries(level);
  const [list] = entries.filter(isList);
  const own = Object.fromEntries(entries.filter((entry) => !isList(entry)));
  if (list === undefined) return [[own]];
  const [name, value] = list;
  return (Array.isArray(value) ? value : [value]).flatMap((item: object) =>
    flatten(item).map((path) => [own, { in: name }, ...path]),
  );
}

function sorted(items: readonly (readonly object[])[]): readonly unknown[] {
  return items.map(canonical).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** Returns plain data with the members of objects in the order of their names. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, canonical(member)]));
}
