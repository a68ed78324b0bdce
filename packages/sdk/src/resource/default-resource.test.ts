import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { createClient } from '../node.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const ALWAYS = {
  'telemetry.sdk.language': 'nodejs',
  'telemetry.sdk.name': '@otelier/sdk',
  'telemetry.sdk.version': version,
};

test('a client that is told nothing says which SDK it is, and which program runs', () => {
  assert.deepEqual(createClient().resource.attributes, {
    'service.name': `unknown_service:${basename(process.execPath)}`,
    ...ALWAYS,
  });
});

test('the environment says more, and what the program says wins', async (t) => {
  const variables = { OTEL_SERVICE_NAME: 'shop', OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,service.version=7' };
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  t.after(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
  Object.assign(process.env, variables);
  assert.deepEqual(createClient().resource.attributes, { ...ALWAYS, 'service.name': 'shop', 'service.version': '7' });
  const told = { 'service.name': 'cart', 'host.name': 'a' };
  const expected = { ...ALWAYS, ...told, 'service.version': '7' };
  assert.deepEqual(createClient({ resource: told }).resource.attributes, expected);
  const { resource } = createClient({ resource: Promise.resolve(told) });
  await resource.whenKnown;
  assert.deepEqual(resource.attributes, expected);
  const failing = createClient({ resource: Promise.reject(new Error('no metadata service')) }).resource;
  await failing.whenKnown;
  assert.equal(failing.attributes?.['service.name'], 'shop');
});
