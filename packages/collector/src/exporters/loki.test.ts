import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { forEachLogRecord } from '@otelier/otlp';
import { batchOf, createComponentBench, exporterContract } from '@otelier/testkit';
import { systemClock } from '@otelier/transport';
import { decompress } from '@otelier/transport/compression';
import { loki as receiver } from '../receivers/loki.ts';
import { loki } from './loki.ts';

const PATH = '/loki/api/v1/push';

/** A server that records requests and responds with a list of statuses, then with 204. */
async function startServer(statuses: readonly number[] = []) {
  const requests: { tenant: string | undefined; body: Uint8Array }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const status = statuses[requests.length] ?? 204;
    const read = await decompress('snappy', Buffer.concat(chunks), { maxBytes: 1 << 20 });
    assert.ok(read.kind === 'ok');
    requests.push({ tenant: request.headers['x-scope-orgid'] as string | undefined, body: read.body });
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}`,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

exporterContract(loki, {
  destination: async () => {
    const server = await startServer();
    return { config: { endpoint: server.url }, close: () => server.close() };
  },
  config: { endpoint: `http://127.0.0.1:1${PATH}` },
});

const string = (key: string, stringValue: string) => ({ key, value: { stringValue } });

function logsOf(logRecords: readonly object[], attributes: readonly object[] = [], scope: object = {}) {
  const resourceLogs = [{ resource: { attributes }, scopeLogs: [{ scope, logRecords }] }];
  return batchOf('logs', { resourceLogs } as never);
}

/** Sends log records to the receiver of Loki, and returns what it makes of the entries: lines, times and labels. */
async function received(config: object, batch: ReturnType<typeof logsOf>) {
  const there = await createComponentBench(receiver, {
    config: { protocols: { http: { endpoint: '127.0.0.1:0' } }, use_incoming_timestamp: true },
    clock: systemClock,
  });
  await there.start();
  const address = there.service.host.endpoints().find(({ component }) => component === 'tested')?.address;
  const here = await createComponentBench(loki, {
    config: { endpoint: `http://${address}${PATH}`, sending_queue: { enabled: false }, ...config },
    clock: systemClock,
  });
  await here.start();
  const outcome = await here.send(batch);
  const entries: { line: unknown; time: bigint; labels: Record<string, unknown> }[] = [];
  for (const { parts } of there.received)
    for (const part of parts)
      forEachLogRecord(part, ({ body, timeUnixNano: time, attributes }) =>
        entries.push({ line: body, time, labels: Object.fromEntries(attributes) }),
      );
  await here.close();
  await there.close();
  return { outcome, entries };
}

const RESOURCE = [
  string('service.name', 'cart'),
  string('service.namespace', 'shop'),
  string('service.instance.id', 'i-1'),
  string('region', 'eu'),
  string('loki.resource.labels', 'region'),
];
const RECORD = {
  timeUnixNano: '1700000000000000001',
  severityNumber: 18,
  severityText: 'ERROR',
  body: { stringValue: 'it <failed>' },
  traceId: 'ab'.repeat(16),
  spanId: 'cd'.repeat(8),
  flags: 1,
  attributes: [
    string('http.method', 'GET'),
    string('user', 'anna'),
    string('loki.attribute.labels', 'http.method, missing'),
    { key: 'count', value: { intValue: '9007199254740993' } },
  ],
};

test('makes hinted attributes labels, and the rest a line of JSON', async () => {
  const { outcome, entries } = await received({}, logsOf([RECORD], RESOURCE, { name: 'lib', version: '1' }));
  assert.equal(outcome.kind, 'accepted');
  assert.equal(entries.length, 1);
  const { line, time, labels } = entries[0] ?? { line: '' };
  assert.equal(time, 1_700_000_000_000_000_001n);
  assert.deepEqual(labels, {
    exporter: 'OTLP',
    job: 'shop/cart',
    instance: 'i-1',
    region: 'eu',
    http_method: 'GET',
    level: 'ERROR2',
  });
  assert.equal(
    line,
    '{"body":"it <failed>","traceid":"abababababababababababababababab","spanid":"cdcdcdcdcdcdcdcd","severity":"ERROR",' +
      '"flags":1,"attributes":{"count":9007199254740993,"user":"anna"},"resources":{"service.instance.id":"i-1",' +
      '"service.name":"cart","service.namespace":"shop"},"instrumentation_scope":{"name":"lib","version":"1"}}',
  );
});

