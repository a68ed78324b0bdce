import type { EdgeRate } from '../../data/pipeline/pipeline-stats.ts';
import { formatCount, formatRate } from '../../format/number.ts';
import { formatBytes, formatDuration } from '../../format/quantity.ts';
import type { DrawnEdge } from './drawn-graph.ts';

/** The unit of the edge labels. */
export type EdgeUnit = 'items' | 'bytes' | 'time';

/** Returns the total rate of the edges that a line represents. */
export function rateOfLine(line: DrawnEdge, rates: ReadonlyMap<string, EdgeRate>): EdgeRate {
  const all = line.edges.flatMap((edge) => rates.get(edge.id) ?? []);
  const sum = (of: (rate: EdgeRate) => number): number => all.reduce((total, rate) => total + of(rate), 0);
  const batches = sum((rate) => rate.batchesPerSecond);
  return {
    itemsPerSecond: sum((rate) => rate.itemsPerSecond),
    bytesPerSecond: sum((rate) => rate.bytesPerSecond),
    batchesPerSecond: batches,
    refusedPerSecond: sum((rate) => rate.refusedPerSecond),
    transferMicros:
      batches > 0 ? sum((rate) => (rate.transferMicros ?? 0) * rate.batchesPerSecond) / batches : undefined,
  };
}

/** Formats the label of an edge. */
export function edgeLabel(rate: EdgeRate, unit: EdgeUnit): string {
  if (unit === 'bytes') return `${formatBytes(rate.bytesPerSecond)}/s`;
  if (unit === 'time') return rate.transferMicros === undefined ? '—' : formatDuration(rate.transferMicros * 1000);
  return itemRate(rate.itemsPerSecond);
}

/** Formats items per second. High rates are rounded to whole items. */
export function itemRate(perSecond: number): string {
  return perSecond >= 10 ? formatCount(perSecond) : formatRate(perSecond);
}

/** Returns the width of an edge in pixels, on a logarithmic scale of items per second. Idle edges are thin. */
export function edgeWidth(itemsPerSecond: number): number {
  return itemsPerSecond <= 0 ? 1 : 1.25 + Math.log10(1 + itemsPerSecond) * 1.35;
}
