import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchOf, createMemoryStore, createRandom, keyValues, type PlainValue } from '@otelier/testkit';
import { evaluateSteps } from '../../logql/engine.ts';
import type { Evaluation } from '../../logql/evaluate/read-entries.ts';
import { Statistics } from '../../logql/evaluate/statistics.ts';
import { parseLogql } from '../../logql/parse/parse.ts';
import type { LogSource } from '../../logql/source.ts';
import { LokiSource } from '../store-source.ts';

const START = 1_700_000_000_000_000_000n;
const SECOND = 1_000_000_000n;
const QUERIES = 150;
const SEED = 11;

const random = createRandom(SEED);
const pick = <T>(values: readonly [T, ...T[]]): T => values[random(values.length)] ?? values[0];

/** Attributes with some of these keys. Keys that become the same label, and labels of several places, are among them. */
function attributes(keys: readonly string[]): Record<string, PlainValue> {
  const kept = keys.filter(() => random(3) === 0);
  return Object.fromEntries(kept.map((key) => [key, pick<PlainValue>(['a', 'b', 1, true, 'error'])]));
}

const RESOURCE_KEYS = ['k8s.pod.name', 'k8s_pod_name', 'job', 'app.name', 'level', 'loki.resource.labels'];
const RECORD_KEYS = ['job', 'k8s_pod_name', 'app_name', 'level', 'user', 'detected_level'];

async function filledStore() {
  const store = createMemoryStore();
  const resourceLogs = Array.from({ length: 40 }, () => {
    const own = attributes(RESOURCE_KEYS);
    const resource = {
      ...own,
      ...('loki.resource.labels' in own && { 'loki.resource.labels': pick(['job', 'job,app.name']) }),
      ...(random(4) > 0 && { 'service.name': pick(['shop', 'pay']) }),
    };
    const isPlain = random(2) === 0;
    const logRecords = Array.from({ length: 5 }, () => ({
      timeUnixNano: `${START + BigInt(random(60)) * SECOND + pick([0n, 1n, 500n])}`,
      ...(random(3) > 0 && { severityNumber: pick([5, 9, 17]) }),
      ...(random(4) === 0 && { severityText: pick(['WARN', 'custom']) }),
      ...(random(6) > 0 && { body: { stringValue: pick(['GET /a', 'level=warn b', 'über', '']) } }),
      ...(!isPlain && { attributes: keyValues(attributes(RECORD_KEYS)) }),
    }));
    return { resource: { attributes: keyValues(resource) }, scopeLogs: [{ logRecords }] };
  });
  await store.append(batchOf('logs', { resourceLogs }));
  return store;
}

const LABELS = [
  'service_name',
  'k8s_pod_name',
  'job',
  'app_name',
  'level',
  'detected_level',
  'user',
  'missing',
] as const;

function generateQuery(): string {
  const matcher = (): string => {
    const operator = pick(['=', '!=', '=~', '!~']);
    return `${pick(LABELS)}${operator}"${pick(['a', 'b', '1', 'shop', 'a|shop', 'error', ''])}"`;
  };
  const matchers = ['service_name=~".+"', ...Array.from({ length: random(2) }, matcher)];
  const filters = Array.from(
    { length: random(2) },
    () => ` ${pick(['|=', '!=', '|~', '!~'])} "${pick(['GET', 'b', 'ü'])}"`,
  );
  const function_ = pick(['count_over_time', 'rate', 'bytes_over_time', 'bytes_rate']);
  const range = pick(['5s', '10s', '7s', '1m']);
  const grouping = pick([
    '',
    `by (${pick(LABELS)})`,
    `by (${pick(LABELS)}, ${pick(LABELS)})`,
    `without (${pick(LABELS)})`,
  ]);
  return `sum ${grouping} (${function_}({${matchers.join(', ')}}${filters.join('')} [${range}]${pick(['', ' offset 3s'])}))`;
}

test(`entries that are counted give the results of those that are read (seed ${SEED})`, async () => {
  const store = await filledStore();
  let counted = 0;
  for (let i = 0; i < QUERIES; i++) {
    const query = generateQuery();
    const source = new LokiSource(store, 'default');
    const counting: LogSource = {
      read: (selection) => source.read(selection),
      count: async (selection) => {
        const found = await source.count(selection);
        if (found !== undefined) counted += 1;
        return found;
      },
    };
    const step = pick([5n, 10n, 3n]) * SECOND;
    const results = [counting, { read: counting.read }].map(async (used) => rounded(await evaluate(query, used, step)));
    const [fromCounts, fromEntries] = await Promise.all(results);
    assert.deepEqual(fromCounts, fromEntries, query);
  }
  assert.ok(counted > QUERIES / 5, `${counted} queries were counted`);
});

function evaluate(query: string, source: LogSource, step: bigint) {
  const expr = parseLogql(query);
  assert.ok(expr.kind !== 'log');
  const evaluation: Evaluation = {
    source,
    control: { check: () => undefined },
    statistics: new Statistics(),
    nowMillis: () => 0,
  };
  return evaluateSteps(expr, { start: START + 10n * SECOND, step, count: 12 }, evaluation);
}

function rounded(result: Awaited<ReturnType<typeof evaluateSteps>>) {
  const series = 'series' in result ? result.series : [];
  return series.map(({ labels, times, samples }) => ({
    labels: labels.key,
    times,
    samples: samples.map((sample) => Number(sample).toPrecision(12)),
  }));
}

test('a record without a body has an empty line, which lacks any text', async () => {
  const store = createMemoryStore();
  await store.append(
    batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords: [{ timeUnixNano: `${START}` }] }] }] }),
  );
  const range = { start: START, end: START + 1n };
  const expr = parseLogql('{service_name=~".+"} != "a"');
  assert.ok(expr.kind === 'log');
  const lineFilters = expr.stages.filter((stage) => stage.kind === 'line-filter');
  const source = new LokiSource(store, 'default');
  const read = await Array.fromAsync(source.read({ matchers: expr.matchers, lineFilters, ...range, order: 'any' }));
  assert.equal(read.flat().length, 1);
});
