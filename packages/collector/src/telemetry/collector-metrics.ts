import type { PipelineGraph, PipelineNode } from '@otelier/query';
import {
  addPoints,
  counter,
  gauge,
  joinPoints,
  type OwnMetric,
  type OwnPoint,
  single,
} from '../component/observe/own-metric.ts';
import { batchMetrics } from './batch-metrics.ts';
import { requestMetrics } from './request-metrics.ts';

/** Level of detail (`service.telemetry.metrics.level`). */
export type MetricsLevel = 'none' | 'basic' | 'normal' | 'detailed';

/** Plural of a signal's items in names of the Collector's metrics. */
const ITEMS: Readonly<Record<string, string>> = {
  traces: 'spans',
  metrics: 'metric_points',
  logs: 'log_records',
  profiles: 'profile_samples',
};

/** Plural of a signal's items in the names of the filter processor's metrics. */
const FILTERED: Readonly<Record<string, string>> = { traces: 'spans', metrics: 'datapoints', logs: 'logs' };

/** Reasons for which an exporter drops items after attempts to send them. */
const SEND_FAILURES = ['failed', 'refused', 'rejected', 'shutdown'];

/** Times and CPU time of the process, which the graph does not contain. */
export interface ProcessTimes {
  readonly uptimeSeconds: number;
  readonly cpuSeconds: number;
}

/**
 * Returns the counters of a graph as the Collector's own metrics, with its names and attributes, so that dashboards and
 * alerts for the Collector work. (Collector, "Internal telemetry".)
 */
export function collectorMetrics(graph: PipelineGraph, times: ProcessTimes, level: MetricsLevel): readonly OwnMetric[] {
  if (level === 'none') return [];
  const basic = [...receiverMetrics(graph), ...exporterMetrics(graph), ...processMetrics(graph, times)];
  return level === 'basic'
    ? basic
    : [
        ...basic,
        ...processorMetrics(graph),
        ...queueMetrics(graph),
        ...batchMetrics(graph, level),
        ...(level === 'detailed' ? requestMetrics(graph) : []),
      ];
}

function receiverMetrics(graph: PipelineGraph): OwnMetric[] {
  return Object.entries(ITEMS).flatMap(([signal, items]) => {
    const receivers = graph.nodes.flatMap((node) => {
      const outputs = node.kind === 'receiver' ? graph.edges.filter((edge) => edge.from === node.id) : [];
      const ofSignal = outputs.filter((edge) => edge.signal === signal);
      return ofSignal.length === 0 ? [] : [{ receiver: node.component, ...totals(ofSignal) }];
    });
    const points = (value: (one: (typeof receivers)[number]) => number): OwnPoint[] =>
      receivers.map((one) => ({ attributes: { receiver: one.receiver }, value: value(one) }));
    const noun = items.replaceAll('_', ' ');
    return [
      counter(
        `otelcol_receiver_accepted_${items}`,
        `{${items}}`,
        `Number of ${noun} pushed into the pipeline.`,
        points(({ accepted }) => accepted),
      ),
      counter(
        `otelcol_receiver_refused_${items}`,
        `{${items}}`,
        `Number of ${noun} that could not be pushed into the pipeline.`,
        points(({ refused }) => refused),
      ),
    ];
  });
}

function exporterMetrics(graph: PipelineGraph): OwnMetric[] {
  return Object.entries(ITEMS).flatMap(([signal, items]) => {
    const exporters = graph.nodes.filter((node) => node.kind === 'exporter' && node.signal === signal);
    const points = (value: (node: PipelineNode, refused: number, accepted: number) => number): OwnPoint[] =>
      exporters.map((node) => {
        const inputs = graph.edges.filter((edge) => edge.to === node.id);
        return {
          attributes: { exporter: node.component },
          value: value(node, sum(inputs, 'refusedItems'), sum(inputs, 'items')),
        };
      });
    const noun = items.replaceAll('_', ' ');
    const failed = ({ dropped }: PipelineNode): number =>
      SEND_FAILURES.reduce((total, reason) => total + (dropped[reason] ?? 0), 0);
    return [
      counter(
        `otelcol_exporter_sent_${items}`,
        `{${items}}`,
        `Number of ${noun} that the destination accepted.`,
        points(({ sentItems }, _refused, accepted) => sentItems ?? accepted),
      ),
      counter(
        `otelcol_exporter_send_failed_${items}`,
        `{${items}}`,
        `Number of ${noun} that could not be sent to the destination.`,
        points((node, refused) => failed(node) + (node.queue === undefined ? refused : 0)),
      ),
      counter(
        `otelcol_exporter_enqueue_failed_${items}`,
        `{${items}}`,
        `Number of ${noun} that the sending queue did not accept.`,
        points((node, refused) => (node.queue === undefined ? 0 : refused)),
      ),
    ];
  });
}

