import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { keyValues } from '@otelier/testkit/otlp-json';
import { startRecordingHttpServer } from '@otelier/testkit/recording-http-server';
import { batchOf, decodeRequest } from '@otelier/testkit/request-codec';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { systemClock } from '@otelier/transport';
import { k8sAttributes } from '../../../packages/collector/src/processors/k8s_attributes.ts';
import { startServer } from '../processes.ts';
import type { Cluster } from './cluster.ts';

type Texts = Readonly<Record<string, string>>;

/** Attributes of a resource, each value as JSON. */
type Enriched = Readonly<Record<string, string>>;

const METADATA = [
  ...['container.id', 'container.image.name', 'container.image.repo_digests', 'container.image.tag'],
  ...['k8s.cluster.uid', 'k8s.container.name', 'k8s.cronjob.name', 'k8s.cronjob.uid', 'k8s.daemonset.name'],
  ...['k8s.daemonset.uid', 'k8s.deployment.name', 'k8s.deployment.uid', 'k8s.job.name', 'k8s.job.uid'],
  ...['k8s.namespace.name', 'k8s.node.name', 'k8s.node.uid', 'k8s.pod.hostname', 'k8s.pod.ip', 'k8s.pod.name'],
  ...['k8s.pod.start_time', 'k8s.pod.uid', 'k8s.replicaset.name', 'k8s.replicaset.uid', 'k8s.statefulset.name'],
  ...['k8s.statefulset.uid', 'service.instance.id', 'service.name', 'service.namespace', 'service.version'],
];
const OWNERS = ['pod', 'namespace', 'node', 'deployment', 'replicaset', 'statefulset', 'daemonset', 'job'];
const ASSOCIATIONS = [['k8s.pod.ip'], ['k8s.pod.uid'], ['k8s.pod.name', 'k8s.namespace.name'], ['container.id']].map(
  (names) => ({ sources: names.map((name) => ({ from: 'resource_attribute', name })) }),
);

/** Configurations that are compared. */
const CONFIGURATIONS: readonly object[] = [
  {},
  { extract: { metadata: METADATA, otel_annotations: true }, pod_association: ASSOCIATIONS },
  {
    pod_association: ASSOCIATIONS,
    extract: {
      metadata: ['service.name', 'k8s.deployment.name'],
      labels: OWNERS.flatMap((from) => [
        { key: 'team', from },
        { key_regex: 'app.*', from },
        { key_regex: '(e).*', tag_name: `${from}.$$1`, from },
      ]),
      annotations: OWNERS.map((from) => ({ key_regex: '(owner|note)', from })),
    },
  },
  {
    extract: { metadata: ['k8s.pod.name'] },
    filter: { labels: [{ key: 'app', op: 'exists' }] },
    exclude: { pods: [{ name: 'db' }] },
  },
];

/** Compares the attributes that otelier and the Collector add to resources of all pods in a cluster. */
export async function compareAttributes(cluster: Cluster, collector: string, pods: readonly KubernetesPod[]) {
  const mismatches: string[] = [];
  let compared = 0;
  const resources = pods.flatMap(resourcesOf);
  for (const [number, configuration] of CONFIGURATIONS.entries()) {
    const theirs = await enrichByCollector(cluster, collector, configuration, resources);
    const ours = await enrichHere(cluster, configuration, resources);
    resources.forEach((resource, index) => {
      compared += 1;
      const difference = differenceOf(ours[index] ?? {}, theirs[index] ?? {});
      if (difference !== '') mismatches.push(`configuration ${number}, ${JSON.stringify(resource)}: ${difference}`);
    });
  }
  return { compared, mismatches };
}

/** The fields of a pod that identify it. */
interface KubernetesPod {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid: string };
  readonly spec: { readonly containers: readonly { readonly name: string }[] };
  readonly status?: { readonly podIP?: string };
}

function resourcesOf({ metadata, spec, status }: KubernetesPod): Texts[] {
  const { name, namespace = '', uid } = metadata;
  const address = { 'k8s.pod.ip': status?.podIP ?? '' };
  return [
    address,
    { 'k8s.pod.uid': uid },
    { 'k8s.pod.name': name, 'k8s.namespace.name': namespace },
    { ...address, 'k8s.node.name': '', 'k8s.pod.name': 'kept' },
    ...spec.containers.flatMap((container) => [
      { ...address, 'k8s.container.name': container.name },
      { ...address, 'k8s.container.name': container.name, 'k8s.container.restart_count': '1' },
      { 'container.id': `${name}-${container.name}` },
    ]),
  ];
}

/** Empty texts, which only the Collector adds, are left out. */
function differenceOf(ours: Enriched, theirs: Enriched): string {
  return [...new Set([...Object.keys(ours), ...Object.keys(theirs)])]
    .filter((key) => ours[key] !== theirs[key] && !(ours[key] === undefined && theirs[key] === '{"stringValue":""}'))
    .map((key) => `${key}: expected ${theirs[key]}, got ${ours[key]}`)
    .join('; ');
}

async function enrichHere(cluster: Cluster, configuration: object, resources: readonly Texts[]): Promise<Enriched[]> {
  const bench = await createComponentBench(k8sAttributes, {
    signals: ['logs'],
    clock: systemClock,
    environment: { KUBECONFIG: cluster.kubeConfig },
    config: { auth_type: 'kubeConfig', wait_for_metadata: true, ...configuration },
  });
  await bench.start();
  try {
    await bench.send(batchOf('logs', requestOf(resources)));
    const [part] = bench.received[0]?.parts ?? [];
    return part === undefined ? [] : (decodeRequest('logs', part).resourceLogs ?? []).map(attributesOf);
  } finally {
    await bench.close();
  }
}

async function enrichByCollector(
  cluster: Cluster,
  collector: string,
  configuration: object,
  resources: readonly Texts[],
): Promise<Enriched[]> {
  const sink = await startRecordingHttpServer();
  const [port = 0] = await freePorts(1);
  const config = {
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
    processors: { k8s_attributes: { auth_type: 'kubeConfig', wait_for_metadata: true, ...configuration } },
    exporters: {
      otlp_http: { endpoint: sink.url, encoding: 'json', compression: 'none', sending_queue: { enabled: false } },
    },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: { logs: { receivers: ['otlp'], processors: ['k8s_attributes'], exporters: ['otlp_http'] } },
    },
  };
  const path = join(cluster.directory, 'collector.json');
  await writeFile(path, JSON.stringify(config));
  const command = ['env', `KUBECONFIG=${cluster.kubeConfig}`, collector, '--config', path];
  const server = await startServer(command, [port]);
  try {
    const response = await fetch(`http://127.0.0.1:${port}/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(requestOf(resources)),
    });
    if (response.status !== 200) throw new Error(`expected the Collector to accept, got ${await response.text()}`);
    const [received] = sink.requests;
    const { resourceLogs } = JSON.parse(received?.text ?? '{}') as ReturnType<typeof requestOf>;
    return resourceLogs.map(attributesOf);
  } finally {
    await server.stop();
    await sink.close();
  }
}

function requestOf(resources: readonly Texts[]) {
  return {
    resourceLogs: resources.map((attributes) => ({
      resource: { attributes: keyValues(attributes) },
      scopeLogs: [{ logRecords: [{ severityNumber: 9, body: { stringValue: 'x' } }] }],
    })),
  };
}

function attributesOf({
  resource,
}: {
  readonly resource?: { readonly attributes?: readonly { readonly key?: string; readonly value?: unknown }[] };
}): Enriched {
  return Object.fromEntries((resource?.attributes ?? []).map(({ key = '', value }) => [key, JSON.stringify(value)]));
}
