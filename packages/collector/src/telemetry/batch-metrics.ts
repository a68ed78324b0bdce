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
} from './own-metric.ts';

/** A component with counts of its batches. */
interface Counted {
  readonly attributes: OwnAttributes;
  readonly batching: Batching;
}

/** Returns what processors and sending queues count of their batches, as the Collector's metrics of a level. */
export function batchMetrics(graph: PipelineGraph, level: 'normal' | 'detailed'): readonly OwnMetric[] {
  const processors = counted(graph, 'processor', ({ component }) => ({ processor: component }));
  const normal = [
    sizes('otelcol_processor_batch_batch_send_size', 'items', 'in the batch', processors, ({ sent }) => sent?.items),
    ...triggerMetrics(processors),
  ];
  if (level === 'normal') return normal;
  const exporters = counted(graph, 'exporter', ({ component }) => ({ exporter: component }));
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
  const points = (value: (batching: Batching) => number | undefined) =>
    joinPoints(
      processors.flatMap(({ attributes, batching }) => {
        const number = value(batching);
        return number === undefined ? [] : [{ attributes, value: number }];
      }),
      addPoints,
    );
  return [
    counter(
      'otelcol_processor_batch_batch_size_trigger_send',
      '{time}',
      'Number of times a batch was sent because of its size.',
      points(({ sizeTriggers }) => sizeTriggers),
    ),
    counter(
      'otelcol_processor_batch_timeout_trigger_send',
      '{time}',
      'Number of times a batch was sent because of the timeout.',
      points(({ timeoutTriggers }) => timeoutTriggers),
    ),
    gauge(
      'otelcol_processor_batch_metadata_cardinality',
      '{combination}',
      'Number of distinct metadata value combinations being batched.',
      points(({ combinations }) => combinations),
    ),
  ];
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
