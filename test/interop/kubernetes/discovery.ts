import { systemClock } from '@otelier/transport';
import { pino } from 'pino';
import {
  KUBERNETES_ROLES,
  kubernetesDiscoveryField,
} from '../../../packages/collector/src/receivers/prometheus/config/kubernetes.ts';
import { createKubernetesDiscovery } from '../../../packages/collector/src/receivers/prometheus/discovery/kubernetes/kubernetes.ts';
import type { Cluster } from './cluster.ts';
import { type Labels, labelsText, startPrometheus } from './prometheus.ts';
import { NAMESPACE } from './workloads.ts';

/** Names of the compared labels. */
const COMPARED = /^(?:__address__|__meta_|instance)/;
/** Prometheus makes the targets of a slice again when the slice changes, but not when only a label of a pod does. */
const OF_SLICES = /^(?:__address__|__meta_|instance)(?!.*_round$)/;

type Prometheus = Awaited<ReturnType<typeof startPrometheus>>;

/** Pods that only targets are made of. Each has two ports. */
const POD_COUNT = 500;
/** Pods that are deleted, changed and added during the comparison. */
const CHURN = 150;
/** Pods that are created at once. */
const CONCURRENCY = 10;

const ATTACHED = { node: true, namespace: true, deployment: true, job: true, cronjob: true };

/**
 * Compares the targets that otelier and Prometheus discover on the same API server, for all roles, before and after pods
 * come, change and go.
 */
export async function compareDiscovery(cluster: Cluster, prometheus: string) {
  await createTargets(cluster);
  const jobs = KUBERNETES_ROLES.map((role) => ({ role, attach_metadata: role === 'service' ? {} : ATTACHED }));
  const scrapeConfigs = jobs.map((job) => ({
    job_name: job.role,
    scrape_interval: '1h',
    // Active targets with the same labels would be one.
    relabel_configs: [{ action: 'drop', regex: '.*', source_labels: ['__address__'] }],
    kubernetes_sd_configs: [{ ...job, kubeconfig_file: cluster.kubeConfig }],
  }));
  const server = await startPrometheus(cluster, prometheus, scrapeConfigs);
  const found = new Map<string, readonly Labels[]>();
  const discoveries = jobs.map(({ role, attach_metadata }) => {
    const [parsed] = kubernetesDiscoveryField().parse([
      { role, attachMetadata: attach_metadata, kubeconfigFile: cluster.kubeConfig },
    ]);
    if (parsed === undefined) throw new Error('expected a configuration');
    const context = { clock: systemClock, random: Math.random, environment: {}, job: role };
    const discovery = createKubernetesDiscovery(parsed, { ...context, logger: pino({ level: 'silent' }) });
    return { role, discovery };
  });
  try {
    for (const { role, discovery } of discoveries) await discovery.start((targets) => found.set(role, targets));
    const before = await untilEqual(server, found, ({ length }) => length > 1000);
    await changeTargets(cluster);
    const after = await untilEqual(server, found, (targets) =>
      targets.some((text) => text.includes('"target-added-1"')),
    );
    return { compared: before.compared + after.compared, mismatches: [...before.mismatches, ...after.mismatches] };
  } finally {
    await Promise.all(discoveries.map(({ discovery }) => discovery.stop()));
    await server.stop();
  }
}

