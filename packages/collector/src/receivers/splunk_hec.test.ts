import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type AttributeValue, forEachDataPoint, forEachLogRecord, type Outcome } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { systemClock } from '@otelier/transport/clock';
import { portOf } from './log_stream/read-records.testing.ts';
import { splunkHec } from './splunk_hec.ts';

const CONFIG = { endpoint: '127.0.0.1:0' };
const SUCCESS = { text: 'Success', code: 0 };

receiverContract(splunkHec, {
  config: CONFIG,
  clock: systemClock,
  async send(bench, { signal, itemCount }): Promise<Outcome> {
    const event = signal === 'metrics' ? { event: 'metric', fields: { 'metric_name:load': 1 } } : { event: 'text' };
    const { status } = await post(bench, JSON.stringify(event).repeat(itemCount));
    // The protocol does not tell the reason.
    return status === 200
      ? { kind: 'accepted' }
      : { kind: 'retry', reason: 'the disk is full', afterMillis: undefined };
  },
});

async function start(t: TestContext, config: Record<string, unknown> = {}, signals?: readonly ('logs' | 'metrics')[]) {
  const bench = await createComponentBench(splunkHec, {
    clock: systemClock,
    config: { ...CONFIG, ...config },
    ...(signals && { signals }),
  });
  t.after(() => bench.close());
  await bench.start();
  return bench;
}

interface Response {
  readonly status: number;
  readonly body: unknown;
}

async function post(
  bench: ComponentBench,
  body: string | Uint8Array<ArrayBuffer>,
  { path = '/services/collector', headers = {} }: { path?: string; headers?: Record<string, string> } = {},
): Promise<Response> {
  const response = await fetch(`http://127.0.0.1:${portOf(bench)}${path}`, { method: 'POST', body, headers });
  return { status: response.status, body: await response.json() };
}

/** Returns the log records that have arrived, and forgets them. */
function recordsOf(bench: ComponentBench) {
  const records: { body: AttributeValue; time: bigint; attributes: unknown; resource: unknown }[] = [];
  for (const { signal, parts } of bench.received.splice(0)) {
    if (signal !== 'logs') continue;
    for (const part of parts)
      forEachLogRecord(part, ({ body, timeUnixNano: time, attributes, resource }) =>
        records.push({
          body,
          time,
          attributes: Object.fromEntries(attributes),
          resource: Object.fromEntries(resource.attributes),
        }),
      );
  }
  return records;
}

/** Returns the points that have arrived, and forgets them. */
function pointsOf(bench: ComponentBench) {
  const points: unknown[] = [];
  for (const { signal, parts } of bench.received.splice(0)) {
    if (signal !== 'metrics') continue;
    for (const part of parts)
      forEachDataPoint(part, ({ value, timeUnixNano, attributes }, { name, kind, resource }) =>
        points.push([
          name,
          kind,
          value,
          timeUnixNano,
          Object.fromEntries(attributes),
          Object.fromEntries(resource.attributes),
        ]),
      );
  }
  return points;
}

/** As `splunk-logging` 0.11.1 for JavaScript sent it. */
const FROM_JAVASCRIPT =
  '{"time":"1700000000.000","host":"farm.local","source":"chicken coop","sourcetype":"httpevent","index":"main","event":{"message":{"temperature":"70F","n":5,"chickenCount":500.5},"severity":"info"}}{"time":"1796089649.053","event":{"message":"plain text","severity":"error"}}';
/** As `splunk-handler` 3.0.0 for Python sent it. */
const FROM_PYTHON =
  '{"event": "first \\"quoted\\"", "host": "py.local", "index": "main", "source": "app", "sourcetype": "json", "time": 1796089652.3220055}{"event": "second", "host": "py.local", "index": "main", "source": "app", "sourcetype": "json", "time": 1796089652.322097}';

test('receives what the clients for JavaScript and Python send', async (t) => {
  const bench = await start(t);
  const path = '/services/collector/event/1.0';
  assert.deepEqual(await post(bench, FROM_JAVASCRIPT, { path }), { status: 200, body: SUCCESS });
  assert.deepEqual(recordsOf(bench), [
    {
      body: { message: { temperature: '70F', n: 5, chickenCount: 500.5 }, severity: 'info' },
      time: 1_700_000_000_000_000_000n,
      attributes: {},
      resource: {
        'host.name': 'farm.local',
        'com.splunk.source': 'chicken coop',
        'com.splunk.sourcetype': 'httpevent',
        'com.splunk.index': 'main',
      },
    },
    {
      body: { message: 'plain text', severity: 'error' },
      time: 1_796_089_649_053_000_000n,
      attributes: {},
      resource: {},
    },
  ]);
  await post(bench, gzipSync(FROM_PYTHON), { headers: { 'content-encoding': 'gzip' } });
  assert.deepEqual(
    recordsOf(bench).map(({ body, time }) => [body, time]),
    [
      ['first "quoted"', 1_796_089_652_322_005_500n],
      ['second', 1_796_089_652_322_097_000n],
    ],
  );
});

test('reads times in seconds, milliseconds, microseconds and nanoseconds', async (t) => {
  const bench = await start(t);
  const times = [
    '1.5',
    '"1700000000.123456789"',
    '1700000000123',
    '1700000000123456',
    '1700000000123456789',
    '""',
    '0',
  ];
  await post(bench, times.map((time) => `{"event":"x","time":${time}}`).join('\n'));
  assert.deepEqual(
    recordsOf(bench).map(({ time }) => time),
    [
      ...[1_500_000_000n, 1_700_000_000_123_456_789n, 1_700_000_000_123_000_000n, 1_700_000_000_123_456_000n],
      ...[1_700_000_000_123_456_789n, 0n, 0n],
    ],
  );
});

