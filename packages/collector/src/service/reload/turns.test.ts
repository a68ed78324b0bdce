import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '@otelier/testkit/otlp/random';
import { loadConfig } from '../../config/load.ts';
import type { ServiceConfig } from '../../config/model.ts';
import { registry } from '../../registry.generated.ts';
import { load, startGateway } from './gateway.testing.ts';

const COUNT = 30;

/** Returns a configuration with many filters; `conditions` are their conditions. */
function configOf(conditions: readonly string[]): string {
  const ids = conditions.map((_, index) => `filter/${index}`);
  return JSON.stringify({
    receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:0' } } } },
    processors: Object.fromEntries(
      conditions.map((condition, index) => [`filter/${index}`, { traces: { span: [condition] } }]),
    ),
    exporters: { nop: {} },
    service: { pipelines: { traces: { receivers: ['otlp'], processors: ids, exporters: ['nop'] } } },
  });
}

const conditionsOf = (name: (index: number) => string) =>
  Array.from({ length: COUNT }, (_, index) => `name == "${name(index)}"`);

test('requests pass between the components that a reload checks, starts and ends', async (t) => {
  const { service } = await startGateway(t, configOf(conditionsOf(() => 'a')));
  let turns = 0;
  let isRunning = true;
  const count = () => {
    turns += 1;
    if (isRunning) setImmediate(count);
  };
  setImmediate(count);
  const next = await load(configOf(conditionsOf(() => 'b')));
  assert.ok(turns >= COUNT, `${turns} turns while the configuration was checked`);
  turns = 0;
  const { result, restarted } = await service.reload(next);
  isRunning = false;
  assert.equal(result, 'applied');
  assert.equal(restarted.length, COUNT);
  assert.ok(turns >= 2 * COUNT, `${turns} turns while ${COUNT} components were started and ${COUNT} were closed`);
});

test('checks only components that differ from the running ones, and finds the same as without these', async () => {
  const random = createRandom(14);
  const wrong = [
    'name = "a"',
    'name == "a',
    'attributes["a"] == ',
    'IsMatch(name, "[")',
    'name == "a" or no_such == 1',
  ];
  let before: readonly string[] = conditionsOf(() => 'a');
  let running: ServiceConfig = await load(configOf(before));
  for (let round = 0; round < 40; round++) {
    const isWrong = round % 4 === 3;
    const conditions = before.map((condition) =>
      random(10) === 0 ? (isWrong ? pick(random, wrong) : `name == "${pick(random, ['a', 'b', 'c'])}"`) : condition,
    );
    const options = { sources: [{ name: 'c.yaml', text: configOf(conditions) }], environment: {}, registry };
    const [alone, beside] = [await loadConfig(options), await loadConfig({ ...options, running })];
    assert.deepEqual(beside.errors, alone.errors);
    assert.equal(beside.ok, alone.ok);
    if (!beside.ok) continue;
    for (const [index, { id, config }] of [...beside.config.processors.values()].entries())
      assert.equal(config === running.processors.get(id)?.config, conditions[index] === before[index], id);
    running = beside.config;
    before = conditions;
  }
});

function pick(random: (bound: number) => number, values: readonly string[]): string {
  return values[random(values.length)] ?? '';
}
