/**
 * Measures the latency of the page's queries over a store that `build.ts` has built, while ingesting:
 * `node bench/store/queries.ts DIR [--rate 20000] [--times 40] [--minutes 60]`. Prints p50, p95 and the targets. The queried range
 * ends with the newest span of the store or, while ingesting, now.
 *
 * Few of the repetitions happen while the store writes a file. `--seconds 120` starts a query every `--every` milliseconds
 * instead, all kinds in turn, without waiting for the previous one, so that as many as in practice do.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { localContext } from '@otelier/otlp';
import { type Condition, openStore, type Store } from '@otelier/store';
import { SPANS_PER_REQUEST, SpanGenerator } from './telemetry.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rate: { type: 'string', default: '20000' },
    times: { type: 'string', default: '40' },
    minutes: { type: 'string', default: '60' },
    /** Number of clients for the last part, in which all queries run at the same time. */
    clients: { type: 'string', default: '0' },
    only: { type: 'string', default: '' },
    seconds: { type: 'string', default: '0' },
    every: { type: 'string', default: '50' },
  },
});
const [directory] = positionals;
if (directory === undefined) throw new Error('expected the directory of a store that build.ts has built');
const MINUTE_NANOS = 60_000_000_000n;

const opening = performance.now();
/** Times that writing files took, in milliseconds. */
const writes: number[] = [];
const store = await openStore({
  directory,
  maxBytes: 60e9,
  onEvent: (event) => {
    if (event.kind === 'file-written') writes.push(event.millis);
  },
});
console.log(`opened in ${(performance.now() - opening).toFixed(0)} ms`);
const rate = Number(values.rate);
const stopIngest = rate > 0 ? ingest(store, rate) : () => 0;
const end = await newestMinute(store);
const range = { tenant: 'default', start: end - BigInt(values.minutes) * MINUTE_NANOS, end };
const condition = (field: string, op: Condition['op'], value: string | number): Condition => ({ field, op, value });
const byTime = { ...range, limit: 20, orderBy: 'time' } as const;
const byAttribute = [
  condition('attributes.http.route', '=', '/cart'),
  condition('attributes.app.attr.8', '=', 'value-7'),
  condition('duration', '>', 100_000_000),
];
const { traces } = await store.searchTraces({ ...byTime, conditions: [], limit: 200 });
const traceIds = traces.map(({ traceId }) => traceId);
const filter = { conditions: [condition('attributes.http.route', '=', '/cart')] };

const queries: readonly (readonly [string, number, (i: number) => Promise<unknown>])[] = [
  [
    'trace by id',
    15,
    (i) => Array.fromAsync(store.trace({ tenant: 'default', traceId: traceIds[i % traceIds.length] ?? '' })),
  ],
  ['newest 20 traces', 40, () => store.searchTraces({ ...byTime, conditions: [] })],
  ['search by attribute and duration', 60, () => store.searchTraces({ ...byTime, conditions: byAttribute })],
  ['services', 80, () => store.services(range)],
  ['RED by service', 80, () => store.red({ ...range, steps: 60, groupBy: 'service' })],
  ['heat map', 100, () => store.durationHeatmap({ ...range, steps: 60 })],
  ['routes', 100, () => store.routes({ ...range, limit: 100 })],
  ['errors', 100, () => store.errors({ ...range, steps: 18, limit: 50 })],
  ['attribute keys', 100, () => store.attributeKeys({ ...range, signal: 'traces', limit: 100 })],
  ['RED filtered by an attribute', 400, () => store.red({ ...range, ...filter, steps: 60, groupBy: 'service' })],
  ['heat map filtered by an attribute', 400, () => store.durationHeatmap({ ...range, ...filter, steps: 60 })],
];
for (const [name, target, query] of queries) {
  if (!name.includes(values.only)) continue;
  if (Number(values.seconds) > 0) break;
  const times = target > 200 ? Math.ceil(Number(values.times) / 4) : Number(values.times);
  const first = await timed(() => query(0));
  const millis: number[] = [];
  const before = process.cpuUsage();
  for (let i = 1; i <= times; i++) millis.push(await timed(() => query(i)));
  const { user, system } = process.cpuUsage(before);
  print(
    name,
    millis,
    `target ${target}, first ${first.toFixed(0)}, CPU ${((user + system) / 1000 / times).toFixed(1)}`,
  );
}
if (Number(values.seconds) > 0) await atIntervals(Number(values.seconds) * 1000, Number(values.every));
if (Number(values.clients) > 0) await together(Number(values.clients));
console.log(`ingested ${stopIngest()} spans meanwhile`);
await store.close();

