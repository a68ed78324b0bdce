import assert from 'node:assert/strict';
import { closeSync, copyFileSync, mkdtempSync, openSync, rmSync, truncateSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { keyValues } from '@otelier/testkit/otlp-json';
import { batchOf } from '@otelier/testkit/request-codec';
import { createRandom } from '../../columns/blast.testing.ts';
import type { ItemVolume, RangeQuery, Store } from '../../contract.ts';
import type { SnapshotAccess, StoredFile } from '../../write/protocol.ts';
import { createStoreReader, type StoreReader } from '../reader.ts';
import { WrittenFiles } from '../written.testing.ts';

const START = 1_790_000_000_000_000_000n;
const SECOND = 1_000_000_000n;
/** The rows of each file are within so many seconds, so that files have cells of different lengths. */
const FILE_SECONDS = [20, 90, 700, 3000, 40_000] as const;

/** Returns access to the same files, changed by a function. */
function changed(access: SnapshotAccess, change: (file: StoredFile) => StoredFile): SnapshotAccess {
  return {
    snapshot: async (tenant, signal) => {
      const { pin, files } = await access.snapshot(tenant, signal);
      return { pin, files: files.map(change) };
    },
    release: (snapshot) => access.release(snapshot),
    tenants: () => access.tenants(),
  };
}

describe('summaries', () => {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-summaries-'));
  const written = new WrittenFiles(directory);
  const random = createRandom(5);
  let summarized: StoreReader;
  let scanned: StoreReader;

  before(() => {
    for (const seconds of FILE_SECONDS) {
      for (let request = 0; request < 20; request++) addRequest(seconds);
      written.cut();
    }
    addRequest(30);
    summarized = createStoreReader({ directory, access: written });
    scanned = createStoreReader({ directory, access: changed(written, (file) => ({ ...file, summary: undefined })) });
  });
  after(async () => {
    await summarized.close();
    await scanned.close();
    rmSync(directory, { recursive: true, force: true });
  });

  function addRequest(seconds: number): void {
    const service = ['web', 'cart', 'job', undefined][random() % 4];
    const version = random() % 3 === 0 ? undefined : `1.${random() % 2}`;
    const attributes = keyValues({
      ...(service !== undefined && { 'service.name': service }),
      ...(version !== undefined && { 'service.version': version }),
    });
    // An occasional time far from the others must not matter.
    const time = (): bigint =>
      random() % 100 === 0
        ? START - BigInt(random()) * SECOND
        : START + BigInt(random() % seconds) * SECOND + BigInt(random() % 1_000_000_000);
    const spans = Array.from({ length: 40 }, (_, i) => {
      const start = time();
      const exception = { name: 'exception', attributes: keyValues({ 'exception.type': `E${random() % 3}` }) };
      return {
        ...{ traceId: `${random()}`.padStart(32, '0'), spanId: `${i}`.padStart(16, '1') },
        ...(random() % 2 === 0 && { parentSpanId: '2'.repeat(16) }),
        ...{ name: `GET /${random() % 5}`, kind: service === 'job' ? 1 : random() % 6, startTimeUnixNano: `${start}` },
        endTimeUnixNano: `${start + BigInt(Math.round(10 ** ((random() % 1000) / 100)))}`,
        attributes: keyValues(random() % 2 === 0 ? { 'http.response.status_code': 500 + (random() % 3) } : {}),
        ...(random() % 4 === 0 && { status: { code: 2, message: `failed ${random() % 2}` } }),
        ...(random() % 3 === 0 && { events: [{ timeUnixNano: `${start}`, ...exception }] }),
      };
    });
    written.append(batchOf('traces', { resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans }] }] }));
    const logRecords = Array.from({ length: 30 }, () => ({ timeUnixNano: `${time()}`, severityNumber: random() % 27 }));
    written.append(batchOf('logs', { resourceLogs: [{ resource: { attributes }, scopeLogs: [{ logRecords }] }] }));
    const metrics = Array.from({ length: 5 }, (_, i) => ({
      name: `metric.${i}`,
      gauge: { dataPoints: [{ timeUnixNano: `${time()}`, asInt: '1' }] },
    }));
    written.append(
      batchOf('metrics', { resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ metrics }] }] }),
    );
  }

  /** Ranges and steps, aligned to minutes or not. */
  function someRange(): RangeQuery & { readonly steps: number } {
    const aligned = random() % 2 === 0;
    const unit = aligned ? 60n * SECOND : BigInt(random() % 1_000_000_000) + 1n;
    const base = aligned ? (START / (60n * SECOND)) * 60n * SECOND : START;
    const start = base + BigInt(random() % 40) * unit;
    const end = start + BigInt(1 + (random() % 120)) * (random() % 3 === 0 ? unit : 60n * SECOND);
    return { tenant: 'default', start, end, steps: [1, 7, 60][random() % 3] ?? 1 };
  }

  const queries: Readonly<
    Record<string, (store: StoreReader, range: ReturnType<typeof someRange>) => Promise<unknown>>
  > = {
    services: (store, range) => store.services(range),
    'RED by service': (store, range) => store.red({ ...range, groupBy: 'service' }),
    'RED by route of a service': (store, range) => store.red({ ...range, groupBy: 'route', service: 'web' }),
    'RED of services without a name': (store, range) => store.red({ ...range, groupBy: 'none', service: '' }),
    'heat map': (store, range) => store.durationHeatmap(range),
    routes: async (store, range) => rounded(await store.routes({ ...range, limit: 100 })),
    errors: (store, range) => store.errors({ ...range, limit: 1000 }),
    'log histogram': (store, range) => store.logHistogram({ ...range, conditions: [], limit: 1, order: 'newest' }),
    'volumes of spans': (store, range) => counted(store.itemVolumes({ ...range, signal: 'traces' })),
    'volumes of log records by level': (store, range) =>
      counted(store.itemVolumes({ ...range, signal: 'logs', detail: true })),
    'volumes of metrics by name': (store, range) =>
      counted(store.itemVolumes({ ...range, signal: 'metrics', detail: true })),
    'log histogram of a service': (store, range) => {
      const conditions = [{ field: 'service', op: '=', value: 'cart' }] as const;
      return store.logHistogram({ ...range, conditions, limit: 1, order: 'newest' });
    },
  };
  for (const [name, query] of Object.entries(queries)) {
    test(`${name}: the same as from rows, in any range and steps`, async () => {
      for (let i = 0; i < 12; i++) {
        const range = someRange();
        assert.deepEqual(
          await query(summarized, range),
          await query(scanned, range),
          `${range.start} ${range.end} ${range.steps}`,
        );
      }
    });
  }

  test('steps of whole cells are read without any row', async () => {
    const day = 86_400n * SECOND;
    const start = (START / day) * day;
    const unreadable = changed(written, (file) => {
      const path = `${file.path}.cut`;
      copyFileSync(file.path, path);
      truncateSync(path, file.bytes - 8);
      return { ...file, path };
    });
    const reader = createStoreReader({ directory, access: unreadable });
    const range = { tenant: 'default', start, end: start + 2n * day, steps: 2 };
    for (const [name, query] of Object.entries(queries)) {
      assert.deepEqual(await query(reader, range), await query(scanned, range), name);
    }
    await assert.rejects(reader.services({ ...range, end: START + 12_345n }));
    await reader.close();
  });

  test('a damaged summary is replaced by the rows', async () => {
    const range = { tenant: 'default', start: START - 5n * 10n ** 18n, end: START + 10n ** 15n };
    const expected = await scanned.services(range);
    for (const { path, summary } of (await written.snapshot('default', 'traces')).files.slice(1, 3)) {
      const file = openSync(path, 'r+');
      writeSync(file, Buffer.from([255]), 0, 1, (summary?.offset ?? 0) + 20);
      closeSync(file);
    }
    written.release();
    const fresh = createStoreReader({ directory, access: written });
    assert.deepEqual(await fresh.services(range), expected);
    await fresh.close();
  });
});

/** Returns volumes without the sizes, which only summaries have. */
async function counted(volumes: Promise<readonly ItemVolume[]>): Promise<readonly string[]> {
  const texts = (await volumes).map(({ sizedItems, bytes, ...rest }) => {
    assert.ok(sizedItems <= rest.items && bytes >= 0);
    return JSON.stringify(rest, Object.keys(rest).sort());
  });
  return texts.sort();
}

function rounded(routes: Awaited<ReturnType<Store['routes']>>): unknown {
  return routes
    .map((route) => ({ ...route, timeShare: route.timeShare.toFixed(9) }))
    .sort((a, b) => (a.service + a.name < b.service + b.name ? -1 : 1));
}
