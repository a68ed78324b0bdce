import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localContext, requestFromJson, requestToJson } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { span } from './span.ts';

processorContract(span, { config: { status: { code: 'Unset' } } });

const attribute = (key: string, value: object) => ({ key, value });
const text = (key: string, stringValue: string) => attribute(key, { stringValue });

async function changed(config: Record<string, unknown>, ...spans: object[]) {
  const bench = await createComponentBench(span, { config });
  const request = requestFromJson('traces', JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }));
  assert.ok(request.ok);
  await bench.start();
  const { bytes, itemCount } = request;
  await bench.send({ signal: 'traces', parts: [bytes], itemCount, sizeBytes: bytes.length, context: localContext(0) });
  await bench.close();
  const part = bench.received[0]?.parts[0];
  assert.ok(part);
  return JSON.parse(requestToJson('traces', part)).resourceSpans[0].scopeSpans[0].spans.map(
    ({ name, attributes, status }: Record<string, unknown>) => ({ name, attributes, status }),
  );
}

test('forms names from attributes of all types, and keeps names if one is missing', async () => {
  const config = { name: { from_attributes: ['a', 'b', 'c'], separator: '::' } };
  const complete = [
    text('a', 'x'),
    attribute('b', { doubleValue: 1e21 }),
    attribute('c', { arrayValue: { values: [] } }),
  ];
  const renamed = await changed(
    config,
    { name: 'old', attributes: complete },
    { name: 'old', attributes: [text('a', 'x')] },
  );
  assert.deepEqual(
    renamed.map(({ name }: { name: string }) => name),
    ['x::1000000000000000000000::<unknown-attribute-type>', 'old'],
  );
});

test('extracts attributes from names, each rule from the result of the one before', async () => {
  const rules = [String.raw`^/orders/(?P<order>\d+)`, String.raw`/(?P<verb>\w+)$`];
  const attributes = [text('order', 'old')];
  const spans = [{ name: '/orders/12/pay', attributes }, { name: 'other' }];
  assert.deepEqual(await changed({ name: { to_attributes: { rules } } }, ...spans), [
    { name: '/orders/{order}/{verb}', attributes: [text('order', '12'), text('verb', 'pay')], status: undefined },
    { name: 'other', attributes: undefined, status: undefined },
  ]);
  const first = { to_attributes: { rules, break_after_match: true, keep_original_name: true } };
  assert.deepEqual(await changed({ name: first }, ...spans.slice(0, 1)), [
    { name: '/orders/12/pay', attributes: [text('order', '12')], status: undefined },
  ]);
});

test('extracts nested and missing groups without failing', async () => {
  const rules = [String.raw`^/(?P<all>(?P<part>\w+)/\d+)(?P<rest>x)?`];
  assert.deepEqual(await changed({ name: { to_attributes: { rules } } }, { name: '/a/1/ünïcode' }), [
    {
      name: '/{all}/ünïcode',
      attributes: [text('all', 'a/1'), text('part', 'a'), text('rest', '')],
      status: undefined,
    },
  ]);
});

test('sets the status of the spans that match', async () => {
  const config = {
    include: { match_type: 'strict', span_names: ['a'] },
    status: { code: 'Error', description: 'wrong' },
  };
  assert.deepEqual(
    (await changed(config, { name: 'a', status: { code: 1, message: 'fine' } }, { name: 'b' })).map(
      ({ status }: { status: object }) => status,
    ),
    [{ code: 2, message: 'wrong' }, undefined],
  );
  const [{ status }] = await changed({ status: { code: 'Unset' } }, { name: 'a', status: { code: 2, message: 'x' } });
  assert.equal(status, undefined);
});

for (const [config, message] of [
  [{}, /expected `name\.from_attributes`, `name\.to_attributes\.rules` or `status`/],
  [{ name: { to_attributes: { rules: [] } } }, /expected `name\.from_attributes`/],
  [{ name: { to_attributes: { rules: ['('] } } }, /rules\[0\]: expected a regular expression, got "\("/],
  [{ status: { code: 'ok' } }, /code: expected/],
  [{ status: { code: 'Ok', description: 'x' } }, /description: expected a description only for the code Error/],
  [{ include: { match_type: 'strict' }, status: { code: 'Ok' } }, /include: expected at least one of services/],
] as const) {
  test(`rejects ${JSON.stringify(config)}`, async () => {
    await assert.rejects(createComponentBench(span, { config }), message);
  });
}
