import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { forEachDataPoint, forEachLogRecord, forEachSpan, type Outcome, type SpanView } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import {
  type DatadogRequest,
  DICTIONARY,
  latencySketch,
  pack,
  REQUESTS,
  SPAN,
  STATS,
  sketchPayload,
} from './datadog/requests.testing.ts';
import { datadog } from './datadog.ts';
import { portOf } from './log_stream/read-records.testing.ts';

const CONFIG = { endpoint: '127.0.0.1:0' };
const MESSAGE_PACK = 'application/msgpack';

function post(
  bench: ComponentBench,
  { path, contentType, body }: DatadogRequest,
  headers: Record<string, string> = {},
) {
  return fetch(`http://127.0.0.1:${portOf(bench)}${path}`, {
    method: 'PUT',
    headers: { 'content-type': contentType, ...headers },
    body: Buffer.from(body),
  });
}

function traces(spans: Parameters<typeof pack>[0]): DatadogRequest {
  return { path: '/v0.4/traces', contentType: MESSAGE_PACK, body: pack(spans) };
}

const idOnly = (id: number) => ({ trace_id: 1n, span_id: BigInt(id + 1), name: `span ${id}`, start: 1n, duration: 1n });

/** A request with a number of items. */
function sample(signal: string, itemCount: number): DatadogRequest {
  const items = Array.from({ length: itemCount }, (_, i) => i);
  if (signal === 'traces') return traces([items.map(idOnly)]);
  return signal === 'logs'
    ? jsonRequest(
        '/api/v2/logs',
        items.map((i) => ({ message: `line ${i}` })),
      )
    : jsonRequest('/api/v1/series', {
        series: [{ metric: 'm', type: 'count', points: items.map((i) => [1_700_000_000 + i, i]) }],
      });
}

function jsonRequest(path: string, value: object): DatadogRequest {
  return { path, contentType: 'application/json', body: Buffer.from(JSON.stringify(value)) };
}

receiverContract(datadog, {
  config: CONFIG,
  async send(bench, { signal, itemCount }): Promise<Outcome> {
    const response = await post(bench, sample(signal, itemCount));
    const text = await response.text();
    if (response.ok) return { kind: 'accepted' };
    assert.equal(response.status, 503);
    return { kind: 'retry', reason: text.trim(), afterMillis: undefined };
  },
});

async function withBench(run: (bench: ComponentBench) => Promise<void>, config: object = CONFIG): Promise<void> {
  const bench = await createComponentBench(datadog, { config: { ...config } });
  try {
    await bench.start();
    await run(bench);
  } finally {
    await bench.close();
  }
}

/** Sends a request, and returns what the receiver passes on. */
async function received(request: DatadogRequest, headers: Record<string, string> = {}): Promise<Uint8Array> {
  let part: Uint8Array = new Uint8Array();
  await withBench(async (bench) => {
    const response = await post(bench, request, headers);
    assert.ok(response.ok, `${request.path}: ${response.status} ${await response.text()}`);
    part = bench.received[0]?.parts[0] ?? part;
  });
  return part;
}

const attributesOf = (view: { readonly attributes: Iterable<readonly [string, unknown]> }) =>
  Object.fromEntries(view.attributes);

test('converts a span with its error, links and events', async () => {
  const part = await received(traces([[SPAN]]), {
    'datadog-meta-lang': 'nodejs',
    'datadog-meta-tracer-version': '6.1',
  });
  let count = 0;
  forEachSpan(part, (span: SpanView) => {
    count += 1;
    assert.equal(span.traceId, '65f0d2a1000000007b633813fc60c001');
    assert.equal(span.spanId, '0000000000000011');
    assert.equal(span.isRoot, true);
    assert.deepEqual([span.kind, span.statusCode, span.statusMessage], [2, 2, 'boom']);
    assert.equal(span.endTimeUnixNano, 1_700_000_000_000_000_250n);
    assert.deepEqual(attributesOf(span.resource), {
      'telemetry.sdk.language': 'nodejs',
      'service.version': '1.2',
      'telemetry.sdk.name': 'Datadog',
      'telemetry.sdk.version': 'Datadog-6.1',
      'service.name': 'shop',
    });
    assert.deepEqual(attributesOf(span), {
      'dd.span.Resource': 'GET /cart',
      'dd.span.type': 'web',
      'sampling.priority': '1.000000',
      'datadog.span.id': '17',
      'datadog.trace.id': String(0x7b63_3813_fc60_c001n),
      'http.request.method': 'GET',
      'service.version': '1.2',
      _sampling_priority_v1: 1,
      'http.response.status_code': 500,
      appsec: '{"triggers":[{"rule":"crs-942"}]}',
      broken: Uint8Array.of(0xc1),
    });
    assert.deepEqual(
      span.events.map(({ name, timeUnixNano }) => `${name} ${timeUnixNano - 1_700_000_000_000_000_000n}`),
      ['native 200', 'e 100', 'exception 250'],
    );
    const [native, , exception] = span.events;
    assert.deepEqual(attributesOf(native as never), { t: 's', b: true, i: 3, d: 1.5, l: '["1"]' });
    assert.deepEqual(attributesOf(exception as never), {
      'exception.type': 'TypeError',
      'exception.message': 'boom',
      'exception.stacktrace': 'at x',
    });
    assert.deepEqual(
      span.links.map(({ traceId, spanId, traceState }) => [traceId, spanId, traceState]),
      [
        ['00000000000000040000000000000003', '0000000000000005', 'dd=s:1'],
        ['65f0d2a1000000007b633813fc60c001', '0000000000000012', ''],
      ],
    );
  });
  assert.equal(count, 1);
});

