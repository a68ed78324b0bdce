import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_OPTIONS, evaluateInstant } from '../engine.ts';
import { Labels } from '../labels/labels.ts';
import { type Matcher, matches } from '../labels/matcher.ts';
import { ALL_FEATURES } from '../parse/options.ts';
import { parsePromql } from '../parse/parse.ts';
import type { QueryResult } from '../result.ts';
import { SAMPLE, type SampleSeries, type SampleSource } from '../source.ts';
import { compilePlan } from './compile-plan.ts';
import type { ColumnSource } from './plan-node.ts';
import { SeriesTable } from './series-table.ts';

const START = 1_700_000_000_000;
const STEP = 15_000;
const SAMPLES = 60;

/** Series with gaps, resets, stale markers and special values. */
function randomSeries(random: () => number): readonly SampleSeries[] {
  const series: SampleSeries[] = [];
  const add = (name: string, labels: Record<string, string>, value: (index: number) => number): void => {
    const times: number[] = [];
    const values: number[] = [];
    const kinds: number[] = [];
    const gap = random() < 0.3 ? Math.floor(random() * SAMPLES) : -1;
    for (let index = 0; index < SAMPLES; index++) {
      if (index >= gap && index < gap + 25 && gap >= 0) continue;
      const isStale = random() < 0.02;
      times.push(START + index * STEP + Math.floor(random() * 1000));
      values.push(isStale ? Number.NaN : value(index));
      kinds.push(isStale ? SAMPLE.stale : SAMPLE.float);
    }
    series.push({
      labels: Labels.from([['__name__', name], ...Object.entries(labels)]),
      times: Float64Array.from(times),
      values: Float64Array.from(values),
      ...(kinds.includes(SAMPLE.stale) && { kinds: Uint8Array.from(kinds) }),
    });
  };
  for (let host = 0; host < 6; host++) {
    const own = { host: `h${host}`, zone: `z${host % 2}` };
    add('cpu', own, () => Math.round(random() * 10) / 10);
    add('limit', { zone: own.zone, host: own.host, extra: 'x' }, () => 0.1 + host / 10);
    for (const code of ['200', '500']) {
      let total = 0;
      add('requests_total', { ...own, code }, () => (total = random() < 0.05 ? 1 : total + Math.floor(random() * 9)));
    }
    let count = 0;
    for (const le of ['0.1', '0.5', '1', '+Inf', 'odd']) {
      count += host;
      const rate = count;
      add('latency_bucket', { ...own, le }, (index) => index * rate);
    }
  }
  add('special', { kind: 'nan' }, () => Number.NaN);
  add('special', { kind: 'inf' }, () => Number.POSITIVE_INFINITY);
  add('special', { kind: 'minus' }, () => Number.NEGATIVE_INFINITY);
  add('zone_info', { zone: 'z0', team: 'a' }, () => 1);
  add('zone_info', { zone: 'z1', team: 'b' }, () => 1);
  return series;
}

const EXPRESSIONS = [
  ...['cpu', 'cpu > 0.5', '0.5 < cpu', 'cpu >= bool 0.5', 'cpu == 1', 'cpu != 1', 'cpu * 2 + 1', '-cpu', '1 - cpu'],
  ...[
    'cpu offset 2m',
    'cpu{zone="z0"}',
    'cpu{host=~"h[1-3]"}',
    'cpu{host!="h1"}',
    'missing',
    'missing > 1',
    '1',
    '1 + 2',
  ],
  ...['rate(requests_total[5m])', 'rate(requests_total[1m]) > 0.2', 'increase(requests_total[5m])', 'delta(cpu[3m])'],
  ...['irate(requests_total[2m])', 'idelta(cpu[2m])', 'resets(requests_total[10m])', 'changes(cpu[5m])'],
  ...['avg_over_time(cpu[5m])', 'max_over_time(cpu[5m])', 'min_over_time(special[5m])', 'sum_over_time(cpu[2m])'],
  ...['count_over_time(cpu[5m])', 'last_over_time(cpu[5m])', 'quantile_over_time(0.9, cpu[5m])', 'deriv(cpu[5m])'],
  ...[
    'stddev_over_time(cpu[5m])',
    'predict_linear(cpu[5m], 60)',
    'present_over_time(cpu[1m])',
    'first_over_time(cpu[2m])',
  ],
  ...['sum(cpu)', 'sum by (zone) (cpu)', 'sum without (host) (rate(requests_total[5m]))', 'avg by (zone) (cpu)'],
  ...[
    'max(special)',
    'min by (kind) (special)',
    'count(cpu > 0.5)',
    'group by (zone) (cpu)',
    'avg(special)',
    'sum(special)',
  ],
  'sum by (zone) (rate(requests_total{code="500"}[5m])) / sum by (zone) (rate(requests_total[5m])) > 0.1',
  ...[
    'cpu > on (host, zone) limit',
    'cpu / on (host) limit',
    'cpu + ignoring (extra) limit',
    'cpu == ignoring (extra) limit',
  ],
  ...[
    'cpu * on (zone) group_left (team) zone_info',
    'zone_info * on (zone) group_right (team) cpu',
    'cpu / cpu',
    'cpu > bool cpu',
  ],
  ...[
    'rate(requests_total[5m]) / ignoring (code) sum without (code) (rate(requests_total[5m]))',
    'cpu + requests_total',
  ],
  'rate(requests_total[5m]) / ignoring (code) group_left sum without (code) (rate(requests_total[5m]))',
  ...['cpu and on (host) limit', 'cpu unless on (zone) zone_info{team="a"}', 'cpu > 0.8 or cpu < 0.2', 'cpu or limit'],
  ...[
    'cpu and cpu > 0.3',
    'sum(cpu) or vector(0)',
    'missing or vector(1)',
    'absent(missing)',
    'absent(cpu{host="h1"})',
  ],
  ...['absent(missing{a="b"} > 1)', 'histogram_quantile(0.9, latency_bucket)', 'histogram_quantile(2, latency_bucket)'],
  'histogram_quantile(0.99, sum by (le, zone) (rate(latency_bucket[5m])))',
  ...[
    'clamp(cpu, 0.2, 0.6)',
    'clamp_max(cpu, 0.5)',
    'abs(cpu - 1)',
    'round(cpu, 0.5)',
    'ceil(cpu)',
    'scalar(sum(cpu)) + 1',
  ],
  ...[
    'time() - 1700000000',
    'cpu * scalar(max(limit))',
    'vector(time())',
    'cpu ^ 2',
    'cpu % 0.3',
    '(cpu)',
    '(cpu > 0.5) * 2',
  ],
  ...['{__name__=~"cpu|limit"} * 1', 'sqrt(special)', 'cpu > special', 'max(cpu) > min(cpu)', 'cpu > -1 and limit'],
];

