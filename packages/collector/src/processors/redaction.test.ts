import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { countItems, localContext, normalizeRequest, requestFromJson, requestToJson, type Signal } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { arbitraryRequest } from '@otelier/testkit/otlp/arbitrary-request';
import { encodeRequest } from '@otelier/testkit/request-codec';
import fc from 'fast-check';
import { redaction } from './redaction.ts';

processorContract(redaction, { config: { allow_all_keys: true } });

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const int = (key: string, intValue: string) => ({ key, value: { intValue } });

async function redacted(signal: Signal, config: Record<string, unknown>, json: object) {
  const bench = await createComponentBench(redaction, { signals: [signal], config });
  const request = requestFromJson(signal, JSON.stringify(json));
  assert.ok(request.ok);
  await bench.start();
  const { bytes, itemCount } = request;
  await bench.send({ signal, parts: [bytes], itemCount, sizeBytes: bytes.length, context: localContext(0) });
  await bench.close();
  const part = bench.received[0]?.parts[0];
  assert.ok(part);
  return JSON.parse(requestToJson(signal, part));
}

async function span(config: Record<string, unknown>, json: object) {
  const { resourceSpans } = await redacted('traces', config, { resourceSpans: [{ scopeSpans: [{ spans: [json] }] }] });
  return resourceSpans[0].scopeSpans[0].spans[0];
}

async function log(config: Record<string, unknown>, json: object) {
  const { resourceLogs } = await redacted('logs', config, { resourceLogs: [{ scopeLogs: [{ logRecords: [json] }] }] });
  return resourceLogs[0].scopeLogs[0].logRecords[0];
}

test('removes keys that are not allowed, and lists them, also in an earlier summary', async () => {
  const attributes = [
    text('a', 'x'),
    text('secret', 'y'),
    text('redaction.redacted.keys', 'b'),
    int('redaction.redacted.count', '1'),
  ];
  assert.deepEqual((await span({ allowed_keys: ['a'], summary: 'debug' }, { attributes })).attributes, [
    text('a', 'x'),
    text('redaction.redacted.keys', 'b,secret'),
    int('redaction.redacted.count', '2'),
  ]);
});

test('masks keys and parts of values, except ignored keys and allowed values', async () => {
  const config = {
    allow_all_keys: true,
    ignored_keys: ['id'],
    ignored_key_patterns: ['^public'],
    blocked_key_patterns: ['token'],
    blocked_values: ['4[0-9]{3}'],
    allowed_values: ['@example\\.com$'],
    summary: 'info',
  };
  const attributes = [
    text('id', '4111'),
    text('public.id', '4111'),
    text('token', 'one\ntwo'),
    text('card', 'no 4111, 4222'),
    text('mail', '4111@example.com'),
    int('number', '4111'),
  ];
  assert.deepEqual((await span(config, { attributes })).attributes, [
    text('id', '4111'),
    text('public.id', '4111'),
    text('token', '****\n****'),
    text('card', 'no ****, ****'),
    text('mail', '4111@example.com'),
    int('number', '4111'),
    int('redaction.masked.count', '2'),
    int('redaction.allowed.count', '1'),
    int('redaction.ignored.count', '2'),
  ]);
});

test('hashes masked values, also of other types', async () => {
  const key = 'k'.repeat(32);
  const config = { allow_all_keys: true, blocked_values: ['[0-9]+'], redact_all_types: true };
  const value = async (options: object) =>
    (await span({ ...config, ...options }, { attributes: [int('n', '42')] })).attributes[0].value.stringValue;
  assert.equal(await value({ hash_function: 'MD5' }), createHash('md5').update('42').digest('hex'));
  assert.equal(await value({ hash_function: 'sha3' }), createHash('sha3-256').update('42').digest('hex'));
  assert.equal(
    await value({ hash_function: 'hmac-sha256', hmac_key: key }),
    createHmac('sha256', key).update('42').digest('hex'),
  );
});