test('receives all versions of traces', async () => {
  const names: string[] = [];
  for (const request of REQUESTS.filter(({ path }) => path.endsWith('/traces')))
    forEachSpan(await received(request), (span) =>
      names.push(`${request.path} ${span.traceId} ${span.name} ${span.resource.attributes.get('service.name')}`),
    );
  assert.deepEqual(names, [
    '/v0.4/traces 65f0d2a1000000007b633813fc60c001 http.request shop',
    '/v0.3/traces 0000000000000000ffffffffffffffff a undefined',
    '/v0.5/traces 00000000000000000000000000000007 pg.query shop',
    '/v0.7/traces 00000000000000ff7b633813fc60c001 http.request shop',
    '/api/v0.2/traces 00000000000000000000000000000007 op shop',
  ]);
});

function pointsOf(part: Uint8Array): readonly string[] {
  const points: string[] = [];
  forEachDataPoint(part, (point, metric) => {
    const { name, kind, unit, resource } = metric;
    const seconds = (nanos: bigint) => String(nanos / 1_000_000_000n);
    const value = point.value ?? `${point.count} ${point.sum}`;
    const attributes = JSON.stringify({ ...attributesOf(resource), ...attributesOf(point) });
    points.push(
      [name, kind, unit, seconds(point.startTimeUnixNano), seconds(point.timeUnixNano), value, attributes].join(' '),
    );
  });
  return points;
}

test('receives series, checks and statistics', async () => {
  const points: string[] = [];
  for (const request of REQUESTS.filter(({ path }) => /series|check_run|stats/.test(path)))
    points.push(...pointsOf(await received(request)));
  assert.deepEqual(points, [
    'trace.http.request.hits sum {span} 1700000000 1700000010 7 {"host.name":"web-1","deployment.environment.name":"test","service.version":"1.2","service.name":"shop","peer.hostname":"db-1","resource":"GET /","span.type":"web","span.kind":"server","http.response.status_code":"200"}',
    'trace.http.request.errors sum {span} 1700000000 1700000010 1 {"host.name":"web-1","deployment.environment.name":"test","service.version":"1.2","service.name":"shop","peer.hostname":"db-1","resource":"GET /","span.type":"web","span.kind":"server","http.response.status_code":"200"}',
    'trace.http.request.duration sum ns 1700000000 1700000010 99 {"host.name":"web-1","deployment.environment.name":"test","service.version":"1.2","service.name":"shop","peer.hostname":"db-1","resource":"GET /","span.type":"web","span.kind":"server","http.response.status_code":"200"}',
    'trace.http.request exponentialHistogram s 1700000000 1700000010 6 undefined {"host.name":"web-1","deployment.environment.name":"test","service.version":"1.2","service.name":"shop","peer.hostname":"db-1","resource":"GET /","span.type":"web","span.kind":"server","http.response.status_code":"200","error":"false"}',
    'trace.http.request exponentialHistogram s 1700000000 1700000010 1 undefined {"host.name":"web-1","deployment.environment.name":"test","service.version":"1.2","service.name":"shop","peer.hostname":"db-1","resource":"GET /","span.type":"web","span.kind":"server","http.response.status_code":"200","error":"true"}',
    'm sum  1699999990 1700000000 25 {"host.name":"h","deployment.environment.name":"test","a":"b"}',
    'm sum  1700000000 1700000010 30 {"host.name":"h","deployment.environment.name":"test","a":"b"}',
    'jobs sum job 1699999990 1700000000 20 {"host.name":"web-1","deployment.environment.name":"test","source":"System","queue":["mail","sms"]}',
    'm sum  0 1700000000 2 {"host.name":"h"}',
    'service_check gauge  0 1700000000 2 {"host.name":"h","deployment.environment.name":"test","check":"up"}',
  ]);
});

