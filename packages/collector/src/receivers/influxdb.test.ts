import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type Outcome, requestToJson } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { systemClock } from '@otelier/transport/clock';
import { influxdb } from './influxdb.ts';
import { portOf } from './log_stream/read-records.testing.ts';

const CONFIG = { endpoint: '127.0.0.1:0' };
const V2 = '/api/v2/write?org=org&bucket=bucket&precision=ns';

receiverContract(influxdb, {
  config: CONFIG,
  clock: systemClock,
  async send(bench, { itemCount }): Promise<Outcome> {
    const { status, text } = await write(bench, Array.from({ length: itemCount }, (_, i) => `m,i=${i} v=1\n`).join(''));
    if (status === 204) return { kind: 'accepted' };
    return { kind: 'retry', reason: (JSON.parse(text) as { message: string }).message, afterMillis: undefined };
  },
});

async function start(t: TestContext, config: Record<string, unknown> = {}): Promise<ComponentBench> {
  const bench = await createComponentBench(influxdb, { clock: systemClock, config: { ...CONFIG, ...config } });
  t.after(() => bench.close());
  await bench.start();
  return bench;
}

async function write(bench: ComponentBench, body: string | Uint8Array<ArrayBuffer>, path = V2, headers = {}) {
  const response = await fetch(`http://127.0.0.1:${portOf(bench)}${path}`, { method: 'POST', body, headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

interface Json {
  readonly [key: string]: unknown;
}

/** Returns the points that have arrived as lines, and forgets them. */
function linesOf(bench: ComponentBench): readonly string[] {
  const requests = bench.received.splice(0).flatMap(({ parts }) => parts);
  return requests
    .flatMap((part) => (JSON.parse(requestToJson('metrics', part)) as { resourceMetrics: Json[] }).resourceMetrics)
    .flatMap(({ resource, scopeMetrics }) =>
      (scopeMetrics as Json[]).flatMap(({ scope, metrics }) =>
        (metrics as Json[]).flatMap(({ name, ...data }) => {
          const [kind, body] = Object.entries(data)[0] as [string, Json];
          const { dataPoints, ...rest } = body;
          const origin = JSON.stringify([(resource as Json)?.['attributes'] ?? [], scope ?? {}]);
          return (dataPoints as Json[]).map(
            (point) => `${origin} ${String(name)} ${kind} ${JSON.stringify(rest)} ${JSON.stringify(point)}`,
          );
        }),
      ),
    )
    .map((line) =>
      line
        .replaceAll(/\{"key":("[^"]*"),"value":\{"stringValue":("(?:[^"\\]|\\.)*")\}\}/g, '$1=$2')
        .replace('[[],{}] ', ''),
    )
    .sort();
}

test('receives what the clients of InfluxDB send', async (t) => {
  const bench = await start(t);
  // As `@influxdata/influxdb-client` 1.35.0 for JavaScript sent it.
  const line =
    'temp\\,erature,region=eu\\ west,sen\\ sor=a\\=1 n=42i,ok=T,text="a \\"quoted\\" \\\\ text",u=7u,value=21.5 1700000000000000001';
  assert.equal((await write(bench, line, V2, { authorization: 'Token tok' })).status, 204);
  const attributes = '"attributes":["region"="eu west","sen sor"="a=1"]';
  assert.deepEqual(linesOf(bench), [
    `temp,erature_n gauge {} {${attributes},"timeUnixNano":"1700000000000000001","asInt":"42"}`,
    `temp,erature_u gauge {} {${attributes},"timeUnixNano":"1700000000000000001","asInt":"7"}`,
    `temp,erature_value gauge {} {${attributes},"timeUnixNano":"1700000000000000001","asDouble":21.5}`,
  ]);
  // As `influx` 5.12.0 for JavaScript sent it.
  const query = await write(bench, '', '/query?q=create%20database%20%22db%22');
  assert.deepEqual([query.status, query.text], [200, '{"results":[{"statement_id":0}]}']);
  const v1 = 'response_times,host=web\\ 1 duration=12.5,path="/a \\"b\\"" 1700000000000000000';
  assert.equal((await write(bench, v1, '/write?db=db&precision=n&rp=')).status, 204);
  assert.deepEqual(linesOf(bench), [
    'response_times_duration gauge {} {"attributes":["host"="web 1"],"timeUnixNano":"1700000000000000000","asDouble":12.5}',
  ]);
});

test('converts the schemas of Telegraf, with resources and scopes', async (t) => {
  const bench = await start(t);
  const v1 = `cpu_temp,foo=bar,service.name=shop,host=web,otel.library.name=lib,otel.library.version=2 gauge=87.332 1
http_requests_total,code=200,temporality=delta counter=1027i,start_time="2024-05-01T10:00:00Z" 2
latency sum=53423,count=144,0.05=10,0.1=30,1=100 3
rpc 0.5=9,0.9=4,sum=17,count=26 4
mixed count=1,sum=2,other=3 5
`;
  assert.equal((await write(bench, v1)).status, 204);
  const cumulative = '{"aggregationTemporality":2}';
  assert.deepEqual(linesOf(bench), [
    '[["service.name"="shop"],{"name":"lib","version":"2"}] cpu_temp gauge {} {"attributes":["foo"="bar","host"="web"],"timeUnixNano":"1","asDouble":87.332}',
    'http_requests_total sum {"aggregationTemporality":1,"isMonotonic":true} {"attributes":["code"="200"],"startTimeUnixNano":"1714557600000000000","timeUnixNano":"2","asInt":"1027"}',
    `latency histogram ${cumulative} {"timeUnixNano":"3","count":"144","sum":53423,"bucketCounts":["10","20","70","44"],"explicitBounds":[0.05,0.1,1]}`,
    'mixed_count gauge {} {"timeUnixNano":"5","asDouble":1}',
    'mixed_other gauge {} {"timeUnixNano":"5","asDouble":3}',
    'mixed_sum gauge {} {"timeUnixNano":"5","asDouble":2}',
    `rpc histogram ${cumulative} {"timeUnixNano":"4","count":"26","sum":17,"bucketCounts":["9","4","13"],"explicitBounds":[0.5,0.9]}`,
  ]);
  const v2 = `prometheus,foo=bar cpu_temp=87.332 1
prometheus,le=0.05 latency_bucket=10 2
prometheus,le=1 latency_bucket=30 2
prometheus,le=+Inf latency_bucket=44 2
prometheus latency_count=44,latency_sum=53423 2
prometheus,quantile=0.5 rpc=9 3
prometheus rpc_count=26,rpc_sum=17 3
prometheus jobs_count=5 4
`;
  assert.equal((await write(bench, v2)).status, 204);
  assert.deepEqual(linesOf(bench), [
    'cpu_temp gauge {} {"attributes":["foo"="bar"],"timeUnixNano":"1","asDouble":87.332}',
    'jobs_count gauge {} {"timeUnixNano":"4","asDouble":5}',
    `latency histogram ${cumulative} {"timeUnixNano":"2","count":"44","sum":53423,"bucketCounts":["10","20","14"],"explicitBounds":[0.05,1]}`,
    'rpc summary {} {"timeUnixNano":"3","count":"26","sum":17,"quantileValues":[{"quantile":0.5,"value":9}]}',
  ]);
});

test('reads units of time, compressed bodies, comments and texts with line breaks', async (t) => {
  const bench = await start(t);
  const text = '# a comment with "\r\n\r\nm v="two\nlines",n=1 5\r\nm n=2 6';
  for (const precision of ['s', 'ms', 'us', 'm']) {
    const { status } = await write(bench, gzipSync(text), `/write?db=a&precision=${precision}`, {
      'content-encoding': 'gzip',
    });
    assert.equal(status, 204);
    const times = linesOf(bench).map((line) => /"timeUnixNano":"(\d+)"/.exec(line)?.[1]);
    const nanos = { s: 9, ms: 6, us: 3, m: 10 }[precision] ?? 0;
    const unit = precision === 'm' ? 6n * 10n ** 10n : 10n ** BigInt(nanos);
    assert.deepEqual(times, [String(5n * unit), String(6n * unit)]);
  }
  await write(bench, 'm n=1');
  assert.match(linesOf(bench)[0] ?? '', /"timeUnixNano":"\d{19}"/);
});

test('keeps valid lines, and says what is wrong with the others', async (t) => {
  const bench = await start(t);
  const invalid: [string, string][] = [
    ['m', 'missing fields'],
    ['m v', 'missing fields'],
    [',a=b v=1', 'missing measurement'],
    ['m,a v=1', 'missing tag key or value'],
    ['m,a= v=1', 'missing tag value'],
    ['m v=1x', 'invalid value of the field \\"v\\"'],
    ['m v=99999999999999999999i', 'invalid value of the field \\"v\\"'],
    ['m v=1e999', 'invalid value of the field \\"v\\"'],
    ['m v="open', 'unbalanced quotes'],
    ['m v=1 soon', 'bad timestamp'],
    ['m v=1,', 'missing fields'],
  ];
  for (const [line, reason] of invalid) {
    const { status, text, headers } = await write(bench, `ok v=1 1\n${line}`, '/write?db=a');
    assert.equal(status, 400);
    const shown = JSON.stringify(line).slice(1, -1);
    assert.equal(text, `{"error":"partial write: unable to parse '${shown}': ${reason} dropped=1"}`);
    assert.ok(headers.has('x-influxdb-error'));
    assert.equal(linesOf(bench).length, 1);
  }
  const { text } = await write(bench, 'nothing');
  assert.equal(text, `{"code":"invalid","message":"unable to parse 'nothing': missing fields"}`);
});

test('responds to other requests', async (t) => {
  const bench = await start(t, { max_request_body_size: 10 });
  const base = `http://127.0.0.1:${portOf(bench)}`;
  const expected: [string, string, number, RegExp][] = [
    ['GET', '/ping', 204, /^$/],
    ['GET', '/health', 200, /"status":"pass"/],
    ['POST', '/query?q=SELECT%201', 400, /expected CREATE DATABASE/],
    ['GET', '/write', 405, /expected POST, got GET/],
    ['POST', '/other', 404, /expected \/write/],
    ['POST', '/write?precision=d', 400, /expected a precision such as \\"ms\\", got \\"d\\"/],
    ['POST', '/api/v2/write', 413, /"code":"request too large"/],
  ];
  for (const [method, path, status, body] of expected) {
    const sent = method === 'POST' ? { body: 'm value=123456' } : {};
    const response = await fetch(base + path, { method, ...sent });
    assert.equal(response.status, status, path);
    assert.match(await response.text(), body);
  }
});