test('redacts resources, scopes, events and data points', async () => {
  const attributes = [text('a', 'secret'), text('b', 'x')];
  const config = { allowed_keys: ['a'], blocked_values: ['secret'] };
  const expected = [text('a', '****')];
  const { resourceSpans } = await redacted('traces', config, {
    resourceSpans: [
      {
        resource: { attributes },
        scopeSpans: [{ scope: { attributes }, spans: [{ attributes, events: [{ attributes }] }] }],
      },
    ],
  });
  const [{ resource, scopeSpans }] = resourceSpans;
  const [{ scope, spans }] = scopeSpans;
  for (const owner of [resource, scope, spans[0], spans[0].events[0]]) assert.deepEqual(owner.attributes, expected);
  const { resourceMetrics } = await redacted('metrics', config, {
    resourceMetrics: [
      { scopeMetrics: [{ metrics: [{ name: 'm', gauge: { dataPoints: [{ asInt: '1', attributes }] } }] }] },
    ],
  });
  assert.deepEqual(resourceMetrics[0].scopeMetrics[0].metrics[0].gauge.dataPoints[0].attributes, expected);
});

test('redacts bodies in depth and describes where', async () => {
  const map = (...values: object[]) => ({ kvlistValue: { values } });
  const body = map(text('ok', 'plain'), {
    key: 'inner',
    value: map(text('token', 'abc'), { key: 'list', value: { arrayValue: { values: [{ stringValue: '4111' }] } } }),
  });
  const config = {
    allow_all_keys: true,
    blocked_key_patterns: ['token'],
    blocked_values: ['4[0-9]{3}'],
    summary: 'debug',
  };
  const record = await log(config, { body });
  assert.deepEqual(
    record.body,
    map(text('ok', 'plain'), {
      key: 'inner',
      value: map(text('token', '****'), { key: 'list', value: { arrayValue: { values: [{ stringValue: '****' }] } } }),
    }),
  );
  assert.deepEqual(record.attributes, [
    text('redaction.body.masked.keys', 'inner.list.[0],inner.token'),
    int('redaction.body.masked.count', '2'),
  ]);
});

test('sanitizes statements and paths in attributes and names', async () => {
  const config = {
    allow_all_keys: true,
    db_sanitizer: { sql: { enabled: true, attributes: ['db.query.text'] } },
    url_sanitizer: { enabled: true, attributes: ['url.path'] },
  };
  const statement = "SELECT a FROM t1 WHERE id = 12 AND name = 'x'";
  const sanitized = 'SELECT a FROM t? WHERE id = ? AND name = ?';
  const attributes = [
    text('db.system.name', 'postgresql'),
    text('db.query.text', statement),
    text('url.path', '/users/12?x=1'),
  ];
  const database = await span(config, { name: statement, kind: 3, attributes });
  assert.equal(database.name, sanitized);
  assert.deepEqual(database.attributes, [
    attributes[0],
    text('db.query.text', sanitized),
    text('url.path', '/users/*'),
  ]);
  assert.equal((await span(config, { name: 'GET /orders/8f14e45f/items', kind: 2 })).name, 'GET /orders/*/items');
  assert.equal((await span(config, { name: '/12/34', kind: 2 })).name, '/12/34');
});

for (const [config, message] of [
  [{ blocked_values: ['('] }, /blocked_values\[0\]: expected a regular expression, got "\("/],
  [{ hash_function: 'sha256' }, /hash_function: expected/],
  [{ hash_function: 'hmac-sha512', hmac_key: 'short' }, /hmac_key: expected at least 64 bytes for hmac-sha512, got 5/],
] as const) {
  test(`rejects ${JSON.stringify(config)}`, async () => {
    await assert.rejects(createComponentBench(redaction, { config }), message);
  });
}

test('keeps arbitrary telemetry valid, with its number of items', async () => {
  const database = { enabled: true, attributes: ['a', 'b'] };
  const config = {
    allowed_keys: ['a', 'b', 'c', ''],
    blocked_values: ['[aeiou]', '\\d'],
    summary: 'debug',
    redact_all_types: true,
    url_sanitizer: { enabled: true, attributes: ['a'] },
    db_sanitizer: { sql: database, redis: database, mongo: database },
  };
  for (const signal of ['traces', 'metrics', 'logs'] as const)
    await fc.assert(
      fc.asyncProperty(arbitraryRequest(signal), async (json) => {
        const bytes = encodeRequest(signal, json);
        const itemCount = countItems(signal, bytes);
        const bench = await createComponentBench(redaction, { signals: [signal], config });
        await bench.start();
        await bench.send({ signal, parts: [bytes], itemCount, sizeBytes: bytes.length, context: localContext(0) });
        await bench.close();
        const part = bench.received[0]?.parts[0] ?? new Uint8Array();
        const normalized = normalizeRequest(signal, part);
        assert.ok(normalized.ok);
        assert.equal(normalized.itemCount, itemCount);
      }),
      { seed: 20_261_130, numRuns: 40 },
    );
});