test('results are those of the general evaluation, or there is no plan for them', async () => {
  let planned = 0;
  for (let seed = 1; seed <= 3; seed++) {
    const series = randomSeries(randomOf(seed));
    const source = sourceOf(series);
    for (const text of EXPRESSIONS) {
      const expr = parsePromql(text, ALL_FEATURES);
      const plan = compilePlan(expr, text, DEFAULT_OPTIONS.lookbackMillis);
      for (const time of [START + 120_000, START + 605_000, START + SAMPLES * STEP + 200_000]) {
        const result = plan?.run({ time, lookbackMillis: 300_000, source, results: new Map() });
        if (result === undefined) continue;
        planned += 1;
        const { result: expected } = await evaluateInstant(expr, time, source);
        const actual =
          typeof result === 'number' ? [`${result}`] : result.map(({ labels, value }) => `${labels.key} ${value}`);
        assert.deepEqual(actual.sort(), linesOf(expected), `${text} at ${time - START}, seed ${seed}`);
      }
    }
  }
  assert.ok(planned > EXPRESSIONS.length * 7, `${planned} results`);
});

test('what only the general evaluation knows has no plan', () => {
  for (const text of [
    'topk(3, cpu)',
    'max_over_time(cpu[5m:1m])',
    'label_replace(cpu, "a", "b", "", "")',
    'cpu @ 5',
    'cpu @ start()',
  ]) {
    assert.equal(compilePlan(parsePromql(text, ALL_FEATURES), text, 300_000), undefined, text);
  }
});

test('errors of matching are left to the general evaluation', async () => {
  const source = sourceOf(randomSeries(randomOf(7)));
  for (const text of ['cpu / on (zone) limit', 'rate(requests_total[5m]) + on (host) cpu']) {
    const expr = parsePromql(text, ALL_FEATURES);
    const time = START + 605_000;
    const result = compilePlan(expr, text, 300_000)?.run({ time, lookbackMillis: 300_000, source, results: new Map() });
    assert.equal(result, undefined, text);
    await assert.rejects(evaluateInstant(expr, time, source), /many-to-many|multiple matches/);
  }
});

function linesOf(result: QueryResult): readonly string[] {
  if (!('series' in result)) return [`${result.value}`];
  return result.series.map(({ labels, samples }) => `${labels.key} ${samples[0]}`).sort();
}

/** Returns random numbers that are the same for a seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/** Serves series to both evaluations. */
function sourceOf(series: readonly SampleSeries[]): SampleSource & ColumnSource {
  const find = (matchers: readonly Matcher[]): readonly SampleSeries[] =>
    series.filter(({ labels }) => matchers.every((matcher) => matches(matcher, labels.get(matcher.name))));
  return {
    async select({ matchers, start, end }) {
      return find(matchers).flatMap((one) => {
        const indexes = [...one.times.keys()].filter((index) => one.times[index] >= start && one.times[index] <= end);
        if (indexes.length === 0) return [];
        const [from = 0, to = 0] = [indexes[0], indexes.at(-1)];
        const part = { times: one.times.subarray(from, to + 1), values: one.values.subarray(from, to + 1) };
        return [{ labels: one.labels, ...part, kinds: one.kinds?.subarray(from, to + 1) }];
      });
    },
    columns(matchers) {
      const found = find(matchers);
      return {
        table: new SeriesTable(found.map(({ labels }) => labels)),
        rows: found.map(({ times, values, kinds }) => ({
          ...{ times, values, from: 0, to: times.length },
          stale: kinds?.map((kind) => (kind === SAMPLE.stale ? 1 : 0)),
        })),
      };
    },
  };
}
