import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { startRecordingHttpServer } from '@otelier/testkit/recording-http-server';
import { systemClock } from '@otelier/transport';
import {
  COMPARED_CONFIG,
  kubeletLines,
} from '../../../packages/collector/src/receivers/kubelet_stats/compared.testing.ts';
import { startFakeKubelet } from '../../../packages/collector/src/receivers/kubelet_stats/fake-kubelet.testing.ts';
import { kubeletStats } from '../../../packages/collector/src/receivers/kubelet_stats.ts';
import { startServer } from '../processes.ts';
import type { Cluster } from './cluster.ts';

const RECORD = join(import.meta.dirname, '../../../packages/collector/src/receivers/kubelet_stats/recorded.json');

/**
 * Compares the metrics of `kubelet_stats` with those of the Collector's receiver. Both read the same fake of a kubelet, and a
 * real API server.
 */
export async function compareKubelet(cluster: Cluster, collector: string, record: boolean) {
  const kubelet = await startFakeKubelet();
  try {
    const config = { auth_type: 'none', endpoint: kubelet.url, ...COMPARED_CONFIG };
    const theirs = await readByCollector(cluster, collector, config);
    const ours = await readHere(cluster, config);
    const expected = new Set(theirs);
    const got = new Set(ours);
    const mismatches = [
      ...theirs.filter((line) => !got.has(line)).map((line) => `missing: ${line}`),
      ...ours.filter((line) => !expected.has(line)).map((line) => `only here: ${line}`),
    ];
    if (record) await writeFile(RECORD, `${JSON.stringify({ lines: theirs }, undefined, 1)}\n`);
    return { compared: theirs.length, mismatches };
  } finally {
    kubelet.close();
  }
}

/** Reports whether the node is known, and the CPU time of a former reading. */
function hasNode(lines: readonly string[]): boolean {
  return ['memory.node.utilization', 'cpu.node.utilization'].every((name) => lines.some((line) => line.includes(name)));
}

async function readHere(cluster: Cluster, config: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  const bench = await createComponentBench(kubeletStats, {
    ...{ clock: systemClock, environment: { KUBECONFIG: cluster.kubeConfig }, config },
  });
  await bench.start();
  try {
    for (;;) {
      const lines = kubeletLines(bench.received.at(-1)?.parts ?? []);
      if (hasNode(lines)) return lines;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    await bench.close();
  }
}

async function readByCollector(cluster: Cluster, collector: string, receiver: object): Promise<readonly string[]> {
  const sink = await startRecordingHttpServer();
  const config = {
    receivers: { kubelet_stats: receiver },
    exporters: { otlp_http: { endpoint: sink.url, compression: 'none', sending_queue: { enabled: false } } },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: { metrics: { receivers: ['kubelet_stats'], exporters: ['otlp_http'] } },
    },
  };
  const path = join(cluster.directory, 'kubelet-collector.json');
  await writeFile(path, JSON.stringify(config));
  const server = await startServer(['env', `KUBECONFIG=${cluster.kubeConfig}`, collector, '--config', path], []);
  try {
    for (;;) {
      const last = sink.requests.at(-1);
      const lines = last === undefined ? [] : kubeletLines([last.body]);
      if (hasNode(lines)) return lines;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    await server.stop();
    await sink.close();
  }
}
