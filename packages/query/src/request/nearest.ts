import type { Signal } from '@otelier/otlp';
import type { RangeQuery, Store, NearestData as StoredNearestData } from '@otelier/store';
import type { NearestData } from '../api/api.ts';
import { clampRange } from './clamp-range.ts';

/** Returns where a signal's telemetry is, for a query that has found nothing; nothing for other queries. */
export async function nearestIfEmpty(
  found: readonly unknown[],
  store: Store,
  range: RangeQuery,
  signal: Signal,
): Promise<{ readonly nearest?: NearestData }> {
  if (found.length > 0) return {};
  const { inRange, before, after } = await findNearest(store, range, signal);
  return { nearest: { inRange, beforeNanos: before?.toString(), afterNanos: after?.toString() } };
}

/** Returns where a signal's telemetry is in relation to a range, which may exceed the times that a store has. */
export async function findNearest(
  store: Store,
  { tenant, start, end }: RangeQuery,
  signal: Signal,
): Promise<StoredNearestData> {
  return store.nearestData({ tenant, ...clampRange(start, end), signal });
}

/** Says where the items nearest to a range without results are, or that the range has others. */
export function nearestText({ inRange, before, after }: StoredNearestData, item: string): string {
  if (inRange) return `no results: the time range has only other ${item}s`;
  const places = [
    ...(before === undefined ? [] : [`the newest ${item} before the time range is at ${timeText(before)}`]),
    ...(after === undefined ? [] : [`the oldest ${item} after the time range is at ${timeText(after)}`]),
  ];
  return places.length === 0 ? `no results: no ${item} is stored` : `no results: ${places.join(', and ')}`;
}

function timeText(nanos: bigint): string {
  const millis = Number(nanos / 1_000_000n);
  return Math.abs(millis) <= MAX_DATE_MILLIS ? new Date(millis).toISOString() : `${nanos} ns`;
}
const MAX_DATE_MILLIS = 8_640_000_000_000_000;
