import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { startRecordingHttpServer } from '@otelier/testkit/recording-http-server';
import { systemClock } from '@otelier/transport';
import type { KubernetesObject } from '../../../packages/collector/src/kubernetes/resource.ts';
import {
  COMPARED_CONFIG,
  clusterLines,
  LIST_PATHS,
} from '../../../packages/collector/src/receivers/k8s_cluster/compared.testing.ts';
import { k8sCluster } from '../../../packages/collector/src/receivers/k8s_cluster.ts';
import { startServer } from '../processes.ts';
import type { Cluster } from './cluster.ts';

const RECORD = join(import.meta.dirname, '../../../packages/collector/src/receivers/k8s_cluster/recorded.json');
const CONFIG = { auth_type: 'kubeConfig', ...COMPARED_CONFIG };

/** Compares the metrics and entity events of `k8s_cluster` with those of the Collector's receiver. */
export async function compareCluster(cluster: Cluster, collector: string, record: boolean) {
  await untilSettled(cluster);
  const theirs = await readByCollector(cluster, collector);
  const ours = await readHere(cluster);
  const expected = new Set(theirs);
  const got = new Set(ours);
  const mismatches = [
    ...theirs.filter((line) => !got.has(line)).map((line) => `missing: ${line}`),
    ...ours.filter((line) => !expected.has(line)).map((line) => `only here: ${line}`),
  ];
  if (record) {
    const lists = await Promise.all(LIST_PATHS.map(async (path) => [path, (await cluster.send('GET', path))['items']]));
    await writeFile(
      RECORD,
      `${JSON.stringify({ lists: Object.fromEntries(lists), lines: theirs }, withoutFields, 1)}\n`,
    );
  }
  return { compared: theirs.length, mismatches };
}

/** Waits until the controllers have changed nothing for some seconds. */
async function untilSettled({ send }: Cluster): Promise<void> {
  let known = '';
  for (let quiet = 0; quiet < 5; quiet++) {
    const lists = await Promise.all(LIST_PATHS.map((path) => send('GET', path)));
    const items = lists.flatMap((list) => list['items'] as readonly KubernetesObject[]);
    const current = items.map(({ metadata }) => metadata.resourceVersion).join();
    if (current !== known) quiet = 0;
    known = current;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

/** Who wrote which field is nothing that the receiver reads. */
function withoutFields(key: string, value: unknown): unknown {
  return key === 'managedFields' ? undefined : value;
}

async function readHere(cluster: Cluster): Promise<readonly string[]> {
  const bench = await createComponentBench(k8sCluster, {
    clock: systemClock,
    environment: { KUBECONFIG: cluster.kubeConfig },
    config: CONFIG,
  });
  await bench.start();
  try {
    const has = (signal: string): boolean => bench.received.some((batch) => batch.signal === signal);
    while (!has('metrics') || !has('logs')) await new Promise((resolve) => setTimeout(resolve, 20));
    const metrics = bench.received.find(({ signal }) => signal === 'metrics')?.parts ?? [];
    const logs = bench.received.filter(({ signal }) => signal === 'logs').flatMap(({ parts }) => parts);
    return clusterLines(metrics, logs);
  } finally {
    await bench.close();
  }
}

async function readByCollector(cluster: Cluster, collector: string): Promise<readonly string[]> {
  const sink = await startRecordingHttpServer();
  const config = {
    receivers: { k8s_cluster: CONFIG },
    exporters: { otlp_http: { endpoint: sink.url, compression: 'none', sending_queue: { enabled: false } } },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: {
        metrics: { receivers: ['k8s_cluster'], exporters: ['otlp_http'] },
        logs: { receivers: ['k8s_cluster'], exporters: ['otlp_http'] },
      },
    },
  };
  const path = join(cluster.directory, 'cluster-collector.json');
  await writeFile(path, JSON.stringify(config));
  const server = await startServer(['env', `KUBECONFIG=${cluster.kubeConfig}`, collector, '--config', path], []);
  try {
    const isMetrics = ({ url }: { readonly url: string }): boolean => url.endsWith('/metrics');
    // Entity events are sent before the second metrics.
    while (sink.requests.filter(isMetrics).length < 2) await new Promise((resolve) => setTimeout(resolve, 50));
    const metrics = sink.requests.find(isMetrics);
    const logs = sink.requests.filter((request) => !isMetrics(request));
    return clusterLines(
      metrics === undefined ? [] : [metrics.body],
      logs.map(({ body }) => body),
    );
  } finally {
    await server.stop();
    await sink.close();
  }
}