test('converts sketches to exponential histograms that count every value', async () => {
  const part = await received({
    path: '/api/beta/sketches',
    contentType: 'application/x-protobuf',
    body: sketchPayload([-1400, 0, 1338, 1500, 9000], [1, 2, 3, 40, 5]),
  });
  let count = 0;
  forEachDataPoint(part, (point, { kind }) => {
    count += 1;
    assert.equal(kind, 'exponentialHistogram');
    const sum = (counts: readonly bigint[] | undefined) => (counts ?? []).reduce((all, each) => all + each, 0n);
    assert.equal(point.zeroCount, 2n);
    assert.equal(sum(point.negative?.bucketCounts), 1n);
    assert.equal(sum(point.positive?.bucketCounts), 48n);
    assert.equal(point.count, 51n);
    // The distance between its buckets makes the scale coarser.
    assert.ok((point.scale ?? 9) < 5);
    assert.ok((point.positive?.bucketCounts.length ?? 999) <= 320);
  });
  assert.equal(count, 1);
  const exact = await received({
    path: '/api/v1/sketches',
    contentType: 'application/x-protobuf',
    body: sketchPayload([1338], [10]),
  });
  forEachDataPoint(exact, (point) => {
    // The bucket begins at 1, as does the one of the histogram.
    assert.equal(point.scale, 5);
    assert.deepEqual([point.positive?.offset, point.positive?.bucketCounts], [0, [10n]]);
  });
});

test('converts the durations of statistics to seconds, and rejects sketches that no tracer makes', async () => {
  const stats = (sketch: Uint8Array): DatadogRequest => ({
    path: '/v0.6/stats',
    contentType: MESSAGE_PACK,
    body: pack({ Stats: [{ Start: 1n, Duration: 1n, Stats: [{ Name: 'op', Hits: 5n, OkSummary: sketch }] }] }),
  });
  const gamma = 1.02;
  const index = Math.floor(Math.log(2e9) / Math.log(gamma));
  const part = await received(stats(latencySketch({ gamma, index, contiguous: [3, 0, 1], zeroCount: 1 })));
  let count = 0n;
  forEachDataPoint(part, (point, { name }) => {
    if (name !== 'trace.op') return;
    count = point.count ?? 0n;
    assert.equal(point.zeroCount, 1n);
    const { offset = 0, bucketCounts = [] } = point.positive ?? {};
    const factor = 2 ** (2 ** -(point.scale ?? 0));
    // Two seconds and a little more.
    assert.ok(factor ** offset <= gamma ** index / 1e9 && factor ** (offset + bucketCounts.length) < 2.2);
    assert.equal(
      bucketCounts.reduce((sum, each) => sum + each, 0n),
      4n,
    );
  });
  assert.equal(count, 5n);
  await withBench(async (bench) => {
    const cases: [Uint8Array, RegExp][] = [
      [latencySketch({ gamma: 1, contiguous: [1] }), /OkSummary: expected a gamma from 1\.002 to 4, got 1\n/],
      [latencySketch({ index: 1_000_000, contiguous: [1] }), /OkSummary: expected durations in nanoseconds/],
      [latencySketch({ contiguous: [-1] }), /OkSummary: expected a count of values, got -1/],
      [latencySketch({ zeroCount: Number.NaN }), /OkSummary: expected a count of values, got NaN/],
      [Buffer.from([0x0a, 0x7f]), /body: expected a DDSketch/],
    ];
    for (const [sketch, expected] of cases) {
      const response = await post(bench, stats(sketch));
      assert.equal(response.status, 400);
      assert.match(await response.text(), expected);
    }
    assert.equal(bench.received.length, 0);
  });
});

test('receives logs with their tags and the span that wrote them', async () => {
  const request = REQUESTS.find(({ path }) => path === '/api/v2/logs');
  assert.ok(request);
  const records: unknown[] = [];
  forEachLogRecord(await received(request), (record) =>
    records.push([
      record.body,
      record.severityNumber,
      record.timeUnixNano,
      record.traceId,
      record.spanId,
      { ...attributesOf(record.resource), ...attributesOf(record) },
    ]),
  );
  assert.deepEqual(records, [
    [
      'm',
      17,
      1_700_000_000_123_000_000n,
      '65f0d2a1000000007b633813fc60c001',
      '0000000000000011',
      {
        'deployment.environment.name': 'test',
        a: 'b',
        dd: { trace_id: '65f0d2a1000000007b633813fc60c001', span_id: '17' },
        n: 5,
      },
    ],
    [{ a: [1, undefined] }, 0, 0n, '', '', {}],
  ]);
});

