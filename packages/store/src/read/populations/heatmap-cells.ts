import type { TraceHeatmap } from '../../populations/contract.ts';
import { asNumber, type Row } from '../shared/context.ts';

/** Number of buckets for each power of ten. */
export const PER_DECADE = 8;

/** Converts rows (step, bucket, items, failures) to a heat map. */
export function heatmapOf(rows: readonly Row[], times: readonly bigint[], sampling: number): TraceHeatmap {
  const buckets = rows.map((row) => asNumber(row['bucket']));
  const first = buckets.reduce((low, bucket) => Math.min(low, bucket), buckets[0] ?? 0);
  const last = buckets.reduce((high, bucket) => Math.max(high, bucket), buckets[0] ?? -1);
  const cells = (): number[][] => times.map(() => Array.from({ length: last - first + 1 }, () => 0));
  const [counts, failed] = [cells(), cells()];
  for (const row of rows) {
    const [step, bucket] = [asNumber(row['step']), asNumber(row['bucket']) - first];
    const [column, failures] = [counts[step], failed[step]];
    if (column !== undefined) column[bucket] = asNumber(row['items']) * sampling;
    if (failures !== undefined) failures[bucket] = asNumber(row['failures']) * sampling;
  }
  const bounds = Array.from({ length: last - first + 1 }, (_, index) => 10 ** ((first + index) / PER_DECADE));
  return { times, bounds, counts, failed, sampling: rows.length === 0 ? 1 : sampling };
}
