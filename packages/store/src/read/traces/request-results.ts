import type { Heatmap, RedQuery, RedSeries, RouteSummary } from '../../contract.ts';
import { BUCKETS_PER_DECADE, MICROSECOND_BUCKET } from '../../summaries/durations.ts';
import type { RequestStats } from '../summaries/histogram.ts';
import type { MergedRequests } from '../summaries/merge-requests.ts';

/** The start times of steps. */
interface StepTimes {
  readonly times: readonly bigint[];
}

/** Returns the requests of groups as series, busiest first. */
export function redSeries(found: MergedRequests, by: RedQuery['groupBy'], steps: StepTimes): readonly RedSeries[] {
  return [...found.all()]
    .map(({ service, name, steps: cells }) => seriesOf(by === 'route' ? name : service, cells, steps))
    .sort((a, b) => sum(b.requests) - sum(a.requests) || (a.key < b.key ? -1 : 1));
}

const ROWS_PER_DECADE = 4;
/**
 * Lower bounds of the heat map's rows in nanoseconds: four per decade from 1 µs to 1000 s, and one row below them. Each
 * consists of whole buckets of the histograms.
 */
const BOUNDS: readonly number[] = [
  0,
  ...Array.from({ length: 37 }, (_, i) => Math.round(1000 * 10 ** (i / ROWS_PER_DECADE))),
];

/** Returns the requests of all groups by step and duration. */
export function requestHeatmap(found: MergedRequests, { times }: StepTimes): Heatmap {
  const counts = times.map(() => BOUNDS.map(() => 0));
  const p95: (number | undefined)[] = times.map(() => undefined);
  for (const { steps: cells } of found.all()) {
    for (const [step, stats] of cells) {
      const rows = counts[step];
      if (rows === undefined) continue;
      stats.forEachBucket((bucket, count) => {
        const row = heatmapRow(bucket);
        rows[row] = (rows[row] ?? 0) + count;
      });
      p95[step] = stats.quantile(0.95);
    }
  }
  return { times, bounds: BOUNDS, counts, p95 };
}

function heatmapRow(bucket: number): number {
  const row = Math.floor((bucket - MICROSECOND_BUCKET) / (BUCKETS_PER_DECADE / ROWS_PER_DECADE)) + 1;
  return Math.max(0, Math.min(BOUNDS.length - 1, row));
}

/** Returns the operations of a single step by their share of the total time. */
export function routeSummaries(found: MergedRequests, limit: number): readonly RouteSummary[] {
  const all = [...found.all()];
  const total = sum(all.map(({ steps }) => steps.get(0)?.sum ?? 0));
  return all
    .map(({ service, name, steps }) => routeOf(service, name, steps.get(0), total))
    .sort((a, b) => b.timeShare - a.timeShare || (a.service + a.name < b.service + b.name ? -1 : 1))
    .slice(0, limit);
}

function routeOf(service: string, name: string, stats: RequestStats | undefined, total: number): RouteSummary {
  return {
    service,
    name,
    calls: stats?.count ?? 0,
    errors: stats?.errors ?? 0,
    p95: stats?.quantile(0.95) ?? 0,
    p99: stats?.quantile(0.99) ?? 0,
    timeShare: total === 0 ? 0 : (stats?.sum ?? 0) / total,
  };
}

function seriesOf(key: string, cells: ReadonlyMap<number, RequestStats>, { times }: StepTimes): RedSeries {
  const stats = times.map((_, step) => cells.get(step));
  return {
    key,
    times,
    requests: stats.map((one) => one?.count ?? 0),
    errors: stats.map((one) => one?.errors ?? 0),
    p50: stats.map((one) => one?.quantile(0.5)),
    p95: stats.map((one) => one?.quantile(0.95)),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
