import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countItems, localContext, requestFromJson, requestToJson, type Signal } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { arbitraryRequest } from '@otelier/testkit/otlp/arbitrary-request';
import { encodeRequest } from '@otelier/testkit/request-codec';
import fc from 'fast-check';
import { redaction } from '../../redaction.ts';

const CARD = '4111 1111 1111 1111';
const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const all = { allow_all_keys: true, catalog: ['all'] };

async function sent(
  signal: Signal,
  config: Record<string, unknown>,
  bytes: Uint8Array,
  tenant = 'default',
): Promise<Uint8Array> {
  const bench = await createComponentBench(redaction, { signals: [signal], config });
  await bench.start();
  const itemCount = countItems(signal, bytes);
  await bench.send({
    signal,
    parts: [bytes],
    itemCount,
    sizeBytes: bytes.length,
    context: { ...localContext(0), tenant },
  });
  await bench.close();
  return bench.received[0]?.parts[0] ?? new Uint8Array();
}

async function redacted(signal: Signal, config: Record<string, unknown>, json: object) {
  const request = requestFromJson(signal, JSON.stringify(json));
  assert.ok(request.ok);
  return JSON.parse(requestToJson(signal, await sent(signal, config, request.bytes)));
}

test('masks names, attributes, events, links, status, scopes and resources of spans', async () => {
  const attributes = [text('a', `card ${CARD}, ok`), text('b', 'plain')];
  const expected = [text('a', 'card ****, ok'), text('b', 'plain')];
  const { resourceSpans } = await redacted('traces', all, {
    resourceSpans: [
      {
        resource: { attributes },
        scopeSpans: [
          {
            scope: { attributes },
            spans: [
              {
                name: `pay ${CARD}`,
                attributes,
                events: [{ name: 'to a@example.com', attributes }],
                links: [{ attributes }],
                status: { code: 2, message: 'no SSN 078-05-1120' },
              },
            ],
          },
        ],
      },
    ],
  });
  const [{ resource, scopeSpans }] = resourceSpans;
  const [{ scope, spans }] = scopeSpans;
  const [span] = spans;
  for (const owner of [resource, scope, span, span.events[0], span.links[0]])
    assert.deepEqual(owner.attributes, expected);
  assert.equal(span.name, 'pay ****');
  assert.equal(span.events[0].name, 'to ****');
  assert.equal(span.status.message, 'no SSN ****');
});

test('masks lists and maps in depth, in bodies and attributes, and describes where', async () => {
  const map = (...values: object[]) => ({ kvlistValue: { values } });
  const list = (...values: object[]) => ({ arrayValue: { values } });
  const nested = (value: string) =>
    map(text('ok', 'plain'), { key: 'in', value: list({ stringValue: 'x' }, map(text('c', value))) });
  const { resourceLogs } = await redacted(
    'logs',
    { ...all, summary: 'debug' },
    {
      resourceLogs: [
        {
          scopeLogs: [
            { logRecords: [{ body: nested(CARD), attributes: [{ key: 'deep', value: nested(`to ${CARD}`) }] }] },
          ],
        },
      ],
    },
  );
  const [record] = resourceLogs[0].scopeLogs[0].logRecords;
  assert.deepEqual(record.body, nested('****'));
  assert.deepEqual(record.attributes, [
    { key: 'deep', value: nested('to ****') },
    text('redaction.masked.keys', 'deep'),
    { key: 'redaction.masked.count', value: { intValue: '1' } },
    text('redaction.body.masked.keys', 'in.[1].c'),
    { key: 'redaction.body.masked.count', value: { intValue: '1' } },
  ]);
});

test('masks attributes of data points and exemplars', async () => {
  const attributes = [text('user', 'a@example.com')];
  const { resourceMetrics } = await redacted('metrics', all, {
    resourceMetrics: [
      {
        scopeMetrics: [
          {
            metrics: [
              {
                name: 'm',
                sum: {
                  dataPoints: [{ asInt: '1', attributes, exemplars: [{ asInt: '1', filteredAttributes: attributes }] }],
                },
              },
            ],
          },
        ],
      },
    ],
  });
  const [point] = resourceMetrics[0].scopeMetrics[0].metrics[0].sum.dataPoints;
  assert.deepEqual(point.attributes, [text('user', '****')]);
  assert.deepEqual(point.exemplars[0].filteredAttributes, [text('user', '****')]);
});

const spanWith = (...attributes: object[]) => ({ resourceSpans: [{ scopeSpans: [{ spans: [{ attributes }] }] }] });

async function attributesOf(config: Record<string, unknown>, ...attributes: object[]) {
  const { resourceSpans } = await redacted('traces', config, spanWith(...attributes));
  return resourceSpans[0].scopeSpans[0].spans[0].attributes;
}

