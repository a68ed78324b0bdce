import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BatchContext, localContext, requestFromJson, requestToJson, type Signal } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { attributes } from './attributes.ts';

processorContract(attributes, { config: { actions: [{ key: 'absent', action: 'delete' }] } });

const attribute = (key: string, value: object) => ({ key, value });

/** Returns a request that contains one item with the given attributes. */
function requestWith(signal: Signal, list: readonly object[]): object {
  const resource = { attributes: [attribute('service.name', { stringValue: 'shop' })] };
  const point = { timeUnixNano: '5', count: '1', sum: 1, attributes: list };
  const bySignal: Partial<Record<Signal, object>> = {
    traces: { resourceSpans: [{ resource, scopeSpans: [{ spans: [{ name: 'GET /', attributes: list }] }] }] },
    logs: {
      resourceLogs: [{ resource, scopeLogs: [{ logRecords: [{ body: { stringValue: 'x' }, attributes: list }] }] }],
    },
    metrics: {
      resourceMetrics: [
        {
          resource,
          scopeMetrics: [{ metrics: [{ name: 'm', histogram: { aggregationTemporality: 2, dataPoints: [point] } }] }],
        },
      ],
    },
  };
  return bySignal[signal] ?? {};
}

/** Sends an item with the given attributes through the processor and returns its new attributes. */
async function changed(
  config: Record<string, unknown>,
  list: readonly object[],
  signal: Signal = 'traces',
  context: Partial<BatchContext> = {},
) {
  const bench = await createComponentBench(attributes, { signals: [signal], config });
  const request = requestFromJson(signal, JSON.stringify(requestWith(signal, list)));
  assert.ok(request.ok, JSON.stringify(request));
  await bench.start();
  const { bytes, itemCount } = request;
  await bench.send({
    signal,
    parts: [bytes],
    itemCount,
    sizeBytes: bytes.length,
    context: { ...localContext(0), ...context },
  });
  await bench.service.shutdown();
  const [batch] = bench.received;
  assert.ok(batch?.parts[0]);
  assert.equal(batch.itemCount, 1);
  const lists = [...requestToJson(signal, batch.parts[0]).matchAll(/"attributes":(\[(?:[^[\]]|\[[^\]]*\])*\])/g)].map(
    ([, text = '']) => JSON.parse(text),
  );
  return { attributes: lists.at(1) ?? [], isSame: batch.parts[0] === bytes };
}

const actions = (...list: object[]) => ({ actions: list });
const text = (stringValue: string) => ({ stringValue });

test('inserts missing attributes, updates existing ones, and upserts both', async () => {
  const config = actions(
    { key: 'a', value: 'new', action: 'insert' },
    { key: 'b', value: 7, action: 'insert' },
    { key: 'a', value: 'updated', action: 'update' },
    { key: 'c', value: true, action: 'update' },
    { key: 'd', value: 1.5, action: 'upsert' },
  );
  assert.deepEqual((await changed(config, [attribute('a', text('old'))])).attributes, [
    attribute('a', text('updated')),
    attribute('b', { intValue: '7' }),
    attribute('d', { doubleValue: 1.5 }),
  ]);
});

test('deletes by key and by pattern', async () => {
  const config = actions({ key: 'a', action: 'delete' }, { pattern: String.raw`^secret\.`, action: 'DELETE' });
  const list = ['a', 'secret.x', 'b', 'secret.y'].map((key) => attribute(key, text(key)));
  assert.deepEqual((await changed(config, list)).attributes, [attribute('b', text('b'))]);
});

test('hashes strings, numbers and booleans with SHA-256, and other values to an empty string', async () => {
  const config = actions({ pattern: '^h', action: 'hash' });
  const list = [
    attribute('h1', text('hello')),
    attribute('h2', { intValue: '1' }),
    attribute('h3', { boolValue: true }),
    attribute('h4', { arrayValue: { values: [text('x')] } }),
  ];
  assert.deepEqual((await changed(config, list)).attributes, [
    attribute('h1', text('2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824')),
    attribute('h2', text('7c9fa136d4413fa6173637e883b6998d32e1d675f88cddff9dcbcf331820f4b8')),
    attribute('h3', text('4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a')),
    attribute('h4', text('')),
  ]);
});

