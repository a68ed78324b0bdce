/**
 * Measures query latency over a million stored spans. Run `node packages/store/src/read/read.bench.ts [spans]`. Prints
 * the first, median and p95 latency in milliseconds, the CPU time per query over all threads, and the final resident
 * memory.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localContext } from '@otelier/otlp';
import { blastSpans, createRandom } from '../columns/blast.testing.ts';
import { createStoreReader } from './reader.ts';
import { WrittenFiles } from './written.testing.ts';

const SPANS = Number(process.argv[2] ?? 1_000_000);
const PER_REQUEST = 1000;
const PER_FILE = 250_000;
const MINUTE = 60_000_000_000n;
const START = 1_790_000_000_000_000_000n;

const written = new WrittenFiles(mkdtempSync(join(tmpdir(), 'otelier-read-bench-')));
const random = createRandom(7);
const requests = Math.ceil(SPANS / PER_REQUEST);
/** Spread over an hour, as if the requests had arrived at a steady rate. */
const spacing = (60n * MINUTE) / BigInt(requests);
for (let i = 0; i < requests; i++) {
  const part = blastSpans(random, PER_REQUEST, START + spacing * BigInt(i));
  written.append({
    signal: 'traces',
    parts: [part],
    itemCount: PER_REQUEST,
    sizeBytes: part.length,
    context: localContext(0),
  });
  if (((i + 1) * PER_REQUEST) % PER_FILE === 0) written.cut();
}
written.cut();
const reader = createStoreReader({ directory: written.directory, access: written });
const range = { tenant: 'default', start: START, end: START + 61n * MINUTE };
const ids = await reader.sql?.query({
  tenant: 'default',
  statement:
    'SELECT trace_id FROM (SELECT DISTINCT trace_id FROM spans) USING SAMPLE reservoir(200 ROWS) REPEATABLE (7)',
});
const traceIds = (ids?.rows ?? []).map(([id]) => String(id));

const condition = (field: string, op: '=' | '>', value: string | number) => ({ field, op, value });
await measure(
  'trace by id',
  (i) => Array.fromAsync(reader.trace({ tenant: 'default', traceId: traceIds[i % traceIds.length] ?? '' })),
  100,
);
await measure('search: service, attribute, duration', (i) =>
  reader.searchTraces({
    ...range,
    conditions: [
      condition('service', '=', `svc-${i % 20}`),
      condition('attributes.http.route', '=', '/cart'),
      condition('duration', '>', 50_000_000),
    ],
    limit: 20,
    orderBy: 'time',
  }),
);
await measure('search: no conditions', () =>
  reader.searchTraces({ ...range, conditions: [], limit: 20, orderBy: 'time' }),
);
await measure('search: free text', (i) =>
  reader.searchTraces({ ...range, conditions: [], text: `value-${i}`, limit: 20, orderBy: 'time' }),
);
await measure('RED of all services, 60 steps', () => reader.red({ ...range, steps: 60, groupBy: 'service' }));
await measure('services', () => reader.services(range));
await measure('heat map', () => reader.durationHeatmap({ ...range, steps: 60 }));
await measure('routes', () => reader.routes({ ...range, limit: 20 }));
await measure('errors', () => reader.errors({ ...range, steps: 60, limit: 20 }));
await measure('SQL by attribute', () =>
  sql("SELECT count(*) FROM spans WHERE (attributes->>'http.route') = '/cart' AND kind = 'SERVER'"),
);
await measure('SQL by attribute, rows', () =>
  sql("SELECT * FROM spans WHERE (attributes->>'http.response.status_code') = '500' LIMIT 20"),
);
await reader.close();
written.remove();
rmSync(written.directory, { recursive: true, force: true });

function sql(statement: string): Promise<unknown> {
  return reader.sql?.query({ tenant: 'default', statement }) ?? Promise.resolve();
}

async function measure(name: string, query: (i: number) => Promise<unknown>, times = 30): Promise<void> {
  const first = await timed(() => query(0));
  const before = process.cpuUsage();
  const millis: number[] = [];
  for (let i = 1; i <= times; i++) millis.push(await timed(() => query(i)));
  const { user, system } = process.cpuUsage(before);
  millis.sort((a, b) => a - b);
  const at = (part: number): string => (millis[Math.ceil(part * millis.length) - 1] ?? 0).toFixed(1).padStart(7);
  const rss = (process.memoryUsage.rss() / 1e6).toFixed(0);
  console.log(
    `${name.padEnd(38)} first ${first.toFixed(1).padStart(7)} p50 ${at(0.5)} p95 ${at(0.95)} ms, ` +
      `CPU ${((user + system) / 1000 / times).toFixed(1).padStart(6)} ms, RSS ${rss} MB`,
  );
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
