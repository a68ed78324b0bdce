import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { jobsOf } from '../config/jobs.ts';
import { prometheusConfig } from '../config/scrape.ts';
import { pointsOf, type ShownPoint } from '../pages.testing.ts';
import { PageReader, type PageStats } from './page-reader.ts';

function createReader(): PageReader {
  const config = prometheusConfig.parse({ config: { scrapeConfigs: [{ jobName: 'j' }] } });
  const [job] = jobsOf(config);
  assert.ok(job);
  const targetLabels = [['job', 'j'] as const, ['instance', 'i:1'] as const];
  return new PageReader({ job, targetLabels, discovered: new Map([['__scheme__', 'http']]), trimSuffixes: false });
}

const reports = ({ scraped, kept }: PageStats) => [
  ['up', 1] as const,
  ['scrape_samples_scraped', scraped] as const,
  ['scrape_samples_post_metric_relabeling', kept] as const,
];

async function read(reader: PageReader, text: string, millis: number): Promise<ShownPoint[]> {
  const request = await reader.read({ body: Buffer.from(text), format: 'text' }, millis, reports);
  return request === undefined ? [] : pointsOf([request.bytes]);
}

const value = fc.oneof(
  fc.integer({ min: 0, max: 1e6 }).map(String),
  fc.double({ min: -1e9, max: 1e9, noNaN: true }).map(String),
  fc.constantFrom('NaN', '+Inf', '-Inf', '1e3', '0', '1.5e-7', '+4'),
);
const count = fc.oneof(fc.integer({ min: 0, max: 1e6 }), fc.constantFrom(0, 2 ** 40, 1.5));

/** A page of some of these families, each with its values. */
const page = fc
  .record({
    counters: fc.array(value, { maxLength: 4 }),
    gauges: fc.array(value, { maxLength: 3 }),
    histograms: fc.array(fc.array(count, { minLength: 2, maxLength: 4 }), { maxLength: 2 }),
    summaries: fc.array(fc.tuple(value, count), { maxLength: 2 }),
  })
  .map(({ counters, gauges, histograms, summaries }) =>
    [
      '# TYPE c_total counter',
      ...counters.map((one, index) => `c_total{i="${index}"} ${one}`),
      '# TYPE g gauge',
      ...gauges.map((one, index) => `g{i="${index}"}  ${one} `),
      '# TYPE h histogram',
      ...histograms.flatMap((counts, index) => [
        ...counts.map((one, bound) => `h_bucket{i="${index}",le="${bound === 3 ? '+Inf' : bound}"} ${one}`),
        `h_sum{i="${index}"} 1`,
        `h_count{i="${index}"} ${Math.max(...counts)}`,
      ]),
      '# TYPE s summary',
      ...summaries.flatMap(([quantile, total], index) => [
        `s{i="${index}",quantile="0.5"} ${quantile}`,
        `s_sum{i="${index}"} ${quantile}`,
        `s_count{i="${index}"} ${total}`,
      ]),
      '',
    ].join('\n'),
  );

/** Pages of which many differ in values only. */
const history = fc
  .array(fc.tuple(page, fc.array(value, { maxLength: 3 })), { minLength: 1, maxLength: 4 })
  .map((entries) =>
    entries.flatMap(([text, values]) => [
      text,
      ...values.map((replacement) => text.replace(/(c_total\{i="0"\}) \S+/, `$1 ${replacement}`)),
    ]),
  );

const shown = (points: readonly ShownPoint[]) =>
  points
    .filter(({ isStale }) => !isStale)
    .map(({ name, json, resource }) => JSON.stringify([name, json, resource]))
    .sort();

test('a page gives the same points whatever the target served before', async () => {
  await fc.assert(
    fc.asyncProperty(history, async (pages) => {
      const reader = createReader();
      let before: ShownPoint[] = [];
      for (const [index, text] of pages.entries()) {
        const millis = 1_700_000_000_000 + index * 15_000;
        const points = await read(reader, text, millis);
        assert.deepEqual(shown(points), shown(await read(createReader(), text, millis)));
        // Exactly the series of the page before that are not part of this one are stale.
        const keyOf = ({ name, attributes }: ShownPoint) => JSON.stringify([name, attributes]);
        const current = new Set(points.filter(({ isStale }) => !isStale).map(keyOf));
        const gone = before
          .filter(({ isStale }) => !isStale)
          .map(keyOf)
          .filter((key) => !current.has(key));
        const stale = new Set(points.filter(({ isStale }) => isStale).map(keyOf));
        for (const key of gone) assert.ok(stale.has(key) || text.includes('h_count'), `${key} is not stale`);
        before = points;
      }
    }),
    { numRuns: 30, seed: 18 },
  );
});
