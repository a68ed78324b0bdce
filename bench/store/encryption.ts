/**
 * Compares an encrypted store with a plain one, interleaved in one process: `node bench/store/encryption.ts [--spans 500000]
 * [--rounds 7]`. Ingest appends the same requests to new stores, until their rows are in files. Queries run over two stores
 * with the same rows, of which some are pending. Prints the ratios of CPU time of the whole process, with their 95 % confidence
 * intervals, and the targets. Set the variables of the allocator that `bin/otelier.js` sets (`MALLOC_MMAP_THRESHOLD_=8388608
 * MALLOC_TRIM_THRESHOLD_=33554432 MALLOC_ARENA_MAX=2`): without them, each encrypted record takes new pages. Targets: ingest at least 0.8 times, queries at most 1.3 times.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createKeyLine, fileProvider } from '@otelier/journal/encryption';
import { type Batch, localContext } from '@otelier/otlp';
import { openStore, type Store } from '@otelier/store';
import { estimateRatio } from '../ratio.ts';
import { SPANS_PER_REQUEST, SpanGenerator } from './telemetry.ts';

const { values } = parseArgs({
  options: { spans: { type: 'string', default: '500000' }, rounds: { type: 'string', default: '7' } },
});
const rounds = Number(values.rounds);
const root = mkdtempSync(join(tmpdir(), 'otelier-encryption-bench-'));
const path = join(root, 'keys');
writeFileSync(path, createKeyLine('bench'), { mode: 0o600 });
const encryption = { provider: fileProvider(path) };
const MINUTE_NANOS = 60_000_000_000n;
const length = 60n * MINUTE_NANOS;
const start = BigInt(Date.now()) * 1_000_000n - length;

/** The two kinds of stores, in the order in which they are measured. */
const KINDS = ['plain', 'encrypted'] as const;
type Kind = (typeof KINDS)[number];
let directories = 0;

function open(kind: Kind): Promise<Store> {
  const directory = join(root, `store-${directories++}`);
  return openStore({ directory, maxBytes: 60e9, ...(kind === 'encrypted' && { encryption }) });
}

function requestsOf(spans: number): readonly Batch[] {
  const generator = new SpanGenerator();
  const count = Math.ceil(spans / SPANS_PER_REQUEST);
  const spacing = length / BigInt(count);
  return Array.from({ length: count }, (_, i) => {
    const { bytes } = generator.next(start + spacing * BigInt(i), spacing);
    const context = localContext(Date.now());
    return { signal: 'traces', parts: [bytes], itemCount: SPANS_PER_REQUEST, sizeBytes: bytes.length, context };
  });
}

async function fill(store: Store, requests: readonly Batch[]): Promise<void> {
  for (const [i, request] of requests.entries()) {
    const { kind } = await store.append(request);
    if (kind !== 'accepted') throw new Error(`expected accepted, got ${kind}`);
    // The store thread would otherwise fall behind.
    if (i % 500 === 499) await store.stats();
  }
}

/** Returns the CPU time of the whole process that some work takes, in milliseconds. */
async function cpuOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

type Pair = { readonly before: number; readonly after: number };

/** Measures both kinds in turn, in alternating order, after one round that is not counted. */
async function compare(times: number, measure: (kind: Kind, round: number) => Promise<number>): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let round = 0; round <= times; round++) {
    const found: Partial<Record<Kind, number>> = {};
    for (const kind of round % 2 === 0 ? KINDS : KINDS.toReversed()) found[kind] = await measure(kind, round);
    if (round > 0) pairs.push({ before: found.plain ?? 0, after: found.encrypted ?? 0 });
  }
  return pairs;
}

function print(name: string, pairs: readonly Pair[], target: string, invert = false): void {
  const { ratio, low, high } = estimateRatio(
    invert ? pairs.map(({ before, after }) => ({ before: after, after: before })) : pairs,
  );
  const mean = (key: keyof Pair) => pairs.reduce((sum, pair) => sum + pair[key], 0) / pairs.length;
  console.log(
    `${name.padEnd(34)} ${ratio.toFixed(2)} × (${low.toFixed(2)} to ${high.toFixed(2)}), target ${target}; plain ${mean('before').toFixed(1)} ms, encrypted ${mean('after').toFixed(1)} ms`,
  );
}

try {
  const requests = requestsOf(Number(values.spans));
  const ingest = await compare(rounds, async (kind) => {
    const store = await open(kind);
    const millis = await cpuOf(async () => {
      await fill(store, requests);
      await store.flush();
    });
    await store.close();
    return millis;
  });
  // Spans per CPU time of the encrypted store, relative to the plain one.
  print('ingest', ingest, '≥ 0.8', true);

  const stores = { plain: await open('plain'), encrypted: await open('encrypted') };
  for (const store of Object.values(stores)) {
    await fill(store, requests);
    await store.flush();
    await fill(store, requests.slice(0, 20));
  }
  const range = { tenant: 'default', start, end: start + length };
  const { traces } = await stores.plain.searchTraces({ ...range, conditions: [], limit: 200, orderBy: 'time' });
  const route = [{ field: 'attributes.http.route', op: '=', value: '/cart' } as const];
  const shifted = (round: number) => ({ ...range, start: start + BigInt(round) * 1_000_003n });
  const queries: Readonly<Record<string, (store: Store, round: number) => Promise<unknown>>> = {
    'trace by ID': (store, round) =>
      Array.fromAsync(store.trace({ tenant: 'default', traceId: traces[round % traces.length]?.traceId ?? '' })),
    'newest 20 traces': (store) => store.searchTraces({ ...range, conditions: [], limit: 20, orderBy: 'time' }),
    'search by attribute': (store, round) =>
      store.searchTraces({ ...shifted(round), conditions: route, limit: 20, orderBy: 'time' }),
    services: (store, round) => store.services(shifted(round)),
    'RED by service': (store, round) => store.red({ ...shifted(round), steps: 60, groupBy: 'service' }),
    'RED filtered by an attribute': (store, round) =>
      store.red({ ...shifted(round), conditions: route, steps: 60, groupBy: 'service' }),
    'statement of the engine': (store) =>
      store
        .attributeKeys({ ...range, signal: 'traces', limit: 100 })
        .then(() => store.findSpans({ tenant: 'default', traceId: traces[0]?.traceId ?? '', text: 'cart' })),
    export: async (store, round) => {
      for await (const part of store.export({ signal: 'traces', ...shifted(round) })) if (part.length > 0) break;
    },
  };
  for (const [name, query] of Object.entries(queries)) {
    const pairs = await compare(rounds * 2, (kind, round) => cpuOf(() => query(stores[kind], round)));
    print(name, pairs, '≤ 1.3');
  }
  for (const store of Object.values(stores)) await store.close();
} finally {
  rmSync(root, { recursive: true, force: true });
}
