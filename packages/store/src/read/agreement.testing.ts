import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Batch } from '@otelier/otlp';
import { createMemoryStore } from '@otelier/testkit/memory-store';
import type { Condition, LogQuery, MetricSeriesQuery, Store, TraceOutlinePart } from '../contract.ts';
import { picks, RandomTelemetry } from './random-telemetry.testing.ts';

/** Opens a store in an empty directory, which must be removed after it is closed. */
type Open = (directory: string) => Promise<Store>;

/**
 * Runs every query against a store whose rows are in several files and a tail, and against the in-memory store, which
 * scans every row. The telemetry is random but reproducible.
 */
export function agreementTests(open: Open): void {
  describe('queries match a scan of every row', () => tests(open));
}

function tests(open: Open): void {
  const start = BigInt(Math.floor(Date.now() / 3_600_000) - 3) * 3_600_000_000_000n;
  const hour = { tenant: 'default', start, end: start + 3_600_000_000_000n };
  const part = { tenant: 'default', start: start + 600_000_000_001n, end: start + 1_800_000_000_000n };
  const memory = createMemoryStore();
  let directory: string;
  let store: Store;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'otelier-agreement-'));
    store = await open(directory);
    const telemetry = new RandomTelemetry(picks(11), start);
    const both = async (batch: Batch) => {
      await memory.append(batch);
      assert.deepEqual(await store.append(batch), { kind: 'accepted' });
    };
    for (let file = 0; file < 4; file++) {
      for (let i = 0; i < 12; i++) await both(telemetry.traces(40));
      for (let i = 0; i < 6; i++) await both(telemetry.logs(60));
      for (let i = 0; i < 15; i++) await both(telemetry.metrics(file * 15 + i));
      if (file < 3) await store.flush();
    }
  });
  after(async () => {
    await store.close();
    await rm(directory, { recursive: true });
  });

  /** Runs a query on both stores and checks that the results are equal and not all empty. */
  async function same<T>(ask: (store: Store) => Promise<T>, message?: string): Promise<T> {
    const [actual, expected] = await Promise.all([ask(store), ask(memory)]);
    if (message === undefined) assert.deepEqual(actual, expected);
    else assert.deepEqual(actual, expected, message);
    return actual;
  }

  /** Like `same`, except that percentiles may differ by as much as the contract allows. */
  async function near<T>(ask: (store: Store) => Promise<T>): Promise<T> {
    const [actual, expected] = await Promise.all([ask(store), ask(memory)]);
    assert.deepEqual(withoutPercentiles(actual), withoutPercentiles(expected));
    const [found, wanted] = [percentilesOf(actual), percentilesOf(expected)];
    found.forEach((value, i) => {
      const exact = wanted[i] ?? Number.NaN;
      assert.ok(Math.abs(value - exact) <= Math.max(1, Math.abs(exact) * 0.0182), `${value} instead of ${exact}`);
    });
    return actual;
  }

  for (const [name, range] of [
    ['hour', hour],
    ['part', part],
  ] as const) {
    test(`services, RED, heat map, routes and errors of the ${name}`, async () => {
      const { length } = await near((s) => s.services(range));
      assert.equal(length, 5);
      for (const groupBy of ['service', 'route', 'none'] as const) {
        const series = await near(async (s) => byKey(await s.red({ ...range, steps: 17, groupBy })));
        assert.ok(series.length > 0);
        await near(async (s) => byKey(await s.red({ ...range, steps: 5, groupBy, service: 'cart' })));
        await near(async (s) => byKey(await s.red({ ...range, steps: 3, groupBy, service: '' })));
      }
      await near((s) => s.durationHeatmap({ ...range, steps: 9 }));
      await near((s) => s.durationHeatmap({ ...range, steps: 9, service: 'web' }));
      const filter = { conditions: [{ field: 'attributes.http.route', op: '=', value: '/cart' }] } as const;
      await near(async (s) => byKey(await s.red({ ...range, ...filter, steps: 6, groupBy: 'service' })));
      await near((s) => s.durationHeatmap({ ...range, ...filter, steps: 6 }));
      const shares = await near(async (s) =>
        (await s.routes({ ...range, limit: 100 }))
          .map((route) => ({ ...route, timeShare: route.timeShare.toFixed(9) }))
          .sort((a, b) => (a.service + a.name < b.service + b.name ? -1 : 1)),
      );
      assert.ok(shares.length > 5);
      const groups = await same(async (s) =>
        (await s.errors({ ...range, steps: 6, limit: 1000 }))
          .map(({ sampleTraceId, ...group }) => ({ ...group, sampled: sampleTraceId.length }))
          .sort((a, b) => (JSON.stringify(a, text) < JSON.stringify(b, text) ? -1 : 1)),
      );
      assert.ok(groups.length > 10);
    });
  }

  const conditions: readonly (readonly Condition[])[] = [
    [],
    [{ field: 'service', op: '=', value: 'cart' }],
    [{ field: 'service', op: '=', value: '' }],
    [{ field: 'service', op: '!=', value: 'cart' }],
    [{ field: 'name', op: '~', value: '^(GET|POST) ' }],
    [{ field: 'name', op: '!~', value: 'odd' }],
    [{ field: 'name', op: '=', value: 'it\'s "odd" \\ ü' }],
    [{ field: 'kind', op: '=', value: 'SERVER' }],
    [{ field: 'status', op: '!=', value: 'ERROR' }],
    [{ field: 'duration', op: '>=', value: 500_000_000 }],
    [{ field: 'duration', op: '<', value: 1000.5 }],
    [{ field: 'scope.name', op: '=', value: '' }],
    [{ field: 'scope.name', op: 'exists', value: true }],
    [{ field: 'severity', op: '>', value: 3 }],
    [{ field: 'body', op: '~', value: 'refused' }],
    [{ field: 'body', op: '=', value: '' }],
    [{ field: 'resource.host.name', op: '=', value: 'h1' }],
    [{ field: 'resource.host.name', op: '!=', value: 'h1' }],
    [{ field: 'resource.cpus', op: '>', value: 2 }],
    [{ field: 'resource.cpus', op: '=', value: '4' }],
    [{ field: 'resource.nowhere', op: 'exists', value: true }],
    ...attributeConditions(),
    [
      { field: 'attributes.http.route', op: '=', value: '/cart' },
      { field: 'attributes.http.response.status_code', op: '>=', value: 400 },
      { field: 'service', op: '=', value: 'web' },
    ],
  ];

  for (const condition of conditions) {
    const name = condition.map(({ field, op, value }) => `${field} ${op} ${JSON.stringify(value)}`).join(' and ');
    test(`traces and log records where ${name || 'there are no conditions'}`, async () => {
      for (const range of [hour, part]) {
        for (const orderBy of range === hour ? (['time', 'duration'] as const) : (['time'] as const)) {
          await same(async (s) => {
            const { total, traces } = await s.searchTraces({ ...range, conditions: condition, limit: 1000, orderBy });
            return { total, traces: traces.toSorted((a, b) => (a.traceId < b.traceId ? -1 : 1)) };
          });
        }
        const query = { ...range, conditions: condition, limit: 5000, order: 'newest' } as const;
        await same(async (s) => (await s.searchLogs(query)).map(({ cursor: _, ...row }) => row));
        await same((s) => s.logHistogram({ ...query, steps: 7 }));
      }
    });
  }

  test('free text', async () => {
    const total = new Set<number>();
    for (const text of ['CART', 'it "broke"', 'boom', '1.5', 'true', 'q"', '404', 'no such thing', "ü's"]) {
      const found = await same(async (s) => {
        const result = await s.searchTraces({ ...hour, conditions: [], text, limit: 1000, orderBy: 'time' });
        return { total: result.total, ids: result.traces.map(({ traceId }) => traceId).sort() };
      }, text);
      total.add(found.total);
      const logs: LogQuery = { ...hour, conditions: [], text, limit: 5000, order: 'oldest' };
      await same(async (s) => (await s.searchLogs(logs)).map(({ time, body }) => [time, body]), text);
    }
    assert.ok(total.size > 4);
  });

  test('whole traces', async () => {
    const { traces } = await store.searchTraces({ ...hour, conditions: [], limit: 1000, orderBy: 'time' });
    assert.ok(traces.length > 500);
    for (const { traceId } of traces.slice(0, 25)) {
      const query = { tenant: 'default', traceId };
      const spans = await same(async (s) => (await Array.fromAsync(s.trace(query))).flat());
      await same(async (s) => outlineOf(await Array.fromAsync(s.traceOutline(query))));
      for (const text of ['cart', 'CART', '1.5', 'mixed', 'MIX', 'true', "ü's", 'no such', spans[0]?.spanId ?? ''])
        await same(async (s) => (await s.findSpans({ ...query, text })).toSorted(), text);
    }
  });

  test('facets of log records and keys of attributes', async () => {
    const fields = ['service', 'body', 'severity', 'attributes.mixed', 'attributes.ratio', 'attributes.cached'];
    for (const field of [...fields, 'attributes.rare.1', 'attributes.big', 'attributes.nowhere', 'resource.cpus']) {
      const facet: LogQuery & { field: string } = { ...hour, conditions: [], limit: 1000, order: 'newest', field };
      await same(async (s) => (await s.logFacet(facet)).toSorted((a, b) => (a.value < b.value ? -1 : 1)), field);
    }
    for (const signal of ['traces', 'logs', 'metrics'] as const) {
      for (const range of [hour, part]) {
        const keys = await same((s) => s.attributeKeys({ ...range, signal, limit: 100 }));
        assert.ok(keys.length > 2);
      }
    }
  });

  test('metrics: names, labels and values', async () => {
    const names = await same((s) => s.metricNames({ ...hour, limit: 100 }));
    assert.equal(names.length, 5);
    await same((s) => s.metricNames({ ...part, match: 'QUER', limit: 100 }));
    for (const { name } of names) {
      await same((s) => s.metricLabels({ ...hour, name }));
      for (const key of ['pool', 'only.main', 'nowhere']) {
        await same((s) => s.labelValues({ ...part, name, key, limit: 10 }));
      }
    }
  });

  const aggregates = ['sum', 'avg', 'min', 'max', 'last', 'count', 'rate', 'p50', 'p90', 'p99'] as const;
  const metrics = ['queries', 'queries.delta', 'connections', 'duration', 'size', 'nowhere'] as const;
  const labels = [[], ['pool'], ['service', 'resource.host.name', 'pool']];
  for (const aggregate of aggregates) {
    for (const name of metrics) {
      if (aggregate === 'rate' && name === 'connections') continue;
      if (aggregate.startsWith('p') && !['duration', 'size', 'nowhere'].includes(name)) continue;
      test(`metrics: ${aggregate} of ${name} in steps, by labels`, async () => {
        const conditions: Condition[] = [{ field: 'attributes.pool', op: '!=', value: 'none' }];
        for (const groupBy of labels) {
          for (const cut of [
            { ...hour, steps: 60 },
            { ...hour, steps: 7 },
            { ...part, steps: 4 },
          ]) {
            const query: MetricSeriesQuery = { ...cut, name, aggregate, groupBy, limit: 100, conditions };
            const series = await same(
              async (s) => rounded((await s.metricSeries(query)).series),
              `${groupBy} ${cut.steps}`,
            );
            assert.equal(series.length > 0, name !== 'nowhere');
          }
        }
      });
    }
  }

  test('rejects a rate of a gauge', async () => {
    const query = { ...hour, name: 'connections', aggregate: 'rate', groupBy: [], conditions: [], steps: 2, limit: 1 };
    await assert.rejects(store.metricSeries(query as MetricSeriesQuery), /rate needs a sum or a histogram/);
  });
}

