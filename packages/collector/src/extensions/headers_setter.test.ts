import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { extensionContract } from '@otelier/testkit/component-contract';
import { headersSetter } from './headers_setter.ts';

// What the extension does to requests is tested with exporters, in component/sending/client-auth.test.ts.
extensionContract(headersSetter, { config: { headers: [{ key: 'x-tenant', value: 'a' }] } });

const refused: readonly (readonly [config: Record<string, unknown>, message: RegExp])[] = [
  [{}, /headers: expected/],
  [{ headers: [] }, /headers: expected/],
  [{ headers: [{ value: 'a' }] }, /headers\[0\]\.key: expected/],
  [{ headers: [{ key: 'a' }] }, /headers\[0\]: expected one of value, value_file, .*, got none/],
  [{ headers: [{ key: 'a', value: 'b', from_context: 'c' }] }, /headers\[0\]: expected one of .*, got several/],
  [{ headers: [{ key: 'a', value: 'b', action: 'append' }] }, /headers\[0\]\.action: expected/],
  [
    { headers: [{ key: 'a', value_file: '/nowhere' }] },
    /headers\[0\]\.value_file: expected a readable file, got \/nowhere/,
  ],
  [{ headers: [{ key: 'a', value: 'b' }], additional_auth: 'tested' }, /additional_auth: expected another extension/],
  [{ headers: [{ key: 'a', value: 'b' }], additional_auth: 'absent' }, /additional_auth: expected .*, got "absent"/],
];

for (const [config, message] of refused) {
  test(`refuses ${JSON.stringify(config)}`, async () => {
    await assert.rejects(createComponentBench(headersSetter, { config }), message);
  });
}

test('refuses extensions that depend on each other', async () => {
  const headers = [{ key: 'a', value: 'b' }];
  const other = { definition: headersSetter, config: { headers, additional_auth: 'tested' } };
  const config = { headers, additional_auth: 'other' };
  await assert.rejects(
    createComponentBench(headersSetter, { config, extensions: { other } }),
    /additional_auth: expected another extension/,
  );
});
