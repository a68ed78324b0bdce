import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { forEachLogRecord, type Outcome } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { systemClock } from '@otelier/transport/clock';
import { portOf } from './log_stream/read-records.testing.ts';
import { webhookEvent } from './webhook_event.ts';

const CONFIG = { endpoint: '127.0.0.1:0' };

receiverContract(webhookEvent, {
  config: { ...CONFIG, split_logs_at_newline: true },
  clock: systemClock,
  async send(bench, { itemCount }): Promise<Outcome> {
    const { status, text } = await post(bench, 'event\n'.repeat(itemCount));
    return status === 200 ? { kind: 'accepted' } : { kind: 'retry', reason: text, afterMillis: undefined };
  },
});

async function start(t: TestContext, config: Record<string, unknown> = {}) {
  const bench = await createComponentBench(webhookEvent, { clock: systemClock, config: { ...CONFIG, ...config } });
  t.after(() => bench.close());
  await bench.start();
  return bench;
}

interface Options {
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly method?: string;
}

async function post(
  bench: ComponentBench,
  body: string | Uint8Array<ArrayBuffer> | undefined,
  { path = '/events', headers = {}, method = 'POST' }: Options = {},
) {
  const response = await fetch(`http://127.0.0.1:${portOf(bench)}${path}`, {
    method,
    headers,
    ...(body !== undefined && { body }),
  });
  return { status: response.status, text: await response.text() };
}

/** Returns the log records that have arrived, and forgets them. */
function recordsOf(bench: ComponentBench) {
  const records: { body: unknown; attributes: unknown; resource: unknown }[] = [];
  for (const { parts } of bench.received.splice(0))
    for (const part of parts)
      forEachLogRecord(part, ({ body, attributes, resource }) =>
        records.push({
          body,
          attributes: Object.fromEntries(attributes),
          resource: Object.fromEntries(resource.attributes),
        }),
      );
  return records;
}

const bodiesOf = (bench: ComponentBench) => recordsOf(bench).map(({ body }) => body);

test('makes a body a log record, and the query attributes of its resource', async (t) => {
  const bench = await start(t);
  const body = '{\n"name": "francis"\n}\na fifth line';
  const { status } = await post(bench, gzipSync(body), {
    path: '/events?team=shop&empty=&team=other',
    headers: { 'content-encoding': 'gzip' },
  });
  assert.equal(status, 200);
  assert.deepEqual(recordsOf(bench), [
    { body, attributes: { source: 'tested', receiver: 'webhookevent' }, resource: { team: 'shop' } },
  ]);
});

test('splits bodies at newlines or between JSON objects', async (t) => {
  const lines = await start(t, { split_logs_at_newline: true, split_logs_at_json_boundary: true });
  await post(lines, '{ "name": "francis" }\r\n\n{ "name": "john" }\na third line\n');
  assert.deepEqual(bodiesOf(lines), ['{ "name": "francis" }', '{ "name": "john" }', 'a third line']);
  const objects = await start(t, { split_logs_at_json_boundary: true });
  await post(objects, '{"a": "}\\"{\nnot the end"}\n[{"b": {}}, 2]{"c":1}  rest');
  assert.deepEqual(bodiesOf(objects), ['{"a": "}\\"{\nnot the end"}', '[{"b": {}}, 2]', '{"c":1}', 'rest']);
});

test('makes headers attributes, but no credentials', async (t) => {
  const headers = { 'X-GitHub-Event': 'push', 'X-Secret': 's', Authorization: 'Bearer t', Cookie: 'c', 'X-Other': 'o' };
  const required_header = { key: 'X-Secret', value: 's' };
  const some = await start(t, { header_attribute_regex: 'X-Git[hH]ub-.*|Cookie', required_header });
  await post(some, 'x', { headers });
  const common = { source: 'tested', receiver: 'webhookevent' };
  assert.deepEqual(recordsOf(some)[0]?.attributes, { ...common, 'header.X-Github-Event': ['push'] });
  const all = await start(t, { convert_headers_to_attributes: true, required_header });
  await post(all, 'x', { headers });
  const { attributes } = recordsOf(all)[0] ?? { attributes: {} };
  const names = Object.keys(attributes as object).filter((name) => name.startsWith('header.X-'));
  assert.deepEqual(names.sort(), ['header.X-Github-Event', 'header.X-Other']);
  assert.ok(!JSON.stringify(attributes).includes('Bearer'));
});

test('accepts only requests with the required header and a valid signature', async (t) => {
  const secret = 'it is a secret';
  const bench = await start(t, {
    required_header: { key: 'X-Token', value: 'right' },
    hmac_signature: { secret, header: 'X-Hub-Signature-256', prefix: 'sha256=' },
  });
  const signature = (body: string) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
  const send = (token: string, signed: string) =>
    post(bench, 'body', { headers: { 'x-token': token, 'x-hub-signature-256': signed } });
  assert.equal((await send('wrong', signature('body'))).status, 401);
  assert.equal((await send('right', signature('other'))).status, 401);
  assert.equal((await send('right', '')).status, 401);
  assert.equal((await post(bench, 'body', { headers: { 'x-token': 'right' } })).status, 401);
  assert.equal(bench.received.length, 0);
  assert.equal((await send('right', signature('body'))).status, 200);
  assert.deepEqual(bodiesOf(bench), ['body']);
});

test('responds to health checks and to invalid requests', async (t) => {
  const bench = await start(t, { path: 'hook', health_path: 'healthy', max_request_body_size: 100 });
  const health = await post(bench, undefined, { path: '/healthy', method: 'GET' });
  assert.deepEqual([health.status, JSON.parse(health.text)], [200, { text: 'Webhookevent receiver is healthy' }]);
  assert.equal((await post(bench, 'x')).status, 404);
  assert.equal((await post(bench, undefined, { path: '/hook', method: 'GET' })).status, 405);
  assert.equal((await post(bench, '', { path: '/hook' })).status, 400);
  assert.equal((await post(bench, 'x'.repeat(101), { path: '/hook' })).status, 413);
  const bomb = { path: '/hook', headers: { 'content-encoding': 'gzip' } };
  assert.equal((await post(bench, gzipSync(Buffer.alloc(1 << 20)), bomb)).status, 413);
  assert.equal((await post(bench, 'not gzip', bomb)).status, 400);
  assert.equal(bench.received.length, 0);
  bench.response = () => ({ kind: 'refused', reason: 'no' });
  assert.equal((await post(bench, 'x', { path: '/hook' })).status, 400);
});

test('rejects configurations that cannot work, naming the fields', async () => {
  const expected: [Record<string, unknown>, RegExp][] = [
    [{ required_header: { key: 'X' } }, /required_header.value: expected a text/],
    [{ required_header: { value: 'x' } }, /required_header.key: expected a text/],
    [{ hmac_signature: { secret: 's', header: 'X' } }, /hmac_signature.prefix/],
    [{ header_attribute_regex: '(' }, /header_attribute_regex: expected a regular expression/],
  ];
  for (const [config, message] of expected)
    await assert.rejects(createComponentBench(webhookEvent, { config }), message);
});
