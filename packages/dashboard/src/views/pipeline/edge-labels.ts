import type { EdgeRate } from '../../data/pipeline-stats.ts';
import { formatCount, formatRate } from '../../format/number.ts';
import { formatBytes, formatDuration } from '../../format/quantity.ts';
import type { DrawnEdge } from './drawn-graph.ts';

/** What the numbers on the edges count. */
export type EdgeUnit = 'items' | 'bytes' | 'time';

/** The rates of all edges that one line stands for, together. */
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

/** The number on an edge. */
export function edgeLabel(rate: EdgeRate, unit: EdgeUnit): string {
  if (unit === 'bytes') return `${formatBytes(rate.bytesPerSecond)}/s`;
  if (unit === 'time') return rate.transferMicros === undefined ? '—' : formatDuration(rate.transferMicros * 1000);
  return itemRate(rate.itemsPerSecond);
}

/** Items a second, whole where there are many. */
export function itemRate(perSecond: number): string {
  return perSecond >= 10 ? formatCount(perSecond) : formatRate(perSecond);
}

/** Width of an edge in pixels: items a second on a logarithmic scale; idle ones are thin. */
export function edgeWidth(itemsPerSecond: number): number {
  return itemsPerSecond <= 0 ? 1 : 1.25 + Math.log10(1 + itemsPerSecond) * 1.35;
}
