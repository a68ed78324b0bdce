import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { batchOf } from '@otelier/testkit/request-codec';
import { filter } from '../filter.ts';
import { transform } from '../transform.ts';

const batch = batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'x' } }] }] }] });

for (const [name, definition, config] of [
  [
    'statements',
    transform,
    { log_statements: [{ error_mode: 'propagate', statements: ['set(log.attributes["a"], log.body["b"])'] }] },
  ],
  ['conditions', filter, { log_conditions: [{ error_mode: 'propagate', conditions: ['log.body["b"] == 1'] }] }],
] as const) {
  test(`a group of ${name} has its own error mode`, async () => {
    const bench = await createComponentBench(definition, {
      signals: ['logs'],
      config: { error_mode: 'ignore', ...config },
    });
    await bench.start();
    assert.equal((await bench.send(batch)).kind, 'refused');
    await bench.close();
  });
}