test('extracts named groups and replaces existing attributes', async () => {
  const config = actions({ key: 'url', pattern: String.raw`^/orders/(?P<id>\d+)/(?P<verb>\w+)`, action: 'extract' });
  const list = [attribute('url', text('/orders/12/pay')), attribute('id', text('old'))];
  assert.deepEqual((await changed(config, list)).attributes, [
    attribute('url', text('/orders/12/pay')),
    attribute('id', text('12')),
    attribute('verb', text('pay')),
  ]);
});

test('converts between types, and keeps values that cannot be converted', async () => {
  const config = actions(
    { key: 'a', converted_type: 'int', action: 'convert' },
    { key: 'b', converted_type: 'double', action: 'convert' },
    { key: 'c', converted_type: 'string', action: 'convert' },
    { key: 'd', converted_type: 'int', action: 'convert' },
  );
  const list = [
    attribute('a', text('42')),
    attribute('b', { intValue: '2' }),
    attribute('c', { intValue: '9007199254740993' }),
    attribute('d', text('many')),
  ];
  assert.deepEqual((await changed(config, list)).attributes, [
    attribute('a', { intValue: '42' }),
    attribute('b', { doubleValue: 2 }),
    attribute('c', text('9007199254740993')),
    attribute('d', text('many')),
  ]);
});

test('reads values from attributes, request metadata and the subject, with a default', async () => {
  const config = actions(
    { key: 'copy', from_attribute: 'list', action: 'insert' },
    { key: 'team', from_context: 'metadata.X-Team', action: 'insert' },
    { key: 'who', from_context: 'auth.subject', action: 'insert' },
    { key: 'region', from_context: 'metadata.x-region', default_value: 'unknown', action: 'insert' },
    { key: 'nothing', from_attribute: 'absent', action: 'insert' },
  );
  const list = { arrayValue: { values: [text('x')] } };
  const context = { metadata: { 'x-team': ['a', 'b'] }, subject: 'alice' };
  assert.deepEqual((await changed(config, [attribute('list', list)], 'traces', context)).attributes, [
    attribute('list', list),
    attribute('copy', list),
    attribute('team', text('a;b')),
    attribute('who', text('alice')),
    attribute('region', text('unknown')),
  ]);
});

for (const signal of ['logs', 'metrics'] as const) {
  test(`modifies attributes of ${signal}`, async () => {
    assert.deepEqual(
      (await changed(actions({ key: 'a', value: 1, action: 'upsert' }), [attribute('a', text('x'))], signal))
        .attributes,
      [attribute('a', { intValue: '1' })],
    );
  });
}

test('modifies only items that include matches and exclude does not', async () => {
  const insert = { key: 'seen', value: true, action: 'insert' };
  const strict = (properties: object) => ({ match_type: 'strict', ...properties });
  for (const [config, isChanged] of [
    [{ include: strict({ services: ['shop'] }) }, true],
    [{ include: strict({ services: ['other'] }) }, false],
    [{ include: { match_type: 'regexp', span_names: ['^GET'] } }, true],
    [{ include: strict({ services: ['shop'], attributes: [{ key: 'a', value: 'y' }] }) }, false],
    [{ include: strict({ attributes: [{ key: 'a' }] }) }, true],
    [{ exclude: strict({ resources: [{ key: 'service.name', value: 'shop' }] }) }, false],
    [{ include: strict({ span_kinds: ['SPAN_KIND_SERVER'] }) }, false],
    [{ include: { match_type: 'regexp', span_kinds: ['_(SERVER|CLIENT)$'] } }, false],
    [{ include: { match_type: 'regexp', span_kinds: ['UNSPEC'] } }, true],
    [{ include: { match_type: 'regexp', services: ['(?i)^SHOP$'] } }, true],
    [{ include: { match_type: 'regexp', attributes: [{ key: 'a', value: '^[xy]$' }] } }, true],
    [{ include: strict({ libraries: [{ name: '' }] }) }, true],
    [{ include: strict({ libraries: [{ name: 'express', version: '5' }] }) }, false],
    [{ include: strict({ services: ['shop'] }), exclude: strict({ span_names: ['GET /'] }) }, false],
  ] as const) {
    const { isSame } = await changed({ ...config, actions: [insert] }, [attribute('a', text('x'))]);
    assert.equal(!isSame, isChanged, JSON.stringify(config));
  }
});

