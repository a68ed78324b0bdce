import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import type { Comparison } from '../check.ts';
import { NODE, OTELIER } from '../gateway.ts';
import { type Running, runStep, startServer } from '../processes.ts';
import { startTargets, type Targets } from './targets.ts';

/** Two Collectors and the receiver of otelier, by their names in the allocator. */
const COLLECTORS = ['go-0', 'go-1', 'otelier-0'];
const JOBS = ['web shop', 'cart'];
const TARGETS_PER_JOB = 60;
/** Targets of each job that go and come. */
const CHURN = 20;
/** Time for which scrapes are compared, which is a multiple of the interval of all jobs. */
const WINDOW_MILLIS = 3000;
const DEADLINE_MILLIS = 20_000;

/** Names of targets by job. */
type Assigned = ReadonlyMap<string, readonly string[]>;

/**
 * Compares the targets that two Collectors and the receiver of otelier scrape with those that the extension assigns to them,
 * before and after targets and jobs change. The Collector is built into `peers` at first.
 */
export async function compareAllocation(peers: string): Promise<Comparison> {
  const program = join(peers, 'otelcol-allocated');
  const source = join(import.meta.dirname, 'collector');
  await runStep(['env', 'CGO_ENABLED=0', 'GOTOOLCHAIN=local', 'go', 'build', '-trimpath', '-o', program, '.'], source);
  const directory = await mkdtemp(join(tmpdir(), 'otelier-allocator-'));
  const targets = await startTargets(JOBS.length * (TARGETS_PER_JOB + CHURN));
  const [port = 0] = await freePorts(1);
  const running: Running[] = [];
  const names = (job: number, from: number, to: number): readonly string[] =>
    targets.addresses.slice(job * (TARGETS_PER_JOB + CHURN)).slice(from, to);
  const assign = async (from: number, to: number): Promise<Assigned> => {
    const assigned = new Map(JOBS.map((job, index) => [job, names(index, from, to)]));
    for (const [job, addresses] of assigned) await writeTargets(directory, job, addresses);
    return assigned;
  };
  const startAllocator = async (params: object): Promise<Running> => {
    const path = join(directory, 'allocator.json');
    await writeFile(path, JSON.stringify(allocatorConfig(directory, port, params)));
    return startServer([NODE, OTELIER, '--config', path], [port]);
  };
  try {
    let assigned = await assign(0, TARGETS_PER_JOB);
    let allocator = await startAllocator({ module: ['one'] });
    for (const name of COLLECTORS) {
      const path = join(directory, `${name}.json`);
      await writeFile(path, JSON.stringify(collectorConfig(name, port)));
      const command = name.startsWith('go') ? [program] : [NODE, OTELIER];
      running.push(await startServer([...command, '--config', path], []));
    }
    const results: Comparison[] = [await compareScrapes('at first', port, targets, assigned, 'one')];
    assigned = await assign(CHURN, TARGETS_PER_JOB + CHURN);
    results.push(await compareScrapes('after targets have changed', port, targets, assigned, 'one'));
    await allocator.stop();
    targets.forget();
    await setTimeout(WINDOW_MILLIS);
    results.push(differences('without the allocator', targets, expectedScrapes(assigned, 'one'), true));
    allocator = await startAllocator({ module: ['two'] });
    running.push(allocator);
    results.push(await compareScrapes('after jobs have changed', port, targets, assigned, 'two'));
    const compared = results.reduce((sum, result) => sum + result.compared, 0);
    return { compared, mismatches: results.flatMap(({ mismatches }) => mismatches) };
  } finally {
    await Promise.all(running.map((one) => one.stop()));
    await targets.close();
    await rm(directory, { recursive: true });
  }
}

/** Writes the file of targets of a job at once, so that no half of it is read. */
async function writeTargets(directory: string, job: string, addresses: readonly string[]): Promise<void> {
  const path = join(directory, `${job}.targets.json`);
  await writeFile(`${path}.new`, JSON.stringify([{ targets: addresses, labels: { tier: 'front' } }]));
  await rename(`${path}.new`, path);
}

