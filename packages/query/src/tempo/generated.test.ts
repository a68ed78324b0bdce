import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStore, type Store } from '@otelier/store';
import { startTestApi, type TestApi } from '@otelier/testkit/memory-api';
import { createMemoryStore } from '@otelier/testkit/memory-store';
import { createRandom } from '@otelier/testkit/otlp/random';
import { batchOf } from '@otelier/testkit/request-codec';
import { generateMetricsQuery } from '@otelier/testkit/traceql/metrics';
import { generateQuery } from '@otelier/testkit/traceql/queries';
import { generateTraces, type ModelTrace, tracesRequest } from '@otelier/testkit/traceql/traces';

const START = 1_700_000_000n * 1_000_000_000n;
const SEED = 20_261_130;

/** Calls the API without a socket. */
function call({ api, url }: TestApi, path: string, parameters: URLSearchParams): Promise<Response> {
  return api.fetch(new Request(`${url}/tempo/api/${path}?${parameters}`, { headers: { host: 'localhost' } }));
}

/** Returns the IDs of spans that a search finds, by trace and set. */
async function search(server: TestApi, q: string): Promise<Record<string, string[]>> {
  const response = await call(server, 'search', new URLSearchParams({ q, limit: '1000', spss: '1000' }));
  const text = await response.text();
  assert.equal(response.status, 200, `${q}: ${text}`);
  const { traces } = JSON.parse(text) as {
    readonly traces: readonly {
      readonly traceID: string;
      readonly spanSets: readonly { readonly spans: readonly { readonly spanID: string }[] }[];
    }[];
  };
  return comparable(
    traces.map(
      ({ traceID, spanSets }) => [traceID, spanSets.map(({ spans }) => spans.map(({ spanID }) => spanID))] as const,
    ),
  );
}

function comparable(traces: readonly (readonly [string, readonly (readonly string[])[]])[]): Record<string, string[]> {
  const entries = traces.map(
    ([id, sets]) => [id.replace(/^0+/, ''), sets.map((set) => set.toSorted().join(' ')).toSorted()] as const,
  );
  return Object.fromEntries(entries.filter(([, sets]) => sets.length > 0).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

async function compare(store: Store, traces: readonly ModelTrace[], seed: number, queries: number): Promise<number> {
  await using server = await startTestApi({ memory: store });
  const random = createRandom(seed);
  let found = 0;
  for (let index = 0; index < queries; index++) {
    const { text, evaluate } = generateQuery(random);
    const expected = comparable(traces.map((trace) => [trace[0]?.trace ?? '', evaluate(trace)]));
    assert.deepEqual(await search(server, text), expected, `query ${index}: ${text}`);
    if (Object.keys(expected).length > 0) found += 1;
  }
  assert.deepEqual(server.errors, []);
  return found;
}

test('generated queries give the results of an evaluator that tries every span', async () => {
  const traces = generateTraces(createRandom(SEED), 16, 12);
  const store = createMemoryStore();
  await store.append(batchOf('traces', tracesRequest(traces, START)));
  const found = await compare(store, traces, SEED + 1, 400);
  assert.ok(found > 200, `expected most queries to find traces, got ${found}`);
});

test('conditions that the store evaluates do not change the results', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-traceql-'));
  const store = await openStore({ directory, retentionMillis: Number.MAX_SAFE_INTEGER });
  try {
    const traces = generateTraces(createRandom(SEED + 2), 20, 12);
    await store.append(batchOf('traces', tracesRequest(traces.slice(0, 15), START)));
    await store.flush();
    await store.append(batchOf('traces', tracesRequest(traces.slice(15), START)));
    await compare(store, traces, SEED + 3, 30);
  } finally {
    await store.close();
    await rm(directory, { recursive: true });
  }
});

const STEP_MILLIS = 10_000;
const ENDS = [0, STEP_MILLIS, 2 * STEP_MILLIS];

/** Returns the values of series by their labels and the end of their step. */
async function measure(server: TestApi, q: string): Promise<Record<string, Record<number, number>>> {
  const range = { start: `${START / 1_000_000_000n}`, end: `${START / 1_000_000_000n + 20n}`, step: '10s' };
  const response = await call(server, 'metrics/query_range', new URLSearchParams({ ...range, q }));
  const text = await response.text();
  assert.equal(response.status, 200, `${q}: ${text}`);
  const { series } = JSON.parse(text) as {
    readonly series: readonly {
      readonly labels: readonly { readonly key: string; readonly value: object }[];
      readonly samples: readonly { readonly timestampMs: string; readonly value: number }[];
    }[];
  };
  const startMillis = Number(START / 1_000_000n);
  return Object.fromEntries(
    series.map(({ labels, samples }) => [
      labels.map(({ key, value }) => `${key}=${Object.values(value)[0]}`).join(),
      Object.fromEntries(
        samples.map(({ timestampMs, value }) => [Number(timestampMs) - startMillis, Number(value.toPrecision(9))]),
      ),
    ]),
  );
}

test('generated metrics queries give the values of an evaluator that tries every span', async () => {
  const traces = generateTraces(createRandom(SEED + 4), 18, 10);
  await using server = await startTestApi();
  await server.store.append(batchOf('traces', tracesRequest(traces, START)));
  const random = createRandom(SEED + 5);
  for (let index = 0; index < 150; index++) {
    const { text, evaluate } = generateMetricsQuery(random);
    assert.deepEqual(await measure(server, text), evaluate(traces, ENDS, STEP_MILLIS), `query ${index}: ${text}`);
  }
});