test('matches libraries, types and texts of values like the Collector', async () => {
  const insert = { key: 'seen', value: true, action: 'insert' };
  const strict = (properties: object) => ({ match_type: 'strict', ...properties });
  const regexp = (properties: object) => ({ match_type: 'regexp', ...properties });
  for (const [include, isMatch] of [
    [strict({ libraries: [{ name: '' }, { name: 'other' }] }), false],
    [strict({ libraries: [{ name: '', version: '' }] }), true],
    [regexp({ services: ['^shop$', '^other$'] }), true],
    [strict({ attributes: [{ key: 'int', value: 3 }] }), true],
    [strict({ attributes: [{ key: 'int', value: 3.5 }] }), false],
    [strict({ attributes: [{ key: 'int', value: '3' }] }), false],
    [strict({ attributes: [{ key: 'double', value: 1.5 }] }), true],
    [strict({ attributes: [{ key: 'list', value: ['x', 1] }] }), true],
    [strict({ attributes: [{ key: 'list', value: ['x', 2] }] }), false],
    [strict({ attributes: [{ key: 'empty' }] }), true],
    [regexp({ attributes: [{ key: 'int', value: '^3$' }] }), true],
    [regexp({ attributes: [{ key: 'large', value: '^100000000000000000000000$' }] }), true],
    [regexp({ attributes: [{ key: 'list', value: '.*' }] }), false],
    [{ attributes: [{ key: 'int' }] }, true],
    [{ resources: [{ key: 'absent' }] }, false],
  ] as const) {
    const { isSame } = await changed({ include, actions: [insert] }, [
      attribute('int', { intValue: '3' }),
      attribute('double', { doubleValue: 1.5 }),
      attribute('large', { doubleValue: 1e23 }),
      attribute('list', { arrayValue: { values: [text('x'), { intValue: '1' }] } }),
      { key: 'empty' },
    ]);
    assert.equal(!isSame, isMatch, JSON.stringify(include));
  }
});

test('matches log records by severity, and metrics only by name', async () => {
  const insert = { key: 'seen', value: true, action: 'insert' };
  for (const [signal, include, isMatch] of [
    ['logs', { log_severity_number: { min: 9, match_undefined: true } }, true],
    ['logs', { log_severity_number: { min: 9 } }, false],
    ['logs', { match_type: 'strict', log_bodies: ['x'] }, true],
    ['metrics', { match_type: 'regexp', metric_names: ['^m$'] }, true],
    ['metrics', { match_type: 'strict', metric_names: ['other'] }, false],
    ['metrics', { match_type: 'strict', resources: [{ key: 'service.name', value: 'other' }] }, true],
    ['metrics', { match_type: 'expr', metric_names: ['other'] }, true],
  ] as const) {
    const { isSame } = await changed({ include, actions: [insert] }, [], signal);
    assert.equal(!isSame, isMatch, JSON.stringify(include));
  }
});

test('converts every value that Go converts', async () => {
  const convert = (key: string, type: string) => ({ key, converted_type: type, action: 'convert' });
  const config = actions(convert('a', 'double'), convert('b', 'double'), convert('c', 'int'), convert('d', 'string'));
  const list = [
    attribute('a', text('0x1p-2')),
    attribute('b', text('1e999')),
    attribute('c', { doubleValue: 1e300 }),
    attribute('d', { kvlistValue: { values: [attribute('z', { bytesValue: 'AQI=' })] } }),
  ];
  assert.deepEqual((await changed(config, list)).attributes, [
    attribute('a', { doubleValue: 0.25 }),
    attribute('b', text('1e999')),
    attribute('c', { intValue: '-9223372036854775808' }),
    attribute('d', text('{"z":"AQI="}')),
  ]);
});