function allocatorConfig(directory: string, port: number, params: object) {
  const jobs = JOBS.map((job) => ({
    job_name: job,
    scrape_interval: '1s',
    metrics_path: `/${job}`,
    params,
    file_sd_configs: [{ files: [join(directory, `${job}.targets.json`)], refresh_interval: '1s' }],
    relabel_configs: [{ source_labels: ['tier'], regex: 'front', action: 'keep' }],
  }));
  const extension = {
    endpoint: `127.0.0.1:${port}`,
    config: { scrape_configs: jobs },
    collectors: { ids: COLLECTORS },
  };
  return {
    extensions: { target_allocator: extension },
    receivers: { nop: {} },
    exporters: { nop: {} },
    service: {
      extensions: ['target_allocator'],
      pipelines: { metrics: { receivers: ['nop'], exporters: ['nop'] } },
    },
  };
}

/** The name of the collector is the user of its scrapes. */
function collectorConfig(name: string, port: number) {
  const allocator = {
    endpoint: `http://127.0.0.1:${port}`,
    interval: '1s',
    collector_id: name,
    http_sd_config: { refresh_interval: '1s' },
    http_scrape_config: { basic_auth: { username: name, password: 'unused' } },
  };
  return {
    receivers: { prometheus: { config: {}, target_allocator: allocator } },
    exporters: { nop: {} },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: { metrics: { receivers: ['prometheus'], exporters: ['nop'] } },
    },
  };
}

/** Waits until all scrapes of a time are those expected, or returns how they differ after some time. */
async function compareScrapes(phase: string, port: number, targets: Targets, assigned: Assigned, module: string) {
  const deadline = Date.now() + DEADLINE_MILLIS;
  for (;;) {
    targets.forget();
    await setTimeout(WINDOW_MILLIS);
    const compared = differences(phase, targets, expectedScrapes(assigned, module));
    const served = await assignmentDifferences(phase, port, assigned, targets);
    const mismatches = [...compared.mismatches, ...served];
    if (mismatches.length === 0 || Date.now() > deadline) return { compared: compared.compared, mismatches };
  }
}

/** Returns the path of the scrapes of each target. */
function expectedScrapes(assigned: Assigned, module: string): ReadonlyMap<string, string> {
  return new Map(
    [...assigned].flatMap(([job, addresses]) =>
      addresses.map((address) => [address, `/${encodeURIComponent(job)}?module=${module}`] as const),
    ),
  );
}

/** Returns how the scrapes differ from one collector for each expected target. */
function differences(
  phase: string,
  targets: Targets,
  expected: ReadonlyMap<string, string>,
  isUnassigned = false,
): Comparison {
  const mismatches = targets.addresses.flatMap((address): readonly string[] => {
    const scrapes = targets.scrapesOf(address);
    const path = expected.get(address);
    const by = [...new Set(scrapes.map(({ collector }) => collector))];
    const paths = [...new Set(scrapes.map((scrape) => scrape.path))];
    const isExpected = path === undefined ? by.length === 0 : by.length === 1 && paths.join() === path;
    const wanted = path === undefined ? 'no scrape' : `one collector and ${path}`;
    const when = isUnassigned ? `${phase}, ` : `${phase}: `;
    return isExpected ? [] : [`${when}${address}: expected ${wanted}, got ${by} and ${paths}`];
  });
  return { compared: expected.size, mismatches };
}

/** Returns the targets that another collector scrapes than the one that the allocator tells. */
async function assignmentDifferences(phase: string, port: number, assigned: Assigned, targets: Targets) {
  const mismatches: string[] = [];
  for (const job of assigned.keys())
    for (const collector of COLLECTORS) {
      const url = `http://127.0.0.1:${port}/jobs/${encodeURIComponent(job)}/targets?collector_id=${collector}`;
      const groups = (await (await fetch(url)).json()) as { targets: string[] }[];
      if (groups.length === 0) mismatches.push(`${phase}: expected targets of ${job} for ${collector}, got none`);
      for (const address of groups.flatMap((group) => group.targets)) {
        const by = new Set(targets.scrapesOf(address).map((scrape) => scrape.collector));
        if (by.size !== 1 || !by.has(collector))
          mismatches.push(`${phase}: ${address}: expected ${collector}, got ${[...by]}`);
      }
    }
  return mismatches;
}
