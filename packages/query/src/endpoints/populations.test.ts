import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { openStore, type Store } from '@otelier/store';
import { batchOf, keyValues, startTestApi, type TestApi, type TracesJson } from '@otelier/testkit';
import {
  compareTracesResponse,
  serviceGraphResponse,
  traceHeatmapResponse,
  traceReferencesResponse,
} from '../api/populations.ts';
import { facetsResponse } from '../api/schemas.ts';

const START = 1_700_000_000_000;
const RANGE = `start=${START}&end=${START + 60_000}`;
const nanos = (millis: number): string => `${BigInt(START + millis) * 1_000_000n}`;
const idOf = (n: number): string => `${n}`.padStart(32, 'a');

/** 40 traces, the last ten of which are slow and from another zone. */
const REQUEST: TracesJson = {
  resourceSpans: [
    {
      resource: { attributes: keyValues({ 'service.name': 'shop' }) },
      scopeSpans: [
        {
          spans: Array.from({ length: 40 }, (_, n) => ({
            traceId: idOf(n),
            spanId: `${n}`.padStart(16, 'b'),
            name: 'GET /',
            startTimeUnixNano: nanos(n * 1000),
            endTimeUnixNano: nanos(n * 1000 + (n < 30 ? 5 : 500)),
            attributes: keyValues({ zone: n < 30 ? 'a' : 'b' }),
            links: n === 7 ? [{ traceId: idOf(3), spanId: '3'.padStart(16, 'b') }] : [],
          })),
        },
      ],
    },
  ],
};

/** A service that calls another, and a database, an hour later. */
const CALLS: TracesJson = {
  resourceSpans: [
    callOf('web', 'b', '', 2, {}),
    callOf('cart', 'c', 'b', 2, {}),
    callOf('cart', 'd', 'c', 3, { 'db.system.name': 'redis' }),
  ],
};

function callOf(service: string, id: string, parent: string, kind: number, attributes: Record<string, string>) {
  const span = {
    ...{ traceId: idOf(99), spanId: id.repeat(16), parentSpanId: parent.repeat(16), name: 'call', kind },
    ...{ startTimeUnixNano: nanos(3_600_000), endTimeUnixNano: nanos(3_600_005), attributes: keyValues(attributes) },
  };
  return { resource: { attributes: keyValues({ 'service.name': service }) }, scopeSpans: [{ spans: [span] }] };
}