function processorMetrics(graph: PipelineGraph): OwnMetric[] {
  const processors = graph.nodes.filter(({ kind }) => kind === 'processor');
  const attributesOf = ({ component, signal = '' }: PipelineNode) => ({ processor: component, otel_signal: signal });
  const incoming = processors.map((node) => {
    const inputs = graph.edges.filter((edge) => edge.to === node.id);
    return { attributes: attributesOf(node), value: sum(inputs, 'items') + sum(inputs, 'refusedItems') };
  });
  const outgoing = processors.map((node) => {
    const outputs = graph.edges.filter((edge) => edge.from === node.id);
    return { attributes: attributesOf(node), value: totals(outputs).accepted };
  });
  const dropped = graph.nodes.flatMap(({ component, dropped }) =>
    Object.entries(dropped).map(([reason, value]) => ({ attributes: { component, reason }, value })),
  );
  return [
    counter(
      'otelcol_processor_incoming_items',
      '{items}',
      'Number of items passed to the processor.',
      merged(incoming),
    ),
    counter(
      'otelcol_processor_outgoing_items',
      '{items}',
      'Number of items emitted by the processor.',
      merged(outgoing),
    ),
    counter(
      'otelier_component_dropped_items',
      '{items}',
      'Number of items dropped by a component, by reason.',
      merged(dropped),
    ),
    ...filteredMetrics(processors),
    ...limiterMetrics(graph, processors),
  ];
}

function filteredMetrics(processors: readonly PipelineNode[]): OwnMetric[] {
  return Object.entries(FILTERED).map(([signal, items]) => {
    const points = processors
      .filter((node) => node.type === 'filter' && node.signal === signal)
      .map(({ component, dropped }) => ({ attributes: { filter: component }, value: dropped['filtered'] ?? 0 }));
    const description = `Number of ${items} dropped by the filter processor.`;
    return counter(`otelcol_processor_filter_${items}_filtered`, `{${items}}`, description, merged(points));
  });
}

function limiterMetrics(graph: PipelineGraph, processors: readonly PipelineNode[]): OwnMetric[] {
  return Object.entries(ITEMS).flatMap(([signal, items]) => {
    const limiters = processors.filter((node) => node.type === 'memory_limiter' && node.signal === signal);
    const points = (key: 'items' | 'refusedItems'): OwnPoint[] =>
      merged(
        limiters.map(({ id, component }) => {
          const inputs = graph.edges.filter((edge) => edge.to === id);
          return { attributes: { processor: component }, value: sum(inputs, key) };
        }),
      );
    const name = (what: string) => `otelcol_processor_memory_limiter_${what}_${items}`;
    const noun = items.replaceAll('_', ' ');
    return [
      counter(name('accepted'), `{${items}}`, `Number of ${noun} pushed into the next component.`, points('items')),
      counter(name('refused'), `{${items}}`, `Number of ${noun} that were rejected.`, points('refusedItems')),
    ];
  });
}

function queueMetrics(graph: PipelineGraph): OwnMetric[] {
  const points = (value: (queue: NonNullable<PipelineNode['queue']>) => number): OwnPoint[] =>
    graph.nodes.flatMap(({ component, signal = '', queue }) =>
      queue === undefined ? [] : [{ attributes: { exporter: component, data_type: signal }, value: value(queue) }],
    );
  const size = points(({ sizeBytes }) => sizeBytes);
  const capacity = points(({ limitBytes }) => limitBytes);
  return [
    gauge('otelcol_exporter_queue_size', 'By', 'Current size of the sending queue, in bytes.', size),
    gauge('otelcol_exporter_queue_capacity', 'By', 'Capacity of the sending queue, in bytes.', capacity),
  ];
}

function processMetrics({ process }: PipelineGraph, { uptimeSeconds, cpuSeconds }: ProcessTimes): OwnMetric[] {
  return [
    counter('otelcol_process_uptime', 's', 'Uptime of the process.', single(uptimeSeconds)),
    counter('otelcol_process_cpu_seconds', 's', 'Total CPU user and system time.', single(cpuSeconds)),
    gauge('otelcol_process_memory_rss', 'By', 'Physical memory in use.', single(process.rssBytes)),
    gauge(
      'otelcol_process_runtime_heap_alloc_bytes',
      'By',
      'JavaScript heap memory in use.',
      single(process.heapBytes),
    ),
    gauge(
      'otelcol_process_runtime_total_sys_memory_bytes',
      'By',
      'Memory in use, in the JavaScript heap and outside of it.',
      single(process.heapBytes + process.externalBytes),
    ),
  ];
}

type Edge = PipelineGraph['edges'][number];

/** Sums a fan-out: every branch gets all items, and a batch is refused if one of them refuses it. */
function totals(branches: readonly Edge[]): { readonly accepted: number; readonly refused: number } {
  return {
    accepted: Math.max(0, ...branches.map(({ items }) => items)),
    refused: Math.max(0, ...branches.map(({ refusedItems }) => refusedItems)),
  };
}

function sum(edges: readonly Edge[], key: 'items' | 'refusedItems'): number {
  return edges.reduce((total, edge) => total + edge[key], 0);
}

/** Sums points with equal attributes: a processor has an instance in each of its pipelines. */
function merged(points: readonly OwnPoint[]): OwnPoint[] {
  return joinPoints(points, addPoints);
}
