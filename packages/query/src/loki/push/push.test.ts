import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { requestToJson } from '@otelier/otlp';
import type { IngestTarget } from '../../api/ingest.ts';
import type { PushRequest } from '../../request/push-request.ts';
import { receivePush } from './receive.ts';

/** Records what a push passes on. */
function target(): IngestTarget & { readonly requests: Uint8Array[] } {
  const requests: Uint8Array[] = [];
  return {
    requests,
    admit: () => ({ grow: () => true, release: () => undefined }),
    consume(bytes) {
      requests.push(bytes);
      return { kind: 'accepted' };
    },
  };
}

function request(body: Uint8Array, headers: { readonly type?: string; readonly encoding?: string } = {}): PushRequest {
  return {
    contentType: headers.type ?? 'application/json',
    contentEncoding: headers.encoding ?? '',
    contentLength: body.length,
    readBody: async (limit) => (body.length > limit ? undefined : body),
  };
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const BODY = {
  streams: [
    {
      stream: { app: 'shop', k8s_namespace_name: 'eu' },
      values: [
        ['1700000000000000001', 'one'],
        ['1700000000000000002', 'two', { trace_id: 'ab'.repeat(16), user: 'u' }],
      ],
    },
  ],
};

async function push(one: PushRequest) {
  const to = target();
  const options = { target: to, labels: 'resource', nowMillis: () => 1_700_000_000_000 } as const;
  const response = await receivePush(one, options);
  const [bytes] = to.requests;
  return { response, otlp: bytes && JSON.parse(requestToJson('logs', bytes)) };
}

test('entries of a stream become records of its resource', async () => {
  const { response, otlp } = await push(request(json(BODY)));
  assert.equal(response.status, 204);
  const [{ resource, scopeLogs }] = otlp.resourceLogs;
  assert.deepEqual(resource.attributes, [
    { key: 'service.name', value: { stringValue: 'shop' } },
    { key: 'app', value: { stringValue: 'shop' } },
    { key: 'k8s.namespace.name', value: { stringValue: 'eu' } },
    { key: 'loki.resource.labels', value: { stringValue: 'app' } },
  ]);
  assert.deepEqual(scopeLogs[0].logRecords, [
    { timeUnixNano: '1700000000000000001', body: { stringValue: 'one' } },
    {
      timeUnixNano: '1700000000000000002',
      body: { stringValue: 'two' },
      attributes: [{ key: 'user', value: { stringValue: 'u' } }],
      traceId: 'ab'.repeat(16),
    },
  ]);
});

test('a body compressed with gzip is accepted', async () => {
  const { response, otlp } = await push(request(gzipSync(json(BODY)), { encoding: 'gzip' }));
  assert.equal(response.status, 204);
  assert.equal(otlp.resourceLogs[0].scopeLogs[0].logRecords.length, 2);
});

for (const [name, body, reason] of [
  ['no JSON', Buffer.from('{'), /^expected JSON/],
  [
    'a number as time',
    json({ streams: [{ stream: { a: 'b' }, values: [[1, 'x']] }] }),
    /^streams\[0\].values\[0\]\[0\]: expected nano/,
  ],
  [
    'no labels',
    json({ streams: [{ stream: {}, values: [['1', 'x']] }] }),
    /^error at least one label pair is required/,
  ],
  [
    'nested metadata',
    json({ streams: [{ stream: { a: 'b' }, values: [['1', 'x', { y: {} }]] }] }),
    /\[2\].y: expected a string/,
  ],
] as const) {
  test(`a request with ${name} is rejected`, async () => {
    const { response, otlp } = await push(request(body));
    assert.equal(response.status, 400);
    assert.match(response.message, reason);
    assert.equal(otlp, undefined);
  });
}
