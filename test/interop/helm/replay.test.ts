import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { loadConfig } from '../../../packages/collector/src/index.ts';
import { registry } from '../../../packages/collector/src/registry.generated.ts';
import { chartExamples, manifestsIn, sourcesComment } from './chart.ts';

/** Directories and secrets that exist in containers only. */
const IN_CONTAINERS =
  /^expected (an existing directory, or create_directory: true|a readable file), got "?\/(etc\/otelier|var\/lib)/;

const environment = {
  K8S_NODE_NAME: 'node-1',
  K8S_NODE_IP: '10.0.0.1',
  OTELIER_TOKEN: 'token-of-the-example-for-tests',
  HEADER_AUTHORIZATION: 'token',
};

for (const { name, recorded } of chartExamples())
  test(`otelier accepts the configuration that the chart makes of the example ${name}`, async () => {
    const text = readFileSync(recorded, 'utf8');
    assert.ok(
      text.startsWith(sourcesComment()),
      'the chart has changed: run "npm run interop -- --only helm --record"',
    );
    const config = manifestsIn(text).find(({ kind }) => kind === 'ConfigMap')?.data?.['config.yaml'] ?? '';
    const loaded = await loadConfig({ sources: [{ name, text: config }], environment, registry });
    const errors = loaded.ok ? [] : loaded.errors.filter(({ message }) => !IN_CONTAINERS.test(message));
    assert.deepEqual(errors, []);
  });
