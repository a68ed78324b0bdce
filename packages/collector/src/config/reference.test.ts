import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { byteSize, duration, secret, z } from '../component/schema.ts';
import { registry } from '../registry.generated.ts';
import { formatConfigError } from './config-error.ts';
import { loadConfig } from './load.ts';
import { listFields, userJsonSchema } from './reference.ts';

const schema = z.object({
  sendBatchSize: z.int().min(0).prefault(10).describe('How many.'),
  holdTime: duration().prefault('5s').describe('How long.'),
  password: secret().describe('Who.'),
  inner: z
    .object({ maxBytes: byteSize().optional().describe('How much.'), undescribed: z.boolean().optional() })
    .prefault({})
    .describe('Inside.'),
  rules: z
    .array(z.object({ keyName: z.string().describe('Key.') }))
    .prefault([{ keyName: 'a' }])
    .describe('Rules.'),
});

test('lists every field in snake case, with its type, default and description', () => {
  const fields = listFields(schema).map(({ path, type, defaultText, required }) => [path, type, defaultText, required]);
  assert.deepEqual(fields, [
    ['send_batch_size', 'number', '10', false],
    ['hold_time', 'duration', '"5s"', false],
    ['password', 'text', undefined, true],
    ['inner', 'mapping', undefined, false],
    ['inner.max_bytes', 'size', undefined, false],
    ['inner.undescribed', 'true or false', undefined, false],
    ['rules', 'list of mapping', '[{"key_name":"a"}]', false],
    ['rules[].key_name', 'text', undefined, true],
  ]);
  const [without] = listFields(schema).filter(({ description }) => description === undefined);
  assert.equal(without?.path, 'inner.undescribed');
});

test('returns a JSON Schema with keys in snake case', () => {
  const json = userJsonSchema(schema) as {
    properties: Record<string, { default?: unknown; properties?: object }>;
    required: string[];
    additionalProperties: boolean;
  };
  assert.deepEqual(Object.keys(json.properties), ['send_batch_size', 'hold_time', 'password', 'inner', 'rules']);
  assert.deepEqual(json.required, ['password']);
  assert.equal(json.additionalProperties, false);
  assert.equal(json.properties['hold_time']?.default, '5s');
  assert.deepEqual(Object.keys(json.properties['inner']?.properties ?? {}), ['max_bytes', 'undescribed']);
  assert.doesNotMatch(JSON.stringify(json), /"unit"|"secret"|sendBatchSize|keyName/);
});

test('accepts the example configuration, which contains every component', async () => {
  const file = new URL('../../../../docs/reference/example.yaml', import.meta.url);
  const text = await readFile(file, 'utf8');
  const loaded = await loadConfig({ sources: [{ name: 'example.yaml', text }], environment: {}, registry });
  assert.deepEqual(loaded.errors.filter(({ severity }) => severity === 'error').map(formatConfigError), []);
});
