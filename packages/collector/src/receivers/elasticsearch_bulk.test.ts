import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Outcome } from '@otelier/otlp';
import { forEachLogRecord } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { createRandom } from '@otelier/testkit/otlp/random';
import { batchOf } from '@otelier/testkit/request-codec';
import { systemClock } from '@otelier/transport/clock';
import { elasticsearch as exporter } from '../exporters/elasticsearch.ts';
import { elasticsearchBulk } from './elasticsearch_bulk.ts';
import { portOf, recordsOf } from './log_stream/read-records.testing.ts';

receiverContract(elasticsearchBulk, { config: { endpoint: '127.0.0.1:0' }, clock: systemClock, silent: true });

/** Starts the receiver until the end of the test. */
async function start(t: TestContext, config: Record<string, unknown> = {}) {
  const bench = await createComponentBench(elasticsearchBulk, {
    clock: systemClock,
    config: { endpoint: '127.0.0.1:0', ...config },
  });
  t.after(() => bench.close());
  await bench.start();
  const url = `http://127.0.0.1:${portOf(bench)}`;
  return { bench, url };
}

interface Response {
  readonly status: number;
  readonly product: string | null;
  readonly body: Record<string, unknown>;
}

async function request(url: string, method: string, body?: string | Uint8Array, encoding?: string): Promise<Response> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/x-ndjson', ...(encoding && { 'content-encoding': encoding }) },
    ...(body !== undefined && { body: typeof body === 'string' ? body : Buffer.from(body) }),
  });
  const text = await response.text();
  const product = response.headers.get('x-elastic-product');
  return { status: response.status, product, body: text === '' ? {} : JSON.parse(text) };
}

function lines(...values: readonly unknown[]): string {
  return values.map((value) => `${typeof value === 'string' ? value : JSON.stringify(value)}\n`).join('');
}

/** The parts of the items of a bulk response that clients read. */
function itemsOf({ body }: Response) {
  const items = body['items'] as readonly Record<string, { status: number; error?: { type: string } }>[];
  return items.map((item) =>
    Object.entries(item).map(([action, { status, error }]) => [action, status, error?.type].filter(Boolean).join(' ')),
  );
}

function detailsOf(bench: ComponentBench) {
  const all: unknown[] = [];
  for (const { parts } of bench.received)
    for (const part of parts)
      forEachLogRecord(part, (record) => {
        const { timeUnixNano, severityNumber, severityText, traceId, spanId, body, scope } = record;
        const attributes = record.attributes.toObject();
        const resource = record.resource.attributes.toObject();
        all.push({
          timeUnixNano,
          severityNumber,
          severityText,
          traceId,
          spanId,
          body,
          attributes,
          resource,
          scope: scope.name,
        });
      });
  return all;
}

test('introduces itself, acknowledges settings, and finds none', async (t) => {
  const { url } = await start(t, { version: '7.17.9', cluster_name: 'logs' });
  const info = await request(`${url}/`, 'GET');
  assert.equal(info.product, 'Elasticsearch');
  assert.equal((info.body['version'] as { number: string }).number, '7.17.9');
  assert.equal(info.body['cluster_name'], 'logs');
  assert.equal(info.body['tagline'], 'You Know, for Search');
  assert.equal((await request(`${url}/`, 'HEAD')).status, 200);
  assert.equal(((await request(`${url}/_license`, 'GET')).body['license'] as { status: string }).status, 'active');
  assert.equal((await request(`${url}/_cluster/health`, 'GET')).body['status'], 'green');
  for (const path of [
    '_index_template/filebeat',
    '_template/x',
    '_ilm/policy/filebeat',
    '_ingest/pipeline/p',
    'my-index',
  ]) {
    assert.equal((await request(`${url}/${path}`, 'GET')).status, 404, path);
    const { status, body } = await request(`${url}/${path}`, 'PUT', '{}');
    assert.deepEqual([status, body['acknowledged']], [200, true], path);
  }
  assert.equal((await request(`${url}/_search`, 'POST', '{}')).status, 400);
  assert.equal((await request(`${url}/my-index/_search`, 'POST', '{}')).status, 400);
});