test('describes itself to tracers, and acknowledges requests without telemetry', () =>
  withBench(async (bench) => {
    const get = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${portOf(bench)}${path}`);
      return `${response.status} ${await response.text()}`;
    };
    assert.match(
      await get('/info'),
      /"endpoints":\["\/v0.3\/traces","\/v0.4\/traces","\/v0.5\/traces","\/v0.7\/traces","\/v0.6\/stats"\]/,
    );
    assert.equal(await get('/api/v1/validate'), '200 {"valid":true}');
    assert.equal(await get('/intake/'), '202 {"status":"ok"}');
    assert.match(await get('/profiling/v1/input'), /^404 /);
    assert.match(await get('/v0.4/traces'), /^405 /);
    assert.match(await get('/toString'), /^404 /);
  }));

test('rejects what it cannot decode, naming the place, and passes nothing on', () =>
  withBench(async (bench) => {
    const json = (path: string, text: string): DatadogRequest => ({
      path,
      contentType: 'application/json',
      body: Buffer.from(text),
    });
    const cases: [DatadogRequest, RegExp][] = [
      [traces([[{ ...SPAN, span_id: 'x' }]]), /^400 \[0\]\[0\].span_id: expected an integer, got "x"/],
      [traces([[{ ...SPAN, meta: { a: 5n } }]]), /^400 \[0\]\[0\].meta\["a"\]: expected a string, got 5/],
      [traces([5n]), /^400 \[0\]: expected a list, got 5/],
      [{ ...traces([]), body: Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff]) }, /^400 body: expected MessagePack/],
      [json('/v0.4/traces', '[[{'), /^400 body: expected JSON/],
      [json('/v0.4/traces', '['.repeat(100_000)), /^400 body: expected JSON/],
      [
        { path: '/v0.5/traces', contentType: MESSAGE_PACK, body: pack([['a'], [[[...DICTIONARY.span]]]]) },
        /^400 dictionary: expected a text 1, got 1 texts/,
      ],
      [
        { path: '/v0.5/traces', contentType: MESSAGE_PACK, body: pack([['a'], [[[0n]]]]) },
        /^400 span: expected 12 fields, got 1/,
      ],
      [
        json('/api/v1/series', '{"series":[{"points":[[1]]}]}'),
        /^400 series\[0\].points\[0\]: expected a time and a number/,
      ],
      [json('/api/v2/logs', '[5]'), /^400 \[0\]: expected a map, got 5/],
      [
        { path: '/api/beta/sketches', contentType: '', body: sketchPayload([40_000], [1]) },
        /^400 latency: expected keys of buckets below 32767/,
      ],
      [
        { path: '/api/beta/sketches', contentType: '', body: sketchPayload([1, 2], [1]) },
        /^400 latency: expected a count for each of 2 buckets, got 1/,
      ],
      [
        { path: '/v0.6/stats', contentType: MESSAGE_PACK, body: pack({ ...STATS, Stats: 5n }) },
        /^400 Stats: expected a list, got 5/,
      ],
      [
        { path: '/api/v0.2/traces', contentType: '', body: Buffer.from([0x0a, 0x7f]) },
        /^400 body: expected an agent payload/,
      ],
    ];
    for (const [request, expected] of cases) {
      const response = await post(bench, request);
      assert.match(`${response.status} ${await response.text()}`, expected);
    }
    assert.equal(bench.received.length, 0);
  }));

test('limits the size of bodies, and decompresses them', () =>
  withBench(
    async (bench) => {
      const request = traces([[SPAN]]);
      const compressed = { ...request, body: gzipSync(request.body) };
      assert.equal((await post(bench, compressed, { 'content-encoding': 'gzip' })).status, 200);
      const bomb = { ...request, body: gzipSync(Buffer.alloc(1 << 20)) };
      assert.equal((await post(bench, bomb, { 'content-encoding': 'gzip' })).status, 413);
      assert.equal((await post(bench, { ...request, body: Buffer.alloc(8192) })).status, 413);
    },
    { ...CONFIG, max_request_body_size: 4096 },
  ));