const PERCENTILE = /^p\d\d$/;

/** Returns a result with every percentile replaced by whether it has a value. */
function withoutPercentiles(result: unknown): unknown {
  return JSON.parse(
    JSON.stringify(result, (key, value) => {
      if (!PERCENTILE.test(key)) return text(key, value);
      return Array.isArray(value) ? value.map((one) => one !== undefined) : value !== undefined;
    }),
  );
}

/** Returns all percentiles of a result in order. Negative durations count as 0. */
function percentilesOf(result: unknown): number[] {
  const found: number[] = [];
  JSON.stringify(result, (key, value) => {
    if (PERCENTILE.test(key)) found.push(...[value].flat().filter((one) => typeof one === 'number'));
    return text(key, value);
  });
  return found.map((value) => Math.max(0, value));
}

function attributeConditions(): Condition[][] {
  const fields = [
    'http.response.status_code',
    'ratio',
    'cached',
    'mixed',
    'rare.1',
    'big',
    'nowhere',
    'odd "key" \\ ü\'',
  ];
  const values = [500, '500', 1, '1', 1.5, true, 'true', '7', 'yes', 2 ** 53, ''];
  const operators = ['=', '!=', '>', '<='] as const;
  const compared = fields.flatMap((field, f) =>
    values
      .filter((_, v) => (f + v) % 3 === 0)
      .map((value, v): Condition[] => [{ field: `attributes.${field}`, op: operators[(f + v) % 4] ?? '=', value }]),
  );
  const present = fields.map((field): Condition[] => [{ field: `attributes.${field}`, op: 'exists', value: true }]);
  const matched = fields.map((field): Condition[] => [{ field: `attributes.${field}`, op: '~', value: '[15]' }]);
  return [...compared, ...present, ...matched];
}

function byKey<T extends { readonly key: string }>(series: readonly T[]): T[] {
  return series.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

/** Rounds sums, because the result of floating-point addition depends on its order. */
function rounded(series: Awaited<ReturnType<Store['metricSeries']>>['series']) {
  return series
    .map(({ values, ...rest }) => ({ ...rest, values: values.map((value) => value?.toPrecision(12)) }))
    .sort((a, b) => (JSON.stringify(a.labels) < JSON.stringify(b.labels) ? -1 : 1));
}

function text(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

/**
 * Returns an outline's spans with their operations and events resolved, because the positions differ between stores.
 */
function outlineOf(parts: readonly TraceOutlinePart[]): readonly object[] {
  const operations = parts.flatMap((one) => (one.kind === 'operations' ? one.operations : []));
  return parts.flatMap((one): readonly object[] => {
    if (one.kind === 'operations') return [];
    if (one.kind === 'head') return [one];
    return one.spanIds.map((spanId, index) => ({
      ...{ spanId, parentSpanId: one.parentSpanIds[index], operation: operations[one.operations[index] ?? -1] },
      ...{ offset: one.offsets[index], duration: one.durations[index] },
      events: one.events.filter(({ span }) => span === index),
    }));
  });
}
