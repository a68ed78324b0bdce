import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adjustedCount, parseThreshold, TraceState } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { createRandom } from '@otelier/testkit/otlp/random';
import type { SpanJson } from '@otelier/testkit/otlp-json';
import { batchOf, decodeRequest } from '@otelier/testkit/request-codec';
import { ruleSampler } from './rule_sampler.ts';

processorContract(ruleSampler, { config: { rules: [], dry_run: true } });

type Config = Readonly<Record<string, unknown>>;

const RULES: Config = {
  rules: [
    { name: 'errors', conditions: ['status.code == STATUS_CODE_ERROR', 'name == "boom"'], action: 'keep' },
    { name: 'health', attributes: { 'http.route': '/healthz' }, action: 'drop' },
    { name: 'canary', resource_attributes: { stage: 'canary' }, attributes: { beta: true, n: 7 }, action: 'keep' },
    { name: 'half', conditions: ['name == "half"'], action: 'probability', sampling_percentage: 50 },
  ],
  default: { action: 'drop' },
};

test('applies the first rule that matches, and records the weight of what it keeps', async () => {
  const bench = await benchOf(RULES);
  const route = { key: 'http.route', value: { stringValue: '/healthz' } };
  await send(bench, [
    { name: 'a', traceId: LOW, status: { code: 2 }, attributes: [route] },
    { name: 'boom', traceId: LOW },
    { name: 'b', traceId: HIGH, attributes: [route] },
    { name: 'c', traceId: LOW, attributes: [flag(true), number(7)] },
    { name: 'd', traceId: HIGH, attributes: [flag(true), number(8)] },
    { name: 'half', traceId: LOW },
    { name: 'half', traceId: HIGH, traceState: 'vendor=1' },
    { name: 'half', traceId: HIGH, traceState: 'ot=th:8' },
    { name: 'half', traceId: HIGHEST, traceState: 'ot=th:8' },
  ]);
  assert.deepEqual(received(bench), [
    'a ot=th:0',
    'boom ot=th:0',
    'c ot=th:0',
    'half ot=th:8,vendor=1',
    'half ot=th:c',
  ]);
  assert.deepEqual(bench.dropped(), { 'rule health': 1, 'rule half': 2, 'rule default': 1 });
  await bench.close();
});

test('a dry run forwards everything unchanged and logs the counts of each rule', async () => {
  const bench = await benchOf({ ...RULES, dry_run: true, report_interval: '10s' });
  const batch = await send(bench, [
    { name: 'boom', traceId: LOW },
    { name: 'half', traceId: LOW },
    { name: 'half', traceId: HIGH },
    { name: 'other', traceId: LOW },
  ]);
  assert.equal(bench.received[0], batch);
  assert.deepEqual(bench.dropped(), {});
  const reports = () => bench.logs.filter(({ msg }) => String(msg).startsWith('dry run of rules'));
  await bench.clock.advance(10_000);
  await bench.clock.advance(10_000);
  const counts = {
    errors: { matched: 1, kept: 1 },
    health: { matched: 0, kept: 0 },
    canary: { matched: 0, kept: 0 },
    half: { matched: 2, kept: 1 },
    default: { matched: 1, kept: 0 },
  };
  assert.deepEqual(
    reports().map(({ rules }) => rules),
    [counts],
  );
  await send(bench, [{ name: 'other', traceId: LOW }]);
  await bench.close();
  assert.deepEqual(reports()[1]?.['rules'], { ...counts, default: { matched: 2, kept: 0 } });
});

test('limits the rate of a rule on average, with weights that estimate the total', async () => {
  const bench = await benchOf({
    rules: [{ name: 'noisy', conditions: ['name == "noisy"'], action: 'rate_limit', items_per_second: 20 }],
  });
  const random = createRandom(9);
  let kept = 0;
  let weight = 0;
  for (let second = 0; second < 100; second++) {
    const noisy = Array.from({ length: 500 }, () => ({ name: 'noisy', traceId: traceId(random) }));
    await send(bench, [...noisy, { name: 'quiet', traceId: LOW }]);
    for (const text of received(bench)) {
      if (text.startsWith('quiet')) continue;
      kept += 1;
      const state = TraceState.parse(text.split(' ')[1] ?? '');
      assert.ok(typeof state === 'object' && state.threshold !== undefined);
      weight += adjustedCount(state.threshold);
    }
    bench.received.length = 0;
    await bench.clock.advance(1000);
  }
  await bench.close();
  assert.ok(kept > 1800 && kept < 2300, `${kept} kept`);
  assert.ok(Math.abs(weight / 50_000 - 1) < 0.05, `${weight} estimated`);
});

