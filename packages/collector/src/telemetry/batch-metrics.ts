import type { Batching, PipelineGraph, PipelineNode, SizeCounts } from '@otelier/query';
import { BYTE_BOUNDS, ITEM_BOUNDS } from '../component/batching/size-histogram.ts';
import {
  addHistograms,
  addPoints,
  counter,
  gauge,
  type HistogramMetric,
  joinPoints,
  type OwnAttributes,
  type OwnMetric,
  type OwnPoint,
} from '../component/observe/own-metric.ts';

/** A component with counts of its batches. */
interface Counted {
  readonly attributes: OwnAttributes;
  readonly batching: Batching;
}

/** Returns what processors and sending queues count of their batches, as the Collector's metrics of a level. */
export function batchMetrics(graph: PipelineGraph, level: 'normal' | 'detailed'): readonly OwnMetric[] {
  const processors = counted(graph, 'processor', ({ component }) => ({ processor: component }));
  const exporters = counted(graph, 'exporter', ({ component }) => ({ exporter: component }));
  const queues = counted(graph, 'exporter', ({ component, signal = '' }) => ({
    exporter: component,
    data_type: signal,
  }));
  const normal = [
    sizes('otelcol_processor_batch_batch_send_size', 'items', 'in the batch', processors, ({ sent }) => sent?.items),
    ...triggerMetrics(processors),
    gauge(
      'otelcol_exporter_in_flight_requests',
      '{request}',
      'Number of requests of the sending queue that are being sent, including retry backoff.',
      points(queues, ({ inFlightRequests }) => inFlightRequests),
    ),
  ];
  if (level === 'normal') return normal;
  const batch = 'in the batch that was sent';
  const queued = 'in the request offered to the sending queue';
  return [
    ...normal,
    sizes('otelcol_processor_batch_batch_send_size_bytes', 'bytes', batch, processors, ({ sent }) => sent?.bytes),
    sizes('otelcol_exporter_queue_batch_send_size', 'items', batch, exporters, ({ sent }) => sent?.items),
    sizes('otelcol_exporter_queue_batch_send_size_bytes', 'bytes', batch, exporters, ({ sent }) => sent?.bytes),
    sizes('otelcol_exporter_enqueue_size', 'items', queued, exporters, (counts) => counts.queued?.items),
    sizes('otelcol_exporter_enqueue_size_bytes', 'bytes', queued, exporters, (counts) => counts.queued?.bytes),
  ];
}

function counted(
  { nodes }: PipelineGraph,
  kind: PipelineNode['kind'],
  attributesOf: (node: PipelineNode) => OwnAttributes,
): readonly Counted[] {
  return nodes.flatMap((node) =>
    node.kind === kind && node.batching !== undefined
      ? [{ attributes: attributesOf(node), batching: node.batching }]
      : [],
  );
}

function triggerMetrics(processors: readonly Counted[]): OwnMetric[] {
  return [
    counter(
      'otelcol_processor_batch_batch_size_trigger_send',
      '{time}',
      'Number of times a batch was sent because of its size.',
      points(processors, ({ sizeTriggers }) => sizeTriggers),
    ),
    counter(
      'otelcol_processor_batch_timeout_trigger_send',
      '{time}',
      'Number of times a batch was sent because of the timeout.',
      points(processors, ({ timeoutTriggers }) => timeoutTriggers),
    ),
    gauge(
      'otelcol_processor_batch_metadata_cardinality',
      '{combination}',
      'Number of distinct metadata value combinations being batched.',
      points(processors, ({ combinations }) => combinations),
    ),
  ];
}

function points(
  components: readonly Counted[],
  readValue: (batching: Batching) => number | undefined,
): readonly OwnPoint[] {
  const all = components.flatMap(({ attributes, batching }) => {
    const value = readValue(batching);
    return value === undefined ? [] : [{ attributes, value }];
  });
  return joinPoints(all, addPoints);
}

function sizes(
  name: string,
  unit: 'items' | 'bytes',
  where: string,
  components: readonly Counted[],
  countsOf: (batching: Batching) => SizeCounts | undefined,
): HistogramMetric {
  const bounds = unit === 'items' ? ITEM_BOUNDS : BYTE_BOUNDS;
  const points = components.flatMap(({ attributes, batching }) => {
    const counts = countsOf(batching);
    if (counts === undefined) return [];
    const { buckets, sum } = counts;
    return [{ attributes, counts: [...bounds, Number.POSITIVE_INFINITY].map((bound) => buckets[bound] ?? 0), sum }];
  });
  return {
    name,
    unit: unit === 'items' ? '{unit}' : 'By',
    description: `Number of ${unit === 'items' ? 'units' : 'bytes'} ${where}.`,
    kind: 'histogram',
    bounds,
    points: joinPoints(points, addHistograms),
  };
}
