import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchOf, createMemoryStore, createRandom, keyValues } from '@otelier/testkit';
import { parseTraceql } from '../parse/parse.ts';
import { type SpanSource, storeSource } from '../source.ts';
import { evaluateMetrics } from './evaluate.ts';
import { instantInterval, rangeIntervals } from './intervals.ts';

const START = 1_700_000_000_000_000_000n;
const SECOND = 1_000_000_000n;
const SEED = 5;
const random = createRandom(SEED);
const pick = <T>(values: readonly [T, ...T[]]): T => values[random(values.length)] ?? values[0];

async function filledStore() {
  const store = createMemoryStore();
  const resourceSpans = ['shop', 'pay', '7'].map((service) => ({
    resource: { attributes: keyValues({ 'service.name': service }) },
    scopeSpans: [
      {
        spans: Array.from({ length: 60 }, (_, index) => {
          const start = START + BigInt(random(60)) * SECOND + pick([0n, 1n, -1n]);
          return {
            traceId: `${index % 10}`.padStart(32, '1'),
            spanId: `${index}`.padStart(16, '2'),
            name: pick(['GET', 'POST', '']),
            kind: random(6),
            startTimeUnixNano: `${start}`,
            endTimeUnixNano: `${start + BigInt(random(4)) * 50_000_000n}`,
            status: { code: random(3) },
          };
        }),
      },
    ],
  }));
  await store.append(batchOf('traces', { resourceSpans }));
  return store;
}

const CONDITIONS = [
  ...([
    'name = "GET"',
    'name != "GET"',
    'name =~ "G.*"',
    'kind = server',
    'kind != client',
    'kind = unspecified',
  ] as const),
  ...(['status = error', 'status != unset', 'resource.service.name = "shop"', 'resource.service.name != "7"'] as const),
  ...(['resource.service.name = 7', 'duration > 50ms', 'duration <= 100ms', 'duration = 0s', 'true'] as const),
  ...(['span:kind = consumer', '100ms < duration', '!(kind = server)', 'name > "H"', 'duration > 0.05s'] as const),
] as const;

function generateQuery(): string {
  const condition = (): string => pick(CONDITIONS as unknown as [string, ...string[]]);
  const filters = Array.from({ length: 1 + random(2) }, () => {
    const [a, b] = [condition(), condition()];
    return pick([`{ ${a} }`, `{ ${a} && ${b} }`, `{ ${a} || ${b} }`, '{}']);
  });
  const by = pick(['', ' by (resource.service.name)', ' by (name, kind)', ' by (status)', ' by (kind, status, name)']);
  return `${filters.join(' | ')} | ${pick(['rate', 'count_over_time'])}()${by}`;
}

test(`spans that are counted give the results of those that are read (seed ${SEED})`, async () => {
  const store = await filledStore();
  const reading: SpanSource = {
    select: (query) => store.selectSpans({ ...query, tenant: 'default' }),
    check: () => undefined,
  };
  let counted = 0;
  const stored = storeSource(store, 'default', () => undefined);
  const counting: SpanSource = {
    ...stored,
    count: (query) => {
      counted += 1;
      return stored.count?.(query) ?? Promise.resolve(undefined);
    },
  };
  for (let i = 0; i < 200; i++) {
    const query = generateQuery();
    const parsed = parseTraceql(query);
    assert.ok(parsed.kind === 'metrics');
    const [start, end] = [START + 5n * SECOND, START + 50n * SECOND];
    const intervals = pick([rangeIntervals(start, end, pick([7n, 10n]) * SECOND), instantInterval(start, end)]);
    const results = [counting, reading].map(async (source) =>
      [...(await evaluateMetrics(source, parsed.expression, intervals, 0))]
        .map(([key, { values }]) => ({ key, values: [...values] }))
        .toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    );
    const [fromCounts, fromSpans] = await Promise.all(results);
    assert.deepEqual(fromCounts, fromSpans, query);
  }
  assert.ok(counted > 150, `${counted} queries were counted`);
});