test('leaves out default labels that are disabled', async () => {
  const disabled = { default_labels_enabled: { exporter: false, instance: false, level: false } };
  const { entries } = await received(disabled, logsOf([RECORD], RESOURCE));
  assert.deepEqual(entries[0]?.labels, { job: 'shop/cart', region: 'eu', http_method: 'GET' });
});

test('writes logfmt and raw lines if a hint asks for them', async () => {
  const format = (name: string) => [string('loki.format', name)];
  const map = { kvlistValue: { values: [string('a', 'b c'), { key: 'n', value: { intValue: '5' } }] } };
  const records = [
    { body: { stringValue: 'level=info msg="it \\"works\\""' }, severityText: 'INFO' },
    { body: { stringValue: 'plain text' }, attributes: [string('k', '')] },
    { body: map },
    { body: { doubleValue: 1.5 } },
  ];
  const logfmt = await received({}, logsOf(records, format('logfmt')));
  assert.deepEqual(
    logfmt.entries.map(({ line }) => line),
    ['level=info msg="it \\"works\\"" severity=INFO', 'msg="plain text" attribute_k=', 'a="b c" n=5', 'msg=1.5'],
  );
  const raw = await received({}, logsOf(records, format('raw')));
  assert.deepEqual(
    raw.entries.map(({ line }) => line),
    ['level=info msg="it \\"works\\""', 'plain text', '{"a":"b c","n":5}', '1.5'],
  );
  const { outcome } = await received({}, logsOf(records, format('xml')));
  assert.deepEqual(outcome, {
    kind: 'refused',
    reason: 'loki.format: expected json, logfmt or raw, got "xml"',
  });
});

test('sends each tenant its own request, and tries again only what was not accepted', async () => {
  const server = await startServer([204, 503, 204]);
  const bench = await createComponentBench(loki, {
    config: {
      endpoint: server.url,
      sending_queue: { enabled: false },
      retry_on_failure: { initial_interval: '1ms' },
      headers: { 'X-Scope-OrgID': 'default' },
    },
    clock: systemClock,
  });
  await bench.start();
  const record = (tenant: string) => ({
    body: { stringValue: tenant },
    attributes: [string('loki.tenant', 'team'), ...(tenant === '' ? [] : [string('team', tenant)])],
  });
  const outcome = await bench.send(logsOf([record('a'), record('b'), record('a'), record('')]));
  await bench.close();
  await server.close();
  assert.equal(outcome.kind, 'accepted');
  assert.deepEqual(
    server.requests.map(({ tenant }) => tenant),
    ['a', 'b', 'b', 'default'],
  );
  assert.match(Buffer.from(server.requests[0]?.body ?? []).toString(), /\{exporter="OTLP", team="a"\}/);
});

test('names of labels follow Prometheus, whatever the attributes are called', async () => {
  const names = ['9lives', '_x', '__y', 'a.b-c', 'naïve', '日本'];
  const attributes = [...names.map((name) => string(name, 'v"\n\\')), string('loki.attribute.labels', names.join(','))];
  const { entries } = await received({}, logsOf([{ body: { stringValue: 'x' }, attributes }]));
  const labels = { exporter: 'OTLP', key_9lives: 'v"\n\\', _x: 'v"\n\\', __y: 'v"\n\\', a_b_c: 'v"\n\\' };
  assert.deepEqual(entries[0]?.labels, { ...labels, na_ve: 'v"\n\\', _: 'v"\n\\' });
});
