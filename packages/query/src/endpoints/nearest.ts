import type { Signal } from '@otelier/otlp';
import type { RangeQuery, Store } from '@otelier/store';
import type { NearestData } from '../api/api.ts';

/** Returns where a signal's telemetry is, for a query that has found nothing; nothing for other queries. */
export async function nearestIfEmpty(
  found: readonly unknown[],
  store: Store,
  { tenant, start, end }: RangeQuery,
  signal: Signal,
): Promise<{ readonly nearest?: NearestData }> {
  if (found.length > 0) return {};
  const { inRange, before, after } = await store.nearestData({ tenant, start, end, signal });
  return { nearest: { inRange, beforeNanos: before?.toString(), afterNanos: after?.toString() } };
}