test('knows secrets, telephone numbers and orders by their keys', async () => {
  const attributes = [
    text('db.password', 'hunter2'),
    text('app.max_tokens', '4096'),
    text('customer.phone', '030 1234567'),
    text('order.id', '4111111111111111'),
    text('http.request.header.authorization', 'Bearer abcdefgh12345678'),
    text('password', '****'),
  ];
  assert.deepEqual(await attributesOf(all, ...attributes), [
    text('db.password', '****'),
    attributes[1],
    text('customer.phone', '****'),
    attributes[3],
    text('http.request.header.authorization', 'Bearer ****'),
    attributes[5],
  ]);
});

test('keeps ignored keys and allowed values, and applies the rules of the Collector as well', async () => {
  const config = {
    allowed_keys: ['a', 'b', 'c', 'd'],
    ignored_keys: ['a'],
    allowed_values: ['@example\\.com$'],
    blocked_key_patterns: ['^d$'],
    blocked_values: ['secret'],
    catalog: ['card', 'email'],
  };
  assert.deepEqual(
    await attributesOf(
      config,
      text('a', CARD),
      text('b', 'x@example.com'),
      text('c', `secret ${CARD}`),
      text('d', CARD),
      text('e', CARD),
    ),
    [text('a', CARD), text('b', 'x@example.com'), text('c', '**** ****'), text('d', '****')],
  );
});

test('masks numbers only if all types are redacted', async () => {
  const attribute = { key: 'card', value: { intValue: '4111111111111111' } };
  assert.deepEqual(await attributesOf(all, attribute), [attribute]);
  assert.deepEqual(await attributesOf({ ...all, redact_all_types: true }, attribute), [text('card', '****')]);
});

test('masks by method, and by tenant', async () => {
  const config = {
    allow_all_keys: true,
    catalog: ['all'],
    masks: { card: 'keep_last_4', contact: 'pseudonym', iban: 'keep_format', network: 'truncate', secrets: 'remove' },
    pseudonym_key: '0123456789abcdef0123456789abcdef',
    tenants: { lab: { catalog: ['card'] } },
  };
  const values = [
    CARD,
    'a@example.com',
    'DE89370400440532013000',
    '10.1.2.3',
    '2001:db8:1:2::3',
    '00:1b:63:84:45:e6',
    'password=hunter2x',
    '078-05-1120',
  ];
  const send = async (tenant: string): Promise<string[]> => {
    const request = requestFromJson(
      'traces',
      JSON.stringify(spanWith(...values.map((value, i) => text(`a${i}`, value)))),
    );
    assert.ok(request.ok);
    const part = await sent('traces', config, request.bytes, tenant);
    const { resourceSpans } = JSON.parse(requestToJson('traces', part));
    return resourceSpans[0].scopeSpans[0].spans[0].attributes.map(
      (one: { value: { stringValue?: string } }) => one.value.stringValue ?? '',
    );
  };
  const [card, email, iban, ...rest] = await send('shop');
  assert.equal(card, '**** **** **** 1111');
  assert.match(email ?? '', /^email_[0-9a-f]{32}$/);
  assert.match(iban ?? '', /^[A-Z]{2}\d{20}$/);
  assert.deepEqual(rest, ['10.1.2.0', '2001:db8:1::', '00:1b:63:00:00:00', 'password=', '****']);
  assert.deepEqual(await send('shop'), [card, email, iban, ...rest]);
  assert.notEqual((await send('search'))[1], email);
  assert.deepEqual(await send('lab'), ['****', ...values.slice(1)]);
});

for (const [config, message] of [
  [{ catalog: ['card'], masks: { email: 'mask' } }, /masks.email: expected a kind or group that `catalog` selects/],
  [
    { catalog: ['card'], masks: { card: 'pseudonym' } },
    /masks: expected pseudonym_key with at least 32 bytes .*, got 0/,
  ],
  [{ catalog: ['card'], tenants: { 'Not A Tenant': {} } }, /tenants.*expected the name of a tenant/],
  [{ catalog: ['card'], masks: { card: 'rot13' } }, /masks.card: expected/],
] as const) {
  test(`rejects ${JSON.stringify(config)}`, async () => {
    await assert.rejects(createComponentBench(redaction, { config }), message);
  });
}

test('rejects unknown names with the names that exist', async () => {
  await assert.rejects(
    createComponentBench(redaction, { config: { catalog: ['cards'] } }),
    /catalog\[0\]: expected .*"card"/,
  );
});

test('keeps the bytes of requests without findings, and all others valid', async () => {
  for (const signal of ['traces', 'metrics', 'logs'] as const)
    await fc.assert(
      fc.asyncProperty(arbitraryRequest(signal), async (json) => {
        const bytes = encodeRequest(signal, json);
        const part = await sent(signal, { ...all, redact_all_types: true }, bytes);
        assert.equal(countItems(signal, part), countItems(signal, bytes));
        // What remains has nothing to find.
        if (part !== bytes) assert.equal(await sent(signal, { ...all, redact_all_types: true }, part), part);
      }),
      { numRuns: 20 },
    );
});
