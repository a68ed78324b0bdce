import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { PipelineGraph } from '@otelier/query';
import { BatchSizeHistograms } from '../component/batching/size-histogram.ts';
import { collectorMetrics } from './collector-metrics.ts';

/** The metrics that the Collector shows for OTLP, `memory_limiter`, `batch` and an exporter that fails. */
const RECORDED = JSON.parse(readFileSync(new URL('./collector-metric-names.json', import.meta.url), 'utf8')) as {
  readonly metrics: Readonly<Record<string, string>>;
};

/** Metrics of the Collector that otelier does not have, each with its reason. */
const MISSING: readonly (readonly [name: RegExp, reason: string])[] = [
  [/^http_.*_body_size$/, 'sizes of bodies are not measured'],
  [/^otelcol_processor_internal_duration$/, 'no histograms of durations; the page shows the time of each component'],
  [/^otelcol_receiver_failed_/, 'a batch that fails is refused'],
  [/^otelcol_process_runtime_total_alloc_bytes$/, 'the JavaScript heap has no such counter'],
  [/^(promhttp|target_info)/, 'of the Prometheus library, not of the Collector'],
];

const REQUESTS = (
  [
    'http.server.request.duration',
    'http.client.request.duration',
    'rpc.server.call.duration',
    'rpc.client.call.duration',
  ] as const
).map((metric) => ({ metric, attributes: {}, buckets: { 0.1: 1 }, sum: 0.1 }));

function graphOf(): PipelineGraph {
  const signals = ['traces', 'metrics', 'logs'] as const;
  const sizes = new BatchSizeHistograms().sizes();
  const batching = {
    sent: sizes,
    queued: sizes,
    inFlightRequests: 1,
    sizeTriggers: 1,
    timeoutTriggers: 1,
    combinations: 1,
  };
  const node = (kind: 'receiver' | 'processor' | 'exporter', type: string, signal: (typeof signals)[number]) => ({
    ...{ id: `${kind}:${signal}:${type}`, kind, component: type, type, summary: '', signal },
    ...{ pipelines: [signal], dropped: {}, sentItems: 0, queue: { sizeBytes: 0, limitBytes: 1, requests: 0 } },
    batching,
    requests: REQUESTS,
  });
  const counts = { items: 1, bytes: 1, batches: 1, refusedItems: 0, consumeMicros: 1 };
  return {
    atMillis: 0,
    nodes: signals.flatMap((signal) => [
      node('receiver', 'otlp', signal),
      node('processor', 'memory_limiter', signal),
      node('exporter', 'otlp_http', signal),
    ]),
    edges: signals.flatMap((signal) => [
      {
        ...{ id: `a${signal}`, from: `receiver:${signal}:otlp`, to: `processor:${signal}:memory_limiter` },
        ...{ signal, pipeline: signal, ...counts },
      },
      {
        ...{ id: `b${signal}`, from: `processor:${signal}:memory_limiter`, to: `exporter:${signal}:otlp_http` },
        ...{ signal, pipeline: signal, ...counts },
      },
    ]),
    admission: { inFlightBytes: 0, limitBytes: 1, refusedRequests: 0 },
    process: {
      rssBytes: 1,
      heapBytes: 1,
      externalBytes: 1,
      cpuCores: 0,
      eventLoopDelayP99Millis: 0,
      workerCpuCores: [],
    },
  };
}

test('has every recorded metric of the Collector with its kind, except for listed ones', () => {
  const own = collectorMetrics(graphOf(), { uptimeSeconds: 1, cpuSeconds: 1 }, 'detailed');
  const shown = own.filter(({ points }) => points.length > 0);
  const kinds = new Map(shown.map(({ name, kind }) => [name.replaceAll('.', '_'), kind]));
  const used = new Set<RegExp>();
  for (const [name, type] of Object.entries(RECORDED.metrics)) {
    const missing = MISSING.find(([pattern]) => pattern.test(name));
    if (missing !== undefined) {
      used.add(missing[0]);
      assert.equal(kinds.get(name), undefined, `${name} is listed as missing`);
    } else assert.equal(kinds.get(name), type, name);
  }
  assert.equal(used.size, MISSING.length, 'every listed difference occurs');
});
