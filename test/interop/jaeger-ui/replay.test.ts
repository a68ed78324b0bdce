import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { batchOf, startTestApi, type TestApi } from '@otelier/testkit';
import { shopTraces, TRACE_IDS } from './telemetry.ts';

interface Recorded {
  readonly view: string;
  readonly path: string;
}

const RECORDED = JSON.parse(readFileSync(new URL('requests.json', import.meta.url), 'utf8')) as readonly Recorded[];
const NOW_MILLIS = 1_700_000_000_000;
const TIMES: Readonly<Record<string, string>> = {
  '{endTs}': `${NOW_MILLIS}`,
  '{query.startTimeMin}': new Date(NOW_MILLIS - 3_600_000).toISOString(),
  '{query.startTimeMax}': new Date(NOW_MILLIS).toISOString(),
};

let server: TestApi;
before(async () => {
  server = await startTestApi();
  await server.store.append(batchOf('traces', shopTraces(NOW_MILLIS)));
});
after(() => server.shutdown(0));

async function replay({ path }: Recorded): Promise<Record<string, unknown>> {
  const own = path.replace(/\{[\w.]+\}/g, (name) => encodeURIComponent(TIMES[name] ?? name));
  const response = await fetch(`${server.url}/jaeger${own}`);
  assert.equal(response.status, 200, `${path}: ${await response.clone().text()}`);
  return (await response.json()) as Record<string, unknown>;
}

test('the requests of the Jaeger UI get what its views show', async () => {
  const found = new Map<string, Record<string, unknown>>();
  for (const recorded of RECORDED) found.set(recorded.path, await replay(recorded));
  const byPath = (part: string): Record<string, unknown>[] =>
    [...found].filter(([path]) => path.includes(part)).map(([, body]) => body);
  assert.deepEqual(byPath('/v3/services'), [{ services: ['pay', 'shop'] }]);
  assert.deepEqual(byPath('/v3/operations'), [
    {
      operations: [
        { name: 'POST /checkout', spanKind: 'server' },
        { name: 'charge', spanKind: 'client' },
      ],
    },
  ]);
  const summaries = byPath('/v3/trace-summaries') as { readonly summaries: readonly { readonly traceId: string }[] }[];
  assert.deepEqual(
    summaries.map((one) => one.summaries.map(({ traceId }) => traceId).sort()).sort((a, b) => a.length - b.length),
    [[TRACE_IDS[1]], [...TRACE_IDS]],
  );
  const traces = byPath('/api/traces/') as { readonly data: readonly { readonly spans: readonly unknown[] }[] }[];
  assert.deepEqual(traces.map(({ data }) => data[0]?.spans.length).sort(), [3, 4]);
  assert.deepEqual(byPath('/api/dependencies')[0]?.['data'], [{ parent: 'shop', child: 'pay', callCount: 2 }]);
  const metrics = byPath('/api/metrics/') as { readonly metrics: readonly unknown[] }[];
  assert.equal(metrics.length, 8);
  assert.ok(metrics.every((one) => one.metrics.length > 0));
});