test('takes other contexts as headers, and requires a known type', async () => {
  const config = actions({ key: 'team', from_context: 'x-team', action: 'upsert' });
  const context = { metadata: { 'x-team': ['a'] } };
  assert.deepEqual((await changed(config, [], 'traces', context)).attributes, [attribute('team', text('a'))]);
});

test('copies the address of the connection', async () => {
  const config = actions({ key: 'a', from_context: 'client.address', action: 'insert' });
  const { attributes: found } = await changed(config, [], 'traces', { peer: '10.0.0.1' });
  assert.deepEqual(found, [attribute('a', text('10.0.0.1'))]);
});

test('warns of contexts that only the Collector has, and uses the default value', async () => {
  const config = actions({ key: 'a', from_context: 'auth.email', default_value: 'unknown', action: 'insert' });
  assert.deepEqual((await changed(config, [])).attributes, [attribute('a', text('unknown'))]);
  const bench = await createComponentBench(attributes, { config, signals: ['logs'] });
  await bench.start();
  assert.ok(bench.logs.some(({ msg }) => String(msg).startsWith('this context has no value in otelier')));
  await bench.close();
});

test('forwards the same bytes if nothing changes', async () => {
  assert.ok((await changed(actions({ key: 'absent', action: 'delete' }), [attribute('a', text('x'))])).isSame);
});

for (const [action, message] of [
  [{ key: 'a', action: 'insert' }, /expected `value`, `from_attribute`, `from_context` or `default_value` for insert/],
  [
    { key: 'a', value: 1, from_attribute: 'b', action: 'update' },
    /expected one of `value`, `from_attribute` and `from_context`, got 2/,
  ],
  [{ action: 'delete' }, /expected `key` or `pattern` for delete/],
  [{ key: 'a', pattern: '(', action: 'extract' }, /pattern: expected a regular expression, got "\("/],
  [{ key: 'a', pattern: 'x', action: 'extract' }, /expected named groups/],
  [{ key: 'a', action: 'convert' }, /expected `converted_type`/],
  [{ key: 'a', action: 'convert', converted_type: 'bool' }, /converted_type: expected .*, got "bool"/],
  [{ key: 'a', pattern: '(?P<x>.)(.)', action: 'extract' }, /expected named groups/],
  [{ key: 'a', value: 1, action: 'delete' }, /expected no value for delete/],
] as const) {
  test(`rejects ${JSON.stringify(action)}`, async () => {
    await assert.rejects(createComponentBench(attributes, { config: actions(action) }), message);
  });
}

const insertOnly = { actions: [{ key: 'a', value: 1, action: 'insert' }] };

for (const [include, message] of [
  [{ match_type: 'strict' }, /include: expected at least one of services, span_names/],
  [{ match_type: 'strict', span_kinds: ['SERVER'] }, /include\.span_kinds\[0\]: expected SPAN_KIND_.*, got "SERVER"/],
  [
    { match_type: 'regexp', span_names: ['a(b'] },
    /include\.span_names\[0\]: expected a regular expression, got "a\(b"/,
  ],
  [
    { match_type: 'regexp', resources: [{ key: 'k', value: '[' }] },
    /include\.resources\[0\]\.value: expected a regular expression, got "\["/,
  ],
  [{ match_type: 'fuzzy', services: ['shop'] }, /match_type: expected "strict" or "regexp"|match_type/],
] as const) {
  test(`rejects include ${JSON.stringify(include)}`, async () => {
    await assert.rejects(
      createComponentBench(attributes, { config: { ...insertOnly, include }, signals: ['traces'] }),
      message,
    );
  });
}

test('rejects a list without actions', async () => {
  await assert.rejects(createComponentBench(attributes, { config: {} }), /actions: expected a list/);
  await assert.rejects(
    createComponentBench(attributes, { config: actions() }),
    /actions: expected at least one action/,
  );
});

test('rejects a property that items of the signal do not have, and names the field', async () => {
  const config = { ...insertOnly, exclude: { match_type: 'strict', span_names: ['GET /'] } };
  await createComponentBench(attributes, { config, signals: ['traces'] });
  await assert.rejects(
    createComponentBench(attributes, { config, signals: ['traces', 'logs'] }),
    /exclude\.span_names: expected no value in a pipeline of logs, which cannot match it/,
  );
});
