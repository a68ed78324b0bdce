import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { parse } from 'yaml';
import { NODE, OTELIER } from '../gateway.ts';
import { type Running, runToEnd, startServer } from '../processes.ts';
import { MONITORS } from '../target-allocator/monitors/monitors.ts';
import type { Cluster } from './cluster.ts';
import { type Labels, labelsText, startPrometheus } from './prometheus.ts';

type Prometheus = Awaited<ReturnType<typeof startPrometheus>>;
type Job = Readonly<Record<string, unknown>> & { readonly job_name: string };

const SOURCE = join(import.meta.dirname, '../target-allocator/monitors');
const NAMESPACE = 'shop';
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
const DEADLINE_MILLIS = 60_000;
/** Names of the compared labels. */
const COMPARED = /^(__address__|__meta_)/;
/** Monitors but the one that names files, which are not there. */
const OWN = MONITORS.filter(({ metadata: { name } }) => name !== 'tls');

/**
 * Compares the targets that the extension `target_allocator` finds for monitors with those that Prometheus finds with the
 * configuration that the Prometheus operator has generated for the same monitors, before and after pods and monitors change. The
 * definitions of monitors are missing at first.
 */
export async function compareMonitors(cluster: Cluster, prometheus: string) {
  const running: Pick<Running, 'stop'>[] = [];
  const [port = 0] = await freePorts(1);
  const get = async (path: string): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return response.status === 200 ? response.json() : {};
  };
  try {
    const path = join(cluster.directory, 'allocator.json');
    await writeFile(path, JSON.stringify(allocatorConfig(port, cluster.kubeConfig)));
    running.push(await startServer([NODE, OTELIER, '--config', path], [port]));
    const jobs = async (): Promise<readonly string[]> => Object.keys((await get('/jobs')) as object);
    await until('the configured job', async () => (await jobs()).join() === 'static');
    await createDefinitions(cluster);
    await createWorkloads(cluster);
    const peer = await startPrometheus(cluster, prometheus, await jobsIn(cluster));
    running.push(peer);
    await until('all jobs', async () => (await jobs()).length === (await recordedJobs()).length + 1);
    const first = await untilEqual(peer, get);
    await cluster.send('DELETE', `${PODS}/web-0`, { gracePeriodSeconds: 0 });
    await createPod(cluster, 20);
    await until('the new pod', async () =>
      JSON.stringify(await get(targetsPath('podMonitor/shop/plain/0'))).includes('10.3.0.20'),
    );
    const second = await untilEqual(peer, get);
    const monitor = `/apis/monitoring.coreos.com/v1/namespaces/${NAMESPACE}/podmonitors/plain`;
    await cluster.send('PATCH', monitor, {
      spec: { podMetricsEndpoints: [{ port: 'http', basicAuth: { username: { name: 'a', key: 'b' } } }] },
    });
    await until('the refused monitor', async () =>
      JSON.stringify(await get('/monitors')).includes('podMetricsEndpoints[0].basicAuth'),
    );
    await cluster.send('DELETE', monitor);
    await until('a job less', async () => !JSON.stringify(await get('/monitors')).includes('PodMonitor shop/plain'));
    return {
      compared: first.compared + second.compared,
      mismatches: [...first.mismatches, ...second.mismatches],
    };
  } finally {
    await Promise.all(running.map((one) => one.stop()));
  }
}

