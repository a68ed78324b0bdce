import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { systemClock } from '@otelier/transport/clock';
import { scrapeConfigsOf } from '../../../packages/collector/src/extensions/target_allocator/monitors/scrape-configs.ts';
import { targetAllocator } from '../../../packages/collector/src/extensions/target_allocator.ts';
import { FakeApiServer } from '../../../packages/collector/src/kubernetes/fake-api-server.testing.ts';
import { MONITORS } from './monitors/monitors.ts';

type Job = Readonly<Record<string, unknown>>;
type Rule = Readonly<Record<string, unknown>>;

/** The interval of endpoints without one is in the global section of Prometheus, and in each job here. */
const SCRAPE_INTERVAL = '45s';

test('serves the jobs that the Prometheus operator generates for the same monitors', async (t) => {
  const text = await readFile(join(import.meta.dirname, 'monitors', 'records.jsonl'), 'utf8');
  const recorded = text
    .trim()
    .split('\n')
    .map((line) => withoutShards(JSON.parse(line)));
  const expected = new Map(
    recorded.map((job) => [job['job_name'], normalized({ scrape_interval: SCRAPE_INTERVAL, ...job })]),
  );
  const settings = { scrapeInterval: SCRAPE_INTERVAL };
  const generated = MONITORS.flatMap((monitor) => scrapeConfigsOf(monitor, settings));
  assert.deepEqual(new Map(generated.map((job) => [job['job_name'], normalized(job)])), expected);

  const api = await FakeApiServer.start(t);
  const directory = await mkdtemp(join(tmpdir(), 'target-allocator-'));
  t.after(() => rm(directory, { recursive: true }));
  const kubeconfigFile = join(directory, 'config');
  await writeFile(kubeconfigFile, api.kubeConfig);
  for (const monitor of MONITORS)
    api.set(`/apis/monitoring.coreos.com/v1/${monitor.kind.toLowerCase()}s`, { ...monitor });
  const bench = await createComponentBench(targetAllocator, {
    clock: systemClock,
    config: {
      endpoint: '127.0.0.1:0',
      prometheus_cr: {
        enabled: true,
        scrape_interval: SCRAPE_INTERVAL,
        service_monitor_selector: {},
        pod_monitor_selector: {},
        allow_files: true,
        kubeconfig_file: kubeconfigFile,
      },
      collectors: { ids: ['one'] },
    },
  });
  t.after(() => bench.close());
  await bench.start();
  const address = bench.logs.find(({ msg }) => msg === 'target allocator listening')?.['address'];
  let response = await fetch(`http://${address}/scrape_configs`);
  while (response.status === 503) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    response = await fetch(`http://${address}/scrape_configs`);
  }
  const states = (await (await fetch(`http://${address}/monitors`)).json()) as { refused?: string }[];
  assert.deepEqual(
    states.filter(({ refused }) => refused !== undefined),
    [],
  );
  const served = Object.entries((await response.json()) as Record<string, Job>);
  const withoutDiscovery = [...expected].map(([name, { kubernetes_sd_configs: _, ...job }]) => [name, job] as const);
  assert.deepEqual(new Map(served.map(([name, job]) => [name, normalized(job)])), new Map(withoutDiscovery));
});

/** Returns a job without the rules of sharding, which keep all targets of a Prometheus with one shard. */
function withoutShards(job: Job): Job {
  const rules = job['relabel_configs'] as readonly Rule[];
  const sharding = rules.slice(-3);
  assert.ok(sharding.every((rule) => JSON.stringify(rule).includes('"__tmp_hash"')));
  return { ...job, relabel_configs: rules.slice(0, -3) };
}

/** Returns a job whose expressions are texts, as Prometheus reads numbers. */
function normalized(job: Job): Job {
  const rules = (job['relabel_configs'] as readonly Rule[]).map((rule) =>
    'regex' in rule ? { ...rule, regex: String(rule['regex']) } : rule,
  );
  return { ...job, relabel_configs: rules };
}
