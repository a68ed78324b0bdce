import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { localContext, requestFromJson } from '@otelier/otlp';
import { createMemoryStore, decodeRequest } from '@otelier/testkit';
import type { ErrorGroup, LogRow, RedSeries } from '../../contract.ts';
import { conditionOf } from '../random-conditions.testing.ts';
import { picks, RandomTelemetry } from '../random-telemetry.testing.ts';
import { createStoreReader, type StoreReader } from '../reader.ts';
import { WrittenFiles } from '../written.testing.ts';

const START = 1_790_000_000_000_000_000n;
const HOUR = { tenant: 'default', start: START, end: START + 3_600_000_000_000n };

describe('requests counted without the engine', () => {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-requests-'));
  const files = new WrittenFiles(directory);
  const memory = createMemoryStore();
  let reader: StoreReader;
  before(async () => {
    const telemetry = new RandomTelemetry(picks(5), START);
    for (let file = 0; file < 3; file++) {
      for (let i = 0; i < 5; i++) {
        for (const batch of [telemetry.traces(40), telemetry.logs(30)]) {
          files.append(batch);
          await memory.append(batch);
        }
      }
      if (file < 2) files.cut();
    }
    reader = createStoreReader({ directory, access: files });
  });
  after(async () => {
    await reader.close();
    files.remove();
  });

  test('are those of a scan of every row', async () => {
    const pick = picks(77);
    for (let i = 0; i < 40; i++) {
      const conditions = Array.from({ length: 1 + pick(2) }, () => conditionOf(pick));
      const service = [undefined, undefined, 'web', ''][pick(4)];
      const start = HOUR.start + BigInt(pick(4)) * 600_000_000_000n + BigInt(pick(2));
      const query = { ...HOUR, start, conditions, steps: 1 + pick(20), ...(service !== undefined && { service }) };
      const message = JSON.stringify({ conditions, service, steps: query.steps });
      const groupBy = (['service', 'route', 'none'] as const)[pick(3)] ?? 'none';
      const [found, wanted] = [await reader.red({ ...query, groupBy }), await memory.red({ ...query, groupBy })];
      assert.deepEqual(countsOf(found), countsOf(wanted), message);
      const [actual, expected] = [await reader.durationHeatmap(query), await memory.durationHeatmap(query)];
      assert.deepEqual(actual.counts, expected.counts, message);
      actual.p95.forEach((value, step) => {
        const exact = expected.p95[step];
        assert.equal(value === undefined, exact === undefined, message);
        const difference = Math.abs((value ?? 0) - (exact ?? 0));
        assert.ok(difference <= Math.max(1, (exact ?? 0) * 0.0182), `${value} instead of ${exact}: ${message}`);
      });
    }
    // The engine compares the text of numbers with an exponent.
    assert.ok(files.snapshots < 5, `${files.snapshots} snapshots`);
    assert.equal(files.pinned, 0);
  });

  test('count errors, and are the same again and in a later range', async () => {
    const pick = picks(78);
    const before = files.snapshots;
    let found = 0;
    for (let i = 0; i < 12; i++) {
      const service = [undefined, undefined, 'web', ''][pick(4)];
      const steps = 1 + pick(20);
      const minutes = BigInt(1 + pick(7)) * 60_000_000_000n;
      const start = HOUR.start + BigInt(pick(3)) * 600_000_000_000n + BigInt(pick(2));
      const conditions = [conditionOf(pick)];
      for (const later of [0n, 0n, minutes]) {
        const end = start + later + minutes * BigInt(steps);
        const query = { ...HOUR, start: start + later, end, steps, ...(service !== undefined && { service }) };
        const message = JSON.stringify({ conditions, service, steps, later: `${later}` });
        const errorsOf = async (store: Pick<StoreReader, 'errors'>) =>
          (await store.errors({ ...query, limit: 1000 }))
            .map(({ sampleTraceId, ...group }) => ({ ...group, sampled: sampleTraceId.length }))
            .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
        const groups = await errorsOf(reader);
        assert.deepEqual(groups, await errorsOf(memory), message);
        found += groups.length;
        const redOf = async (store: Pick<StoreReader, 'red'>) =>
          countsOf(await store.red({ ...query, conditions, groupBy: 'service' }));
        assert.deepEqual(await redOf(reader), await redOf(memory), message);
      }
    }
    assert.ok(found > 100);
    assert.ok(files.snapshots < before + 5, `${files.snapshots - before} snapshots`);
    assert.equal(files.pinned, 0);
  });

  test('include those of services and routes without conditions', async () => {
    const query = { ...HOUR, end: HOUR.end - 600_000_000_001n };
    const services = async (store: Pick<StoreReader, 'services'>) =>
      (await store.services(query)).map(({ service, version, requests, errors, spans, logs, lastSeen }) => {
        return [service, version, requests, errors, spans, logs, lastSeen];
      });
    assert.deepEqual(await services(reader), await services(memory));
    const routes = async (store: Pick<StoreReader, 'routes'>) =>
      (await store.routes({ ...query, limit: 100 })).map(({ service, name, calls, errors }) =>
        [service, name, calls, errors].join(),
      );
    assert.deepEqual((await routes(reader)).toSorted(), (await routes(memory)).toSorted());
  });

  test('and log records are counted by their properties', async () => {
    const pick = picks(81);
    const before = files.snapshots;
    const keys = ['service', 'resource', 'attributeKeys', 'name', 'kind', 'status'] as const;
    const logKeys = ['service', 'resource', 'attributeKeys', 'severity', 'severityText'] as const;
    for (let i = 0; i < 24; i++) {
      const signal = i % 2 === 0 ? 'traces' : 'logs';
      const all = signal === 'traces' ? keys : logKeys;
      const by = all.filter(() => pick(2) === 0);
      const start = HOUR.start + BigInt(pick(4)) * 300_000_000_000n + BigInt(pick(2));
      const query = {
        ...HOUR,
        start,
        signal,
        by,
        bodies: signal === 'logs',
        steps: 1 + pick(20),
        limit: 10_000,
      } as const;
      const counted = async (store: Pick<StoreReader, 'countItems'>) => {
        const totals = new Map<string, [items: number, bytes: number]>();
        for (const { items, bodyBytes, ...rest } of (await store.countItems(query)) ?? []) {
          const key = JSON.stringify(rest);
          const [known = 0, bytes = 0] = totals.get(key) ?? [];
          totals.set(key, [known + items, bytes + bodyBytes]);
        }
        return [...totals].toSorted(([a], [b]) => (a < b ? -1 : 1));
      };
      const counts = await counted(reader);
      assert.deepEqual(counts, await counted(memory), JSON.stringify({ by, steps: query.steps, start: `${start}` }));
      assert.deepEqual(await counted(reader), counts);
      assert.ok(counts.length > 0);
    }
    assert.equal(await reader.countItems({ ...HOUR, signal: 'logs', by: ['service'], steps: 1, limit: 1 }), undefined);
    assert.ok(files.snapshots <= before + 1);
    assert.equal(files.pinned, 0);
  });

  test('have attribute keys and are exported without a snapshot', async () => {
    const before = files.snapshots;
    for (const signal of ['traces', 'logs'] as const) {
      const query = { ...HOUR, signal, limit: 100 };
      assert.deepEqual(await reader.attributeKeys(query), await memory.attributeKeys(query));
    }
    const { traces } = await memory.searchTraces({ ...HOUR, conditions: [], limit: 20, orderBy: 'time' });
    const spansOf = async (store: Pick<StoreReader, 'exportTrace'>, traceId: string) => {
      const requests = await Array.fromAsync(store.exportTrace({ tenant: 'default', traceId }));
      const resources = requests.flatMap((request) => decodeRequest('traces', request).resourceSpans ?? []);
      return resources.flatMap(({ scopeSpans = [] }) => scopeSpans.flatMap(({ spans = [] }) => spans));
    };
    for (const { traceId } of traces) {
      const spans = await spansOf(reader, traceId);
      assert.ok(spans.length > 0);
      assert.deepEqual(spans, await spansOf(memory, traceId));
    }
    assert.deepEqual([files.snapshots, files.pinned], [before, 0]);
  });

  test('are like log records by severity and by value', async () => {
    const pick = picks(79);
    const before = files.snapshots;
    const fields = ['service', 'body', 'severity', 'attributes.mixed', 'attributes.cached', 'attributes.rare.1'];
    const all = [...fields, 'attributes.ratio', 'resource.cpus', 'scope.name', 'kind', 'attributes.nowhere'];
    let found = 0;
    for (let i = 0; i < 30; i++) {
      const start = HOUR.start + BigInt(pick(4)) * 300_000_000_000n + BigInt(pick(2));
      const service = { field: 'service', op: '=', value: 'web' } as const;
      const conditions = [[], [service], [conditionOf(pick)], [service, conditionOf(pick)]][pick(4)] ?? [];
      const query = { ...HOUR, start, conditions, limit: 1 + pick(50), order: 'newest' } as const;
      const steps = 1 + pick(20);
      const message = JSON.stringify({ conditions, steps, start: `${start}` });
      const histogram = await reader.logHistogram({ ...query, steps });
      assert.deepEqual(histogram, await memory.logHistogram({ ...query, steps }), message);
      const field = all[pick(all.length)] ?? 'body';
      const values = await reader.logFacet({ ...query, field });
      assert.deepEqual(values, await memory.logFacet({ ...query, field }), `${field} ${message}`);
      // The same again, from what is known of the files.
      assert.deepEqual(await reader.logHistogram({ ...query, steps }), histogram, message);
      assert.deepEqual(await reader.logFacet({ ...query, field }), values, message);
      found += values.length;
    }
    assert.ok(found > 50, `${found} values`);
    assert.ok(files.snapshots < before + 12, `${files.snapshots - before} snapshots`);
    assert.equal(files.pinned, 0);
    const unknown = { ...HOUR, conditions: [], limit: 1, order: 'newest', field: 'size' } as const;
    await assert.rejects(reader.logFacet(unknown), /size: expected one of/);
  });

  test('are like pages of the newest log records', async () => {
    const pick = picks(80);
    const before = files.snapshots;
    let [found, pages] = [0, 0];
    for (let i = 0; i < 16; i++) {
      const start = HOUR.start + BigInt(pick(4)) * 300_000_000_000n + BigInt(pick(2));
      const conditions = i % 4 === 0 ? [] : [conditionOf(pick)];
      const query = { ...HOUR, start, conditions, order: 'newest' } as const;
      const message = JSON.stringify({ conditions, start: `${start}` });
      const expected = await memory.searchLogs({ ...query, limit: 200 });
      const limit = 1 + pick(100);
      const rows: LogRow[] = [];
      for (let after: string | undefined; ; after = rows.at(-1)?.cursor) {
        const page = await reader.searchLogs({ ...query, limit, ...(after !== undefined && { after }) });
        rows.push(...page);
        pages += 1;
        if (page.length < limit || rows.length >= 200) break;
      }
      assert.deepEqual(rows.slice(0, 200).map(withoutCursor), expected.map(withoutCursor), message);
      found += rows.length;
    }
    assert.ok(found > 500, `${found} records`);
    assert.ok(files.snapshots < before + pages / 3, `${files.snapshots - before} snapshots of ${pages} pages`);
    assert.equal(files.pinned, 0);
  });

  test('are like log records that contain a text', async () => {
    const before = files.snapshots;
    let found = 0;
    for (const text of ['REFUSED', 'payment 1', 'Pay', '"ann"', 'no such text', 'q"', '\\', 'yes', ' ', 'true']) {
      for (const conditions of [[], [{ field: 'service', op: '=', value: 'web' }] as const]) {
        const query = { ...HOUR, conditions, text, limit: 40, order: 'newest' } as const;
        const rows = await reader.searchLogs(query);
        assert.deepEqual(rows.map(withoutCursor), (await memory.searchLogs(query)).map(withoutCursor), text);
        const inSteps = { ...query, steps: 9 };
        assert.deepEqual(await reader.logHistogram(inSteps), await memory.logHistogram(inSteps), text);
        const facet = { ...query, field: 'attributes.http.route' };
        assert.deepEqual(await reader.logFacet(facet), await memory.logFacet(facet), text);
        found += rows.length;
      }
    }
    assert.ok(found > 200, `${found} records`);
    assert.deepEqual([files.snapshots, files.pinned], [before, 0]);
    // Numbers with an exponent and letters other than those of ASCII are left to the engine.
    for (const text of ['404', '1.5', 'Ü', '1e21']) {
      const query = { ...HOUR, conditions: [], text, limit: 40, order: 'newest' } as const;
      const rows = await reader.searchLogs(query);
      assert.deepEqual(rows.map(withoutCursor), (await memory.searchLogs(query)).map(withoutCursor), text);
    }
    assert.ok(files.snapshots > before);
    await assert.rejects(
      reader.searchLogs({ ...HOUR, conditions: [{ field: '*', op: '=', value: 'a' }], limit: 1, order: 'newest' }),
    );
  });

  test('are complete on pages that divide records with the same time', async () => {
    const tied = new WrittenFiles(mkdtempSync(join(tmpdir(), 'otelier-tied-')));
    const bodies = Array.from({ length: 60 }, (_, i) => `record ${String(i).padStart(2, '0')}`);
    for (const part of [0, 1]) {
      const logRecords = bodies
        .filter((_, i) => i % 2 === part)
        .map((text, i) => ({ timeUnixNano: `${START + BigInt(i < 25 ? 5 : i)}`, body: { stringValue: text } }));
      const request = requestFromJson('logs', JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }));
      assert.ok(request.ok);
      const parts = { parts: [request.bytes], itemCount: logRecords.length, sizeBytes: request.bytes.length };
      tied.append({ signal: 'logs', ...parts, context: localContext(0) });
      if (part === 0) tied.cut();
    }
    const own = createStoreReader({ directory: tied.directory, access: tied });
    try {
      const rows: LogRow[] = [];
      for (let after: string | undefined; ; after = rows.at(-1)?.cursor) {
        const query = {
          ...HOUR,
          conditions: [],
          limit: 7,
          order: 'newest',
          ...(after !== undefined && { after }),
        } as const;
        const page = await own.searchLogs(query);
        rows.push(...page);
        if (page.length < 7) break;
      }
      const wanted = await own.searchLogs({ ...HOUR, conditions: [], limit: 100, order: 'oldest' });
      assert.equal(new Set(rows.map(({ body }) => body)).size, 60);
      assert.deepEqual(rows.map(withoutCursor), wanted.toReversed().map(withoutCursor));
      // Only the oldest records are read by the engine.
      assert.deepEqual([tied.snapshots, tied.pinned], [1, 0]);
    } finally {
      await own.close();
      tied.remove();
    }
  });

  test('report an invalid regular expression', async () => {
    const conditions = [{ field: 'name', op: '~', value: '(' }] as const;
    await assert.rejects(reader.red({ ...HOUR, conditions, steps: 1, groupBy: 'none' }), /name: expected a regular/);
  });
});

function keyOf({ service, type, message, spanName }: Omit<ErrorGroup, 'sampleTraceId'>): string {
  return JSON.stringify([service, type, message, spanName]);
}

function withoutCursor({ cursor, ...row }: LogRow) {
  return row;
}

function countsOf(series: readonly RedSeries[]) {
  return series
    .map(({ key, requests, errors }) => ({ key, requests, errors }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));
}
