import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  encodeV1,
  encodeV2,
  sendWrite,
  type TestSeries,
} from '../../packages/query/src/prometheus/write/remote-write.testing.ts';
import { type Gateway, startGateway } from './gateway.ts';

const CONFIG = `
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:0"}, http: {endpoint: "127.0.0.1:0"}}}}
processors: {attributes: {actions: [{key: env, action: insert, value: test}]}}
exporters: {store: {}}
extensions: {workbench: {endpoint: "127.0.0.1:0"}}
service:
  extensions: [workbench]
  pipelines: {metrics: {receivers: [otlp], processors: [attributes], exporters: [store]}}
`;

/** Samples of the last ten minutes. */
function recentSeries(name: string): { readonly series: TestSeries[]; readonly now: number } {
  const now = Date.now();
  const times = Array.from({ length: 21 }, (_, i) => now - (20 - i) * 30_000);
  const series = {
    labels: { __name__: name, job: 'eu/shop', instance: 'a:1', le: '0.5' },
    samples: times.map((timestamp, i) => ({ timestamp, value: i * 30 })),
  };
  const histogram = {
    labels: { __name__: `${name}_native`, job: 'eu/shop' },
    histograms: times.map((timestamp, i) => ({
      timestamp,
      count_int: 4 * i,
      sum: 10 * i,
      schema: 0,
      positive_spans: [{ offset: 1, length: 2 }],
      positive_deltas: [2 * i, 0],
    })),
  };
  return { series: [series, histogram], now };
}

async function query(gateway: Gateway, expression: string, time: number): Promise<unknown> {
  const parameters = new URLSearchParams({ query: expression, time: String(time / 1000) });
  const response = await fetch(`${gateway.url}/prometheus/api/v1/query?${parameters}`);
  const { data, ...rest } = (await response.json()) as {
    data: { result: { metric: object; value: [number, string] }[] };
  };
  assert.equal(response.status, 200, JSON.stringify(rest));
  return data.result.map(({ metric, value }) => [metric, value[1]]);
}

test('remote write of both versions passes the processors of the pipeline, and queries find it under its names', async (t) => {
  const gateway = await startGateway(t, { config: [CONFIG] });
  for (const [version, encode] of [
    [1, encodeV1],
    [2, encodeV2],
  ] as const) {
    const name = `written_v${version}_bucket`;
    const { series, now } = recentSeries(name);
    const response = await sendWrite(`${gateway.url}/prometheus/api/v1/write`, encode(series), version);
    assert.equal(response.status, 204, await response.text());
    assert.equal(response.headers.get('x-prometheus-remote-write-samples-written'), '21');
    assert.equal(response.headers.get('x-prometheus-remote-write-histograms-written'), '21');
    const labels = { env: 'test', instance: 'a:1', job: 'eu/shop', le: '0.5' };
    assert.deepEqual(await query(gateway, `rate(${name}[5m])`, now), [[labels, '1']]);
    assert.deepEqual(await query(gateway, `histogram_count(${name}_native)`, now), [
      [{ env: 'test', job: 'eu/shop' }, '80'],
    ]);
  }
});

test('requests that are no remote write are rejected with their reason', async (t) => {
  const gateway = await startGateway(t, { config: [CONFIG] });
  const url = `${gateway.url}/prometheus/api/v1/write`;
  const send = (headers: Record<string, string>, body: string) => fetch(url, { method: 'POST', headers, body });
  const proto = { 'content-type': 'application/x-protobuf' };
  for (const [headers, body, status, message] of [
    [{ 'content-type': 'application/json' }, '{}', 415, /application\/x-protobuf/],
    [proto, 'x', 415, /expected snappy/],
    [{ ...proto, 'content-encoding': 'snappy' }, '\x04\x0cabcd', 400, /expected a remote write request/],
    [{ ...proto, 'content-encoding': 'snappy' }, '\xff\xff\xff\xff\x0f', 400, /expected snappy|at most/],
    [{ 'content-type': 'application/x-protobuf;proto=other', 'content-encoding': 'snappy' }, 'x', 415, /proto=/],
  ] as const) {
    const response = await send(headers, body);
    assert.equal(response.status, status, message.source);
    assert.match(await response.text(), message);
  }
});

test('without a pipeline that ends in the store, remote write is unavailable', async (t) => {
  const other = CONFIG.replace('metrics: {receivers', 'logs: {receivers').replace('processors: [attributes], ', '');
  const gateway = await startGateway(t, { config: [other] });
  const { series } = recentSeries('x');
  const response = await sendWrite(`${gateway.url}/prometheus/api/v1/write`, encodeV1(series), 1);
  assert.equal(response.status, 503);
  assert.match(await response.text(), /ends in the store/);
});