/** Compares until the targets are equal, or returns how they differ after some time. */
async function untilEqual(
  server: Prometheus,
  found: ReadonlyMap<string, readonly Labels[]>,
  isComplete: (pods: readonly string[]) => boolean,
) {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const theirs = await targetsByJob(server);
    const mismatches = KUBERNETES_ROLES.flatMap((role) =>
      differences(role, new Set(theirs.get(role)), new Set((found.get(role) ?? []).map(textOf))),
    );
    const compared = [...theirs.values()].reduce((sum, { length }) => sum + length, 0);
    const isDone = mismatches.length === 0 && isComplete(theirs.get('pod') ?? []);
    if (isDone || Date.now() > deadline) return { compared, mismatches };
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function differences(role: string, expected: ReadonlySet<string>, got: ReadonlySet<string>): string[] {
  const counts = `${role} (${expected.size} expected, ${got.size} found)`;
  return [
    ...[...expected].filter((text) => !got.has(text)).map((text) => `${counts}: missing ${text}`),
    ...[...got].filter((text) => !expected.has(text)).map((text) => `${counts}: unexpected ${text}`),
  ];
}

async function targetsByJob({ targets }: Prometheus): Promise<ReadonlyMap<string, readonly string[]>> {
  const { activeTargets, droppedTargets } = await targets();
  const byJob = new Map<string, string[]>();
  for (const { discoveredLabels } of [...activeTargets, ...droppedTargets]) {
    const job = discoveredLabels['job'] ?? '';
    byJob.set(job, [...(byJob.get(job) ?? []), textOf(discoveredLabels)]);
  }
  return byJob;
}

function textOf(labels: Labels): string {
  return labelsText(labels, '__meta_kubernetes_endpointslice_name' in labels ? OF_SLICES : COMPARED);
}

function targetPod(name: string, number: number, labels: Labels) {
  return {
    metadata: { name, namespace: NAMESPACE, labels: { ...labels, app: 'target' }, annotations: { 'a/b-c': name } },
    spec: {
      nodeName: 'node-1',
      containers: [
        {
          name: 'main',
          image: 'target:1',
          ports: [{ containerPort: 8080, name: 'http' }, { containerPort: 9000 + (number % 10) }],
        },
      ],
    },
  };
}

async function createPod(cluster: Cluster, name: string, number: number, labels: Labels = {}): Promise<void> {
  const path = `/api/v1/namespaces/${NAMESPACE}/pods`;
  await cluster.send('POST', path, targetPod(name, number, labels));
  const podIP = `10.2.${number >> 8}.${number & 255}`;
  const status = {
    phase: 'Running',
    podIP,
    podIPs: [{ ip: podIP }],
    conditions: [{ type: 'Ready', status: number % 7 === 0 ? 'False' : 'True' }],
  };
  await cluster.send('PATCH', `${path}/${name}/status`, { status });
}

async function inParallel(count: number, run: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) await run(index);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
}

async function createTargets(cluster: Cluster): Promise<void> {
  const services = `/api/v1/namespaces/${NAMESPACE}/services`;
  await cluster.send('POST', services, {
    metadata: { name: 'targets', namespace: NAMESPACE, labels: { tier: 'front' } },
    spec: { selector: { app: 'target' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
  });
  await cluster.send('POST', services, {
    metadata: { name: 'outside', namespace: NAMESPACE },
    spec: { type: 'ExternalName', externalName: 'example.com', ports: [{ port: 443 }] },
  });
  await cluster.send('POST', `/apis/networking.k8s.io/v1/namespaces/${NAMESPACE}/ingresses`, {
    metadata: { name: 'front', namespace: NAMESPACE },
    spec: {
      tls: [{ hosts: ['*.example.com'] }],
      rules: ['shop.example.com', 'example.org'].map((host) => ({
        host,
        http: {
          paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'targets', port: { number: 80 } } } }],
        },
      })),
    },
  });
  await inParallel(POD_COUNT, (index) => createPod(cluster, `target-${index}`, index));
}

/** Deletes, changes and adds pods. */
async function changeTargets(cluster: Cluster): Promise<void> {
  const path = `/api/v1/namespaces/${NAMESPACE}/pods`;
  await inParallel(CHURN, async (index) => {
    await cluster.send('DELETE', `${path}/target-${index}`, { gracePeriodSeconds: 0 });
    const changed = { metadata: { labels: { round: 'two' } } };
    await cluster.send('PATCH', `${path}/target-${POD_COUNT - 1 - index}`, changed);
    await createPod(cluster, `target-added-${index}`, 1000 + index, { round: 'two' });
  });
}
