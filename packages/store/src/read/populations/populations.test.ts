import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { batchOf, keyValues, type SpanJson } from '@otelier/testkit';
import { createStoreReader, type StoreReader } from '../reader.ts';
import { WrittenFiles } from '../written.testing.ts';
import { incidentOf, writeIncidents } from './incidents.testing.ts';

const START = 1_790_000_000_000_000_000n;
const RANGE = { tenant: 'default', start: START, end: START + 3_600_000_000_000n, conditions: [] } as const;
const EVERY = { ...RANGE, minDurationNanos: 0, maxDurationNanos: 1e18 } as const;
const SEEDS = 20;
const MILLI = 1_000_000n;

describe('populations of traces', () => {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-populations-'));
  const files = new WrittenFiles(directory);
  let reader: StoreReader;

  before(() => {
    for (let seed = 0; seed < SEEDS; seed += 1) {
      const options = { seed, spans: 500, spansPerTrace: 1, startNanos: START, incidents: [incidentOf(seed)] };
      for (const request of writeIncidents(options))
        files.append({ ...batchOf('traces', {}), parts: [request], context: contextOf(`seed${seed}`) });
    }
    files.cut();
    files.append(batchOf('traces', { resourceSpans: shop() }));
    reader = createStoreReader({ directory, access: files });
  });
  after(async () => {
    await reader.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const capability = () => {
    assert.ok(reader.populations);
    return reader.populations;
  };

  test('the cause of slow traces is first among 40 attributes', async () => {
    const found: string[] = [];
    for (let seed = 0; seed < SEEDS; seed += 1) {
      const { key, value } = incidentOf(seed);
      const { differences, selected } = await capability().comparePopulations({
        ...RANGE,
        tenant: `seed${seed}`,
        selection: { ...EVERY, minDurationNanos: 20e6, conditions: [] },
        baseline: 'rest',
      });
      const [first] = differences.filter(({ isOutcome }) => !isOutcome);
      assert.ok(selected.total > 10);
      if (first?.key === key && first.best.value === value) found.push(key);
    }
    assert.ok(found.length >= 19, `found ${found.length} causes of ${SEEDS}`);
  });

  test('differences name attributes, resources, operations, calls and failures, and the time of operations', async () => {
    const { selected, baseline, differences, times } = await capability().comparePopulations({
      ...RANGE,
      selection: { ...EVERY, conditions: [{ field: 'status', op: '=', value: 'ERROR' }] },
      baseline: 'rest',
    });
    assert.deepEqual([selected.total, baseline.total, selected.read, baseline.read], [40, 80, 40, 80]);
    const of = (kind: string, key: string) => differences.find((one) => one.kind === kind && one.key === key);
    const version = of('resource', 'service.version');
    assert.deepEqual(version?.best, { value: '2', selected: 40, baseline: 0 });
    assert.deepEqual(of('attribute', 'items')?.best, {
      value: '64 to 128',
      range: { from: 64, below: 128 },
      selected: 40,
      baseline: 0,
    });
    assert.deepEqual(of('span', 'retry')?.best, { value: '', selected: 40, baseline: 0 });
    assert.deepEqual(of('calls', 'SELECT')?.best, { value: '3', selected: 40, baseline: 0 });
    assert.equal(of('status', 'GET /')?.isOutcome, true);
    assert.equal(of('attribute', 'http.response.status_code')?.isOutcome, true);
    assert.equal(of('attribute', 'session.id'), undefined);
    assert.equal(of('attribute', 'same'), undefined);
    // The same traces have them, so they cannot be told apart.
    assert.equal(version?.mark, of('span', 'retry')?.mark);
    assert.deepEqual(times[0], {
      service: 'shop',
      name: 'GET /',
      selectedNanos: 90e6,
      baselineNanos: 10e6,
      selected: 40,
      baseline: 80,
    });
  });

  test('the baseline may be limited to traces before the selection', async () => {
    const query = {
      ...RANGE,
      selection: { ...EVERY, start: START + 60n * 1000n * MILLI, minDurationNanos: 50e6, conditions: [] },
    };
    const rest = await capability().comparePopulations({ ...query, baseline: 'rest' });
    const earlier = await capability().comparePopulations({ ...query, baseline: 'before' });
    assert.deepEqual([rest.selected.total, rest.baseline.total], [20, 100]);
    assert.deepEqual([earlier.selected.total, earlier.baseline.total], [20, 60]);
  });

  test('nothing differs if one of the populations is empty', async () => {
    const compared = await capability().comparePopulations({
      ...RANGE,
      selection: { ...EVERY, minDurationNanos: 1e15, conditions: [] },
      baseline: 'rest',
    });
    assert.deepEqual([compared.selected.total, compared.baseline.total, compared.differences.length], [0, 120, 0]);
  });

  test('the heat map counts the traces of the whole range, and failed ones', async () => {
    const range = { ...RANGE, end: START + 120n * 1000n * MILLI };
    const all = await capability().traceHeatmap({ ...range, steps: 4 });
    assert.deepEqual(
      all.counts.map((column) => column.reduce((sum, count) => sum + count, 0)),
      [30, 30, 30, 30],
    );
    assert.deepEqual(
      all.failed.map((column) => column.reduce((sum, count) => sum + count, 0)),
      [10, 10, 10, 10],
    );
    const slow = await capability().traceHeatmap({
      ...range,
      steps: 1,
      conditions: [{ field: 'name', op: '=', value: 'retry' }],
    });
    assert.equal(
      slow.counts[0]?.reduce((sum, count) => sum + count, 0),
      40,
    );
    assert.ok((slow.bounds[0] ?? 0) <= 90e6 && (slow.bounds[0] ?? 0) > 60e6);
  });
});

function contextOf(tenant: string) {
  return { ...batchOf('traces', {}).context, tenant };
}

/** 120 traces of a shop, one in three of which fails with version 2. */
function shop() {
  const of = (isFailed: boolean): SpanJson[] =>
    Array.from({ length: 120 }, (_, i) => i)
      .filter((i) => (i % 3 === 0) === isFailed)
      .flatMap((i) => {
        const start = START + BigInt(i) * 1000n * MILLI;
        const ids = { traceId: `${i}`.padStart(32, 'a') };
        const at = (from: number, to: number) => ({
          startTimeUnixNano: `${start + BigInt(from) * MILLI}`,
          endTimeUnixNano: `${start + BigInt(to) * MILLI}`,
        });
        const root = `${i}`.padStart(16, 'b');
        const child = (n: number) => ({ ...ids, spanId: `${i}${n}`.padStart(16, 'c'), parentSpanId: root });
        return [
          {
            ...ids,
            spanId: root,
            name: 'GET /',
            ...at(0, isFailed ? 90 : 10),
            attributes: keyValues({
              same: 'x',
              'session.id': `s${i}`,
              items: isFailed ? 64 + (i % 40) : i % 40,
              'http.response.status_code': isFailed ? 500 : 200,
            }),
            status: isFailed ? { code: 2 } : {},
          },
          ...Array.from({ length: isFailed ? 3 : 1 }, (__, n) => ({ ...child(n), name: 'SELECT', ...at(1, 2) })),
          ...(isFailed ? [{ ...child(9), name: 'retry', ...at(3, 4) }] : []),
        ];
      });
  return [false, true].map((isFailed) => ({
    resource: { attributes: keyValues({ 'service.name': 'shop', 'service.version': isFailed ? '2' : '1' }) },
    scopeSpans: [{ spans: of(isFailed) }],
  }));
}