test('makes log records of documents of the Elastic Common Schema', async (t) => {
  const { bench, url } = await start(t);
  const document = {
    '@timestamp': '2023-11-14T22:13:20.123456789+01:00',
    message: 'hello',
    log: { level: 'WARN', file: { path: '/var/log/a' } },
    'trace.id': 'ab'.repeat(16),
    span: { id: 'cd'.repeat(8) },
    service: { name: 'shop', environment: 'prod' },
    host: { name: 'h1', os: { name: 'linux' } },
    kubernetes: { pod: { name: 'p1' } },
    process: { pid: 7, thread: { id: 1 } },
    error: { message: 'no', code: 1.5 },
    tags: ['a', { b: null }],
    empty: {},
    data_stream: { type: 'logs', dataset: 'nginx', namespace: 'prod' },
  };
  const response = await request(
    `${url}/_bulk`,
    'POST',
    gzipSync(lines({ create: { _index: 'i' } }, document)),
    'gzip',
  );
  assert.deepEqual([response.status, response.body['errors']], [200, false]);
  assert.deepEqual(itemsOf(response), [['create 201']]);
  assert.deepEqual(detailsOf(bench), [
    {
      timeUnixNano: 1_699_996_400_123_456_789n,
      severityNumber: 13,
      severityText: 'WARN',
      traceId: 'ab'.repeat(16),
      spanId: 'cd'.repeat(8),
      body: 'hello',
      attributes: {
        'log.file.path': '/var/log/a',
        'process.thread.id': 1,
        'exception.message': 'no',
        'error.code': 1.5,
        tags: ['a', { b: undefined }],
        empty: {},
        'data_stream.type': 'logs',
        'data_stream.dataset': 'nginx',
        'data_stream.namespace': 'prod',
      },
      resource: {
        'service.name': 'shop',
        'deployment.environment.name': 'prod',
        'host.name': 'h1',
        'os.name': 'linux',
        'k8s.pod.name': 'p1',
        'process.pid': 7,
      },
      scope: '',
    },
  ]);
});

test('reports results item by item', async (t) => {
  const { bench, url } = await start(t);
  const body = lines(
    { index: { _id: '1' } },
    { log: 'from Fluent Bit', '@timestamp': 1_700_000_000_123 },
    { create: { _index: 'other' } },
    '{ "broken": ',
    { update: { _id: '1' } },
    { doc: {} },
    { delete: { _id: '1' } },
    '',
    { create: {} },
    '[1]',
    { create: {} },
    { level: 'info', big: 1 },
  ).replace('"big":1', '"big":9007199254740993,"double":1.0');
  const response = await request(`${url}/app/_bulk`, 'POST', body);
  assert.equal(response.body['errors'], true);
  assert.deepEqual(itemsOf(response), [
    ['index 201'],
    ['create 400 document_parsing_exception'],
    ['update 400 illegal_argument_exception'],
    ['delete 400 illegal_argument_exception'],
    ['create 400 document_parsing_exception'],
    ['create 201'],
  ]);
  const [first, last] = recordsOf(bench);
  assert.equal(first?.body, 'from Fluent Bit');
  assert.deepEqual(first?.attributes, { 'elasticsearch.index': 'app', 'elasticsearch.document_id': '1' });
  assert.deepEqual(last?.attributes, { big: '9007199254740993', double: 1, 'elasticsearch.index': 'app' });
  assert.equal(last?.severityNumber, 9);
  const single = await request(`${url}/app/_doc/7`, 'PUT', '{\n "message": "one"\n}');
  assert.deepEqual([single.status, single.body['result'], single.body['_id']], [201, 'created', '7']);
  assert.equal((await request(`${url}/app/_create/8`, 'POST', '{')).status, 400);
});

