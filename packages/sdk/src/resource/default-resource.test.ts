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

test('the default resource names the SDK and the program', () => {
  assert.deepEqual(createClient({ environment: {} }).resource.attributes, {
    'service.name': `unknown_service:${basename(process.execPath)}`,
    ...ALWAYS,
  });
});

test('the environment adds attributes, and options override them', async () => {
  const environment = { OTEL_SERVICE_NAME: 'shop', OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,service.version=7' };
  const fromEnvironment = { ...ALWAYS, 'service.name': 'shop', 'service.version': '7' };
  assert.deepEqual(createClient({ environment }).resource.attributes, fromEnvironment);
  const attributes = { 'service.name': 'cart', 'host.name': 'a' };
  const expected = { ...fromEnvironment, ...attributes };
  assert.deepEqual(createClient({ environment, resource: attributes }).resource.attributes, expected);
  const { resource } = createClient({ environment, resource: Promise.resolve(attributes) });
  await resource.whenKnown;
  assert.deepEqual(resource.attributes, expected);
  const failing = createClient({ environment, resource: Promise.reject(new Error('no metadata service')) }).resource;
  await failing.whenKnown;
  assert.deepEqual(failing.attributes, fromEnvironment);
});
