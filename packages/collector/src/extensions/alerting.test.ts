import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { extensionContract } from '@otelier/testkit/component-contract';
import { createMemoryStore } from '@otelier/testkit/memory-store';
import { keyValues } from '@otelier/testkit/otlp-json';
import { batchOf } from '@otelier/testkit/request-codec';
import type { Extension } from '../component/contract.ts';
import type { OfferedAlerting } from './alerting/offered-alerting.ts';
import { alerting } from './alerting.ts';

extensionContract(alerting, { config: { groups: [{ name: 'g', rules: [{ alert: 'A', expr: 'up == 0' }] }] } });

test('errors of rules, SLOs and receivers name their place', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-alerting-check-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, 'a.yml');
  await writeFile(file, 'groups: [{name: g, rules: [{alert: A, expr: "sum("}]}]');
  const parsed = alerting.config.parse({
    ruleFiles: [join(directory, '*.yml'), join(directory, 'none-*.yml'), join(directory, 'missing.yml')],
    groups: [{ name: 'g', rules: [{ alert: 'A', expr: 'up', for: 'long' }] }],
    slos: [{ name: 'x', objective: 200, service: 'a' }],
    route: { receiver: 'unknown' },
    receivers: [{ name: 'team' }],
  });
  const issues = (alerting.check?.(parsed, {} as never) ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );
  assert.match(issues[0] ?? '', /^groups\.0\.rules\.0\.for: .*expected a duration such as "5m", got "long"/);
  assert.ok(
    issues.some((issue) => issue.startsWith(`rule_files.0: ${file}:1:`)),
    issues.join('\n'),
  );
  assert.ok(
    issues.some((issue) => /^rule_files\.2: .*missing\.yml: expected a readable file: no such file/.test(issue)),
  );
  assert.ok(issues.some((issue) => /^slos\.0\.objective: expected a percentage/.test(issue)));
  assert.ok(
    issues.some((issue) => /^route\.receiver: .*unknown/.test(issue)),
    issues.join('\n'),
  );
});

test('evaluates rules over the store of the service, in a directory of its own', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-alerting-ext-'));
  const config = {
    directory,
    evaluation_interval: '10s',
    groups: [{ name: 'g', rules: [{ alert: 'Down', expr: 'up == 0', labels: { severity: 'page' } }] }],
  };
  const bench = await createComponentBench(alerting, { config });
  t.after(async () => {
    await bench.close();
    await rm(directory, { recursive: true, force: true });
  });
  await bench.start();
  const store = createMemoryStore();
  bench.service.host.offerStore('clickhouse_store', store);
  const offers = bench.service.host.extension('tested')?.offers as OfferedAlerting;
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) {
      await bench.clock.advance(1000);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await until(() => offers.rules.groups().length === 1);
  const dataPoints = [
    { timeUnixNano: `${BigInt(bench.clock.now()) * 1_000_000n}`, asDouble: 0, attributes: keyValues({}) },
  ];
  const metrics = [{ name: 'up', gauge: { dataPoints } }];
  const resource = { attributes: keyValues({ 'service.name': 'api' }) };
  await store.append(batchOf('metrics', { resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] }));
  await until(() => (offers.rules.groups()[0]?.rules[0]?.alerts.length ?? 0) > 0);
  assert.partialDeepStrictEqual(offers.rules.groups()[0]?.rules[0], {
    health: 'ok',
    alerts: [{ labels: { alertname: 'Down', job: 'api', severity: 'page' }, state: 'firing' }],
  });
  const extension = bench.service.host.extension('tested') as Extension;
  const measured = new Map(extension.metrics?.().map((metric) => [metric.name, metric.points[0]]));
  assert.partialDeepStrictEqual(measured.get('prometheus_rule_evaluation_failures'), {
    attributes: { rule_group: 'otelier;g' },
    value: 0,
  });
  const evaluations = measured.get('prometheus_rule_evaluations');
  assert.ok(evaluations !== undefined && 'value' in evaluations && evaluations.value > 0);
});