function allocatorConfig(port: number, kubeConfig: string) {
  const extension = {
    endpoint: `127.0.0.1:${port}`,
    config: { scrape_configs: [{ job_name: 'static', static_configs: [{ targets: ['static:1'] }] }] },
    prometheus_cr: {
      enabled: true,
      service_monitor_selector: {},
      pod_monitor_selector: {},
      allow_files: true,
      kubeconfig_file: kubeConfig,
    },
    collectors: { ids: ['one', 'two'] },
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

/** Creates the definitions of monitors, which are files of the Prometheus operator, and the monitors. */
async function createDefinitions(cluster: Cluster): Promise<void> {
  const module = 'github.com/prometheus-operator/prometheus-operator';
  const { stdout } = await runToEnd(['go', 'list', '-m', '-f', '{{.Dir}}', module], { GOFLAGS: '-mod=mod' }, SOURCE);
  for (const kind of ['servicemonitors', 'podmonitors']) {
    const file = join(stdout.trim(), 'example/prometheus-operator-crd', `monitoring.coreos.com_${kind}.yaml`);
    const definition = parse(await readFile(file, 'utf8')) as object;
    await cluster.send('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
  }
  await cluster.send('POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE } });
  for (const monitor of OWN) {
    const { name, namespace } = monitor.metadata;
    const path = `/apis/monitoring.coreos.com/v1/namespaces/${NAMESPACE}/${monitor.kind.toLowerCase()}s`;
    await until(path, () => cluster.send('POST', path, { ...monitor, metadata: { name, namespace } }).then(() => true));
  }
}

/** Creates pods and services that some of the monitors select. The controllers make the endpoint slices. */
async function createWorkloads(cluster: Cluster): Promise<void> {
  for (let index = 0; index < 12; index++) await createPod(cluster, index);
  const ports = [
    { name: 'http', port: 80, targetPort: 8080 },
    { name: 'admin', port: 81, targetPort: 9090 },
  ];
  for (const [name, labels] of Object.entries({ web: { app: 'web', tier: 'front' }, other: { app: 'other' } }))
    await cluster.send('POST', `/api/v1/namespaces/${NAMESPACE}/services`, {
      metadata: { name, labels },
      spec: { selector: { app: labels.app }, ports },
    });
}

async function createPod(cluster: Cluster, number: number): Promise<void> {
  const name = `web-${number}`;
  const app = number % 3 === 0 ? 'other' : 'web';
  const ports = [
    { containerPort: 8080, name: 'http' },
    { containerPort: 9090, name: 'metrics' },
  ];
  await cluster.send('POST', PODS, {
    metadata: { name, labels: { app, version: `v${number}`, 'app.kubernetes.io/name': 'web', tier: 'front' } },
    spec: { nodeName: 'node-1', containers: [{ name: 'main', image: 'web:1', ports }] },
  });
  const podIP = `10.3.0.${number}`;
  // Monitors do not scrape pods that have ended, unless they say so.
  const phase = number % 5 === 4 ? 'Succeeded' : 'Running';
  const conditions = [{ type: 'Ready', status: 'True' }];
  await cluster.send('PATCH', `${PODS}/${name}/status`, {
    status: { phase, podIP, podIPs: [{ ip: podIP }], conditions },
  });
}

async function recordedJobs(): Promise<readonly Job[]> {
  const text = await readFile(join(SOURCE, 'records.jsonl'), 'utf8');
  const jobs = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line.replaceAll('$(SHARD)', '0')) as Job);
  return jobs.filter(({ job_name: name }) => !name.startsWith('serviceMonitor/shop/tls/'));
}

/** Returns the recorded jobs, with the kubeconfig file of a cluster. */
async function jobsIn(cluster: Cluster): Promise<readonly Job[]> {
  return (await recordedJobs()).map((job) => ({
    ...job,
    kubernetes_sd_configs: (job['kubernetes_sd_configs'] as object[]).map((one) => ({
      ...one,
      kubeconfig_file: cluster.kubeConfig,
    })),
  }));
}

/** Compares until the targets of all jobs are equal, or returns how they differ after some time. */
async function untilEqual({ targets }: Prometheus, get: (path: string) => Promise<unknown>) {
  const deadline = Date.now() + DEADLINE_MILLIS;
  const names = (await recordedJobs()).map(({ job_name: name }) => name);
  for (;;) {
    const { activeTargets } = await targets();
    let compared = 0;
    const mismatches: string[] = [];
    for (const name of names) {
      const expected = activeTargets.filter(({ scrapePool }) => scrapePool === name);
      const texts = new Set(expected.map(({ discoveredLabels }) => labelsText(discoveredLabels, COMPARED)));
      const byCollector = Object.values((await get(targetsPath(name))) as object) as { targets: Group[] }[];
      const groups = byCollector.flatMap(({ targets }) => targets);
      const got = groups.map(({ targets: [address = ''], labels }) =>
        labelsText({ ...labels, __address__: address }, COMPARED),
      );
      compared += texts.size;
      mismatches.push(...[...texts].filter((text) => !got.includes(text)).map((text) => `${name}: missing ${text}`));
      mismatches.push(...got.filter((text) => !texts.has(text)).map((text) => `${name}: unexpected ${text}`));
    }
    if ((mismatches.length === 0 && compared > 100) || Date.now() > deadline) return { compared, mismatches };
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

interface Group {
  readonly targets: readonly string[];
  readonly labels: Labels;
}

function targetsPath(job: string): string {
  return `/jobs/${encodeURIComponent(job)}/targets`;
}

async function until(what: string, check: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MILLIS;
  for (;;) {
    const isDone = await check().catch((error: unknown) => {
      if (Date.now() > deadline) throw error;
      return false;
    });
    if (isDone) return;
    if (Date.now() > deadline) throw new Error(`expected ${what} within ${DEADLINE_MILLIS / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