test('samples log records, and skips rules about spans', async () => {
  const random = createRandom(17);
  const bench = await createComponentBench(ruleSampler, {
    config: {
      rules: [
        { name: 'spans', conditions: ['kind == SPAN_KIND_SERVER'], action: 'drop' },
        { name: 'warnings', conditions: ['severity_number >= SEVERITY_NUMBER_WARN'], action: 'keep' },
      ],
      default: { action: 'probability', sampling_percentage: 25 },
    },
    signals: ['logs'],
    random: () => random(2 ** 31) / 2 ** 31,
  });
  await bench.start();
  const logRecords = Array.from({ length: 4000 }, (_, i) => ({ severityNumber: i % 100 === 0 ? 13 : 9 }));
  await bench.send(batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] }));
  await bench.close();
  let weight = 0;
  let warnings = 0;
  for (const { severityNumber, attributes = [] } of bench.received
    .flatMap(({ parts }) => parts.flatMap((part) => decodeRequest('logs', part).resourceLogs ?? []))
    .flatMap(({ scopeLogs = [] }) => scopeLogs.flatMap(({ logRecords: records = [] }) => records))) {
    const threshold = parseThreshold(
      attributes.find(({ key }) => key === 'sampling.threshold')?.value?.stringValue ?? '',
    );
    assert.ok(threshold !== undefined);
    weight += adjustedCount(threshold);
    if (severityNumber === 13) warnings += 1;
  }
  assert.equal(warnings, 40);
  assert.ok(Math.abs(weight / 4000 - 1) < 0.1, `${weight} estimated`);
});

test('refuses rules that cannot work, naming their place', async () => {
  const refused: readonly (readonly [Config, RegExp])[] = [
    [{ rules: [{ name: 'a', action: 'probability' }] }, /rules\[0\]\.sampling_percentage: expected a percentage/],
    [{ rules: [{ name: 'a', action: 'rate_limit' }] }, /rules\[0\]\.items_per_second: expected a number/],
    [{ default: { action: 'rate_limit' } }, /default\.items_per_second: expected a number/],
    [
      { rules: [{ name: 'a', conditions: ['nam == "x"'], action: 'keep' }] },
      /rules\[0\]\.conditions\[0\]: .*"nam".*name/,
    ],
    [
      {
        rules: [
          { name: 'a', action: 'keep' },
          { name: 'a', action: 'drop' },
        ],
      },
      /rules\[1\]\.name: expected a name of its own/,
    ],
    [{ rules: [{ name: 'a', action: 'sample' }] }, /rules\[0\]\.action: expected/],
  ];
  for (const [config, message] of refused) await assert.rejects(createComponentBench(ruleSampler, { config }), message);
});

const LOW = '00000000000000000010000000000000';
const HIGH = '000000000000000000a0000000000000';
const HIGHEST = '000000000000000000f0000000000000';

const flag = (boolValue: boolean) => ({ key: 'beta', value: { boolValue } });
const number = (intValue: number) => ({ key: 'n', value: { intValue } });

function traceId(random: (bound: number) => number): string {
  return Array.from({ length: 8 }, () => random(0x1_0000).toString(16).padStart(4, '0')).join('');
}

async function benchOf(config: Config): Promise<ComponentBench> {
  const bench = await createComponentBench(ruleSampler, { config, signals: ['traces'] });
  await bench.start();
  return bench;
}

async function send(bench: ComponentBench, spans: readonly SpanJson[]) {
  const resource = { attributes: [{ key: 'stage', value: { stringValue: 'canary' } }] };
  const batch = batchOf('traces', { resourceSpans: [{ resource, scopeSpans: [{ spans: [...spans] }] }] });
  await bench.send(batch);
  return batch;
}

/** Returns the names and trace states of the received spans. */
function received(bench: ComponentBench): readonly string[] {
  return bench.received
    .flatMap(({ parts }) => parts.flatMap((part) => decodeRequest('traces', part).resourceSpans ?? []))
    .flatMap(({ scopeSpans = [] }) => scopeSpans.flatMap(({ spans = [] }) => spans))
    .map(({ name, traceState }) => `${name} ${traceState}`);
}