test('rejects requests that are none, and asks to send again what the pipeline does not take', async (t) => {
  const { bench, url } = await start(t, { max_request_body_size: 1000 });
  for (const body of ['', 'text\n', lines({ create: {} }), lines({ upsert: {} }, {}), lines([1]), lines({ index: 1 })])
    assert.equal((await request(`${url}/_bulk`, 'POST', body)).status, 400, body);
  assert.equal((await request(`${url}/_bulk`, 'POST', 'x'.repeat(1001))).status, 413);
  assert.equal((await request(`${url}/_bulk`, 'POST', gzipSync('x'.repeat(100_000)), 'gzip')).status, 413);
  assert.equal((await request(`${url}/_bulk`, 'POST', 'no gzip', 'gzip')).status, 400);
  const deep = `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`;
  const nested = await request(`${url}/i/_bulk`, 'POST', lines({ create: {} }, deep));
  assert.deepEqual(itemsOf(nested), [['create 400 document_parsing_exception']]);
  const missing = await request(`${url}/_bulk`, 'POST', lines({ create: {} }, {}));
  assert.deepEqual(itemsOf(missing), [['create 400 action_request_validation_exception']]);
  const outcomes: readonly [Outcome, number, string[][] | undefined][] = [
    [{ kind: 'retry', afterMillis: undefined, reason: 'full' }, 429, undefined],
    [{ kind: 'refused', reason: 'never' }, 200, [['create 400 illegal_argument_exception']]],
  ];
  for (const [outcome, status, items] of outcomes) {
    bench.response = () => outcome;
    const response = await request(`${url}/i/_bulk`, 'POST', lines({ create: {} }, { message: 'x' }));
    assert.equal(response.status, status);
    if (items !== undefined) assert.deepEqual(itemsOf(response), items);
  }
});

test('withstands mutated requests', async (t) => {
  const { bench, url } = await start(t);
  const random = createRandom(3);
  const seed = lines({ create: { _index: 'i' } }, { '@timestamp': '1700000000000.5', a: { b: [1, { c: 'd' }] } });
  for (let i = 0; i < 200; i++) {
    const bytes = Buffer.from(seed + seed);
    for (let left = random(3); left >= 0; left--) bytes[random(bytes.length)] = random(256);
    const { status } = await request(`${url}/i/_bulk`, 'POST', bytes);
    assert.ok(status === 200 || status === 400, `${status} for ${bytes}`);
  }
  assert.deepEqual(
    bench.logs.filter(({ level }) => Number(level) >= 50),
    [],
  );
});

for (const mode of ['otel', 'ecs'] as const) {
  test(`restores log records that the exporter has sent in the mode ${mode}`, async (t) => {
    const { bench, url } = await start(t);
    const sending = await createComponentBench(exporter, {
      clock: systemClock,
      config: { endpoint: url, sending_queue: { enabled: false }, mapping: { allowed_modes: [mode] } },
    });
    t.after(() => sending.close());
    await sending.start();
    const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
    const record = {
      timeUnixNano: '1700000000123456789',
      severityNumber: 17,
      severityText: 'ERROR',
      body: { stringValue: 'failed' },
      traceId: 'ab'.repeat(16),
      spanId: 'cd'.repeat(8),
      attributes: [
        text('user', 'ada'),
        { key: 'ratio', value: { doubleValue: 1 } },
        { key: 'n', value: { intValue: '3' } },
      ],
    };
    const resource = { attributes: [text('service.name', 'shop'), text('k8s.pod.name', 'p1')] };
    const scopeLogs = [{ scope: { name: mode === 'otel' ? 'lib' : '' }, logRecords: [record] }];
    const outcome = await sending.send(batchOf('logs', { resourceLogs: [{ resource, scopeLogs }] } as never));
    assert.equal(outcome.kind, 'accepted');
    const [restored] = detailsOf(bench) as { attributes: object }[];
    const stream = { 'data_stream.type': 'logs', 'data_stream.dataset': 'generic', 'data_stream.namespace': 'default' };
    assert.deepEqual(restored, {
      timeUnixNano: 1_700_000_000_123_456_789n,
      severityNumber: 17,
      severityText: 'ERROR',
      traceId: 'ab'.repeat(16),
      spanId: 'cd'.repeat(8),
      body: 'failed',
      attributes: { user: 'ada', ratio: 1, n: 3, ...(mode === 'ecs' && { 'event.severity': 17 }), ...stream },
      resource: { 'service.name': 'shop', 'k8s.pod.name': 'p1' },
      scope: mode === 'otel' ? 'lib' : '',
    });
  });
}