describe('populations of traces over HTTP', () => {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-api-populations-'));
  let store: Store;
  let server: TestApi;
  before(async () => {
    // The spans are older than the default retention.
    store = await openStore({ directory, retentionMillis: 1e14 });
    await store.append(batchOf('traces', REQUEST));
    await store.append(batchOf('traces', CALLS));
    const exemplars = [{ timeUnixNano: nanos(3001), asDouble: 0.25, traceId: idOf(3), spanId: '3'.padStart(16, 'b') }];
    const dataPoints = [{ timeUnixNano: nanos(4000), asDouble: 1, exemplars }];
    const metrics = [{ name: 'request.duration', unit: 's', gauge: { dataPoints } }];
    await store.append(batchOf('metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }));
    server = await startTestApi({ memory: store });
  });
  after(async () => {
    await server.shutdown(0);
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const get = (path: string): Promise<Response> => fetch(`${server.url}/api/v1${path}`);

  test('compares a region of start times and durations with the rest', async () => {
    const region = `select_start=${START}&select_end=${START + 60_000}&select_min=100000000&select_max=900000000`;
    const body = compareTracesResponse.parse(await (await get(`/compare?${RANGE}&${region}`)).json());
    assert.deepEqual([body.selected.total, body.baseline.total], [10, 30]);
    assert.deepEqual(body.differences[0]?.best, { value: 'b', selected: 10, baseline: 0 });
  });

  test('compares traces that satisfy conditions', async () => {
    const select = new URLSearchParams({ select: 'attributes.zone = b' });
    const body = compareTracesResponse.parse(await (await get(`/compare?${RANGE}&${select}`)).json());
    assert.deepEqual([body.selected.total, body.differences[0]?.key], [10, 'zone']);
  });

  test('counts the traces of the range by start and duration', async () => {
    const body = traceHeatmapResponse.parse(await (await get(`/heatmap/traces?${RANGE}&steps=6`)).json());
    assert.deepEqual(
      body.counts.map((column) => column.reduce((sum, count) => sum + count, 0)),
      [10, 10, 10, 10, 0, 0],
    );
  });

  test('returns a trace as it was received', async () => {
    const response = await get(`/traces/${idOf(3)}/otlp`);
    assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
    const body = (await response.json()) as TracesJson;
    const [span] = REQUEST.resourceSpans?.[0]?.scopeSpans?.[0]?.spans?.slice(3) ?? [];
    assert.deepEqual(body.resourceSpans?.[0]?.scopeSpans?.[0]?.spans?.[0]?.attributes, [
      { key: 'zone', value: { stringValue: 'a' } },
    ]);
    assert.equal(body.resourceSpans?.[0]?.scopeSpans?.[0]?.spans?.[0]?.startTimeUnixNano, span?.startTimeUnixNano);
    assert.equal((await get(`/traces/${'c'.repeat(32)}/otlp`)).status, 404);
  });

  test('returns what refers to a trace: links of other traces, and exemplars', async () => {
    const body = traceReferencesResponse.parse(await (await get(`/traces/${idOf(3)}/references?${RANGE}`)).json());
    assert.deepEqual(
      body.links.map(({ traceId, toSpanId, name }) => [traceId, toSpanId, name]),
      [[idOf(7), '3'.padStart(16, 'b'), 'GET /']],
    );
    assert.deepEqual(
      body.exemplars.map(({ metric, unit, value, timeNanos }) => [metric, unit, value, timeNanos]),
      [['request.duration', 's', 0.25, nanos(3001)]],
    );
  });

  test('returns the values of a field, most frequent first', async () => {
    const { facets } = facetsResponse.parse(
      await (await get(`/attributes/values?${RANGE}&field=attributes.zone`)).json(),
    );
    assert.deepEqual(facets[0]?.values, [
      { value: 'a', count: 30 },
      { value: 'b', count: 10 },
    ]);
    assert.equal((await get(`/attributes/values?${RANGE}&field=nothing`)).status, 400);
  });

  test('agents get the same comparison', async () => {
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`)));
    const range = { start: new Date(START).toISOString(), end: new Date(START + 60_000).toISOString() };
    const { content } = await client.callTool({
      name: 'compare_traces',
      arguments: { ...range, select: ['duration > 100ms'] },
    });
    await client.close();
    assert.match(JSON.stringify(content), /10 selected traces compared with 30 others/);
    assert.match(JSON.stringify(content), /100 % of the selected, 0 % of the others: shop: attribute.zone = b/);
  });

  test('returns the calls between services and to peers', async () => {
    const later = `start=${START + 3_600_000}&end=${START + 3_660_000}`;
    const body = serviceGraphResponse.parse(await (await get(`/service-graph?${later}`)).json());
    const numbers = { isMessage: false, calls: 1, errors: 0, p50: 5e6, p95: 5e6 };
    assert.deepEqual(body, {
      edges: [
        { caller: 'cart', called: 'redis', peerAttribute: 'db.system.name', ...numbers },
        { caller: 'web', called: 'cart', ...numbers },
      ],
      ...{ total: 2, sampling: 1 },
    });
    const limited = serviceGraphResponse.parse(await (await get(`/service-graph?${later}&limit=1`)).json());
    assert.deepEqual([limited.edges.length, limited.total], [1, 2]);
    assert.equal((await get('/service-graph?limit=0')).status, 400);
  });

  test('names invalid parameters', async () => {
    const response = await get(`/compare?${RANGE}&select_min=x&baseline=none&select=a%20b`);
    const { error } = (await response.json()) as { readonly error: { readonly message: string } };
    assert.equal(response.status, 400);
    for (const name of ['select_min', 'baseline', 'select']) assert.match(error.message, new RegExp(`^${name}: `, 'm'));
  });

  test('reports a store that cannot compare traces', async () => {
    await using other = await startTestApi();
    const response = await fetch(`${other.url}/api/v1/compare?${RANGE}`);
    assert.equal(response.status, 503);
  });
});