/** Starts a query at intervals, all kinds in turn. */
async function atIntervals(lengthMillis: number, everyMillis: number): Promise<void> {
  const chosen = queries.filter(([name]) => name.includes(values.only));
  const found = chosen.map((): number[] => []);
  for (const [, , query] of chosen) await query(0);
  writes.length = 0;
  const running: Promise<unknown>[] = [];
  const start = performance.now();
  for (let i = 0; i * everyMillis < lengthMillis; i++) {
    await delay(Math.max(0, start + i * everyMillis - performance.now()));
    const [, , query] = chosen[i % chosen.length] ?? fail();
    running.push(timed(() => query(i)).then((millis) => found[i % chosen.length]?.push(millis)));
  }
  await Promise.all(running);
  chosen.forEach(([name, target], i) => {
    print(name, found[i] ?? [], `target ${target}`);
  });
  const total = writes.reduce((sum, millis) => sum + millis, 0);
  console.log(
    `${writes.length} files written in ${(total / writes.length).toFixed(0)} ms each, ` +
      `${((100 * total) / (performance.now() - start)).toFixed(1)} % of the time`,
  );
}

function fail(): never {
  throw new RangeError('expected a query whose name contains --only');
}

/** Runs every query in turn for each of several clients at the same time. */
async function together(clients: number): Promise<void> {
  const millis: number[] = [];
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 50);
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (let i = 0; i < queries.length; i++) {
        const query = queries[(client + i) % queries.length];
        if (query !== undefined) millis.push(await timed(() => query[2](client)));
      }
    }),
  );
  clearInterval(watch);
  print(`${clients} clients at the same time`, millis, `peak RSS ${(peak / 1e6).toFixed(0)} MB`);
}

function print(name: string, millis: number[], note: string): void {
  millis.sort((a, b) => a - b);
  const at = (part: number): string => (millis[Math.ceil(part * millis.length) - 1] ?? 0).toFixed(1).padStart(8);
  const rss = (process.memoryUsage.rss() / 1e6).toFixed(0);
  console.log(`${name.padEnd(36)} p50 ${at(0.5)} p95 ${at(0.95)} p99 ${at(0.99)} ms  ${note}; RSS ${rss} MB`);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Returns the end of the minute that contains the newest span. */
async function newestMinute(from: Store): Promise<bigint> {
  const now = BigInt(Date.now()) * 1_000_000n;
  const query = {
    tenant: 'default',
    start: 0n,
    end: now + MINUTE_NANOS,
    conditions: [],
    limit: 1,
    orderBy: 'time',
  } as const;
  const newest = (await from.searchTraces(query)).traces[0]?.start ?? now;
  return (newest / MINUTE_NANOS + 1n) * MINUTE_NANOS;
}

/** Appends spans at a steady rate until the returned function is called, which returns their number. */
function ingest(into: Store, spansPerSecond: number): () => number {
  // Other traces than those in the store and in earlier runs.
  const generator = new SpanGenerator((Math.floor(Date.now() / 100) % 2 ** 30) + 2 ** 30);
  const PER_TICK_MILLIS = 100;
  let sent = 0;
  let due = 0;
  const timer = setInterval(() => {
    due += (spansPerSecond * PER_TICK_MILLIS) / 1000;
    for (; sent + SPANS_PER_REQUEST <= due; sent += SPANS_PER_REQUEST) {
      const { bytes } = generator.next(BigInt(Date.now()) * 1_000_000n, 50_000_000n);
      const batch = {
        signal: 'traces',
        parts: [bytes],
        itemCount: SPANS_PER_REQUEST,
        sizeBytes: bytes.length,
      } as const;
      void into.append({ ...batch, context: localContext(Date.now()) });
    }
  }, PER_TICK_MILLIS);
  return () => {
    clearInterval(timer);
    return sent;
  };
}