test('makes fields attributes, and metric events points of gauges', async (t) => {
  const bench = await start(t, { hec_metadata_to_otel_attrs: { source: 'service.name' } });
  await post(bench, '{"event":0,"source":"shop","fields":{"b":[1,"x"],"a":true,"n":null}}');
  assert.deepEqual(recordsOf(bench), [
    { body: 0, time: 0n, attributes: { a: true, b: [1, 'x'], n: undefined }, resource: { 'service.name': 'shop' } },
  ]);
  const events = [
    '{"event":"metric","time":1700000000,"host":"h","fields":{"metric_name:cpu.idle":42,"metric_name:cpu.user":"1.5","core":0,"region":"eu"}}',
    '{"event":"metric","host":"h","fields":{"metric_name":"old.style","_value":7.5,"x":1.25}}',
    '{"event":"anything","fields":{"metric_name:other":1,"metric_name:bad":{"a":1}}}',
  ];
  assert.equal((await post(bench, events[2] ?? '')).status, 400);
  await post(bench, `${events[0]}${events[1]}`);
  const time = 1_700_000_000_000_000_000n;
  const resource = { 'host.name': 'h' };
  assert.deepEqual(pointsOf(bench), [
    ['cpu.idle', 'gauge', 42, time, { core: '0', region: 'eu' }, resource],
    ['cpu.user', 'gauge', 1.5, time, { core: '0', region: 'eu' }, resource],
    ['old.style', 'gauge', 7.5, 0n, { x: '1.25' }, resource],
  ]);
});

test('receives raw data, with the metadata of its query', async (t) => {
  const bench = await start(t, { access_token_passthrough: true });
  const path = '/services/collector/raw?host=h&sourcetype=access%20log&time=1700000000';
  await post(bench, 'one\r\n\ntwo', { path, headers: { authorization: 'Splunk secret' } });
  const resource = {
    'host.name': 'h',
    'com.splunk.sourcetype': 'access log',
    'com.splunk.hec.access_token': 'secret',
  };
  const common = { time: 1_700_000_000_000_000_000n, attributes: {}, resource };
  assert.deepEqual(recordsOf(bench), [
    { body: 'one', ...common },
    { body: 'two', ...common },
  ]);
  const whole = await start(t, { splitting: 'none', raw_path: '/raw' });
  await post(whole, 'one\ntwo', { path: '/raw' });
  assert.deepEqual(
    recordsOf(whole).map(({ body }) => body),
    ['one\ntwo'],
  );
});

test('responds to invalid requests as Splunk does, and passes nothing on', async (t) => {
  const bench = await start(t, { max_request_body_size: 1000 });
  const invalid = { text: 'Invalid data format', code: 6, 'invalid-event-number': 0 };
  const cases: [string, number, unknown][] = [
    ['', 400, { text: 'No data', code: 5 }],
    [' \n', 400, { text: 'No data', code: 5 }],
    ['{', 400, invalid],
    ['nonsense', 400, invalid],
    ['[{"event":"x"}]', 400, invalid],
    ['{"event":"x"}}', 400, { ...invalid, 'invalid-event-number': 1 }],
    ['{"event":"x","time":"soon"}', 400, invalid],
    ['{"event":"x","time":-1}', 400, invalid],
    ['{"event":"x","host":5}', 400, invalid],
    ['{"event":"x","fields":[]}', 400, invalid],
    ['{}', 400, { text: 'Event field is required', code: 12, 'invalid-event-number': 0 }],
    ['{"event":"x"}{"event":null}', 400, { text: 'Event field is required', code: 12, 'invalid-event-number': 1 }],
    ['{"event":""}', 400, { text: 'Event field cannot be blank', code: 13, 'invalid-event-number': 0 }],
    [
      '{"event":"x","fields":{"a":{"b":1}}}',
      400,
      { text: 'Error in handling indexed fields', code: 15, 'invalid-event-number': 0 },
    ],
    [`{"event":"${'x'.repeat(1000)}"}`, 413, { text: 'body: expected at most 1000 bytes, got more', code: 27 }],
  ];
  for (const [body, status, expected] of cases)
    assert.deepEqual(await post(bench, body), { status, body: expected }, body);
  const bomb = await post(bench, gzipSync(Buffer.alloc(1 << 20)), { headers: { 'content-encoding': 'gzip' } });
  assert.equal(bomb.status, 413);
  assert.equal(bench.received.length, 0);
});

test('responds to health checks, and rejects events of signals without a pipeline', async (t) => {
  const bench = await start(t, {}, ['metrics']);
  const url = `http://127.0.0.1:${portOf(bench)}/services/collector`;
  for (const path of ['/health', '/health/1.0']) {
    const response = await fetch(url + path);
    assert.deepEqual([response.status, await response.json()], [200, { text: 'HEC is healthy', code: 17 }]);
  }
  assert.equal((await fetch(url)).status, 405);
  const rejected = await post(bench, '{"event":"text"}');
  assert.deepEqual(rejected.body, { text: 'Unsupported log event', code: 6, 'invalid-event-number': 0 });
  const logs = await start(t, {}, ['logs']);
  assert.equal((await post(logs, '{"event":"metric","fields":{"metric_name:a":1}}')).status, 400);
  assert.equal(bench.received.length + logs.received.length, 0);
});
