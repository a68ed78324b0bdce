import { countItems, type Signal } from '@otelier/otlp';
import type { RangeQuery, Store } from '@otelier/store';

/** Limits of what is read. */
const MAX_REQUESTS = 400;
const MAX_BYTES = 8 << 20;
/** The first window of time before the end, which grows until it has enough items. */
const FIRST_WINDOW_NANOS = 10_000_000_000n;
const GROWTH = 6n;

/** Returns stored requests with the newest items of a range: about `limit` items, or all of a range with fewer. */
export async function newestRequests(
  store: Store,
  { start, end, ...query }: RangeQuery & { readonly signal: Signal },
  limit: number,
): Promise<readonly Uint8Array[]> {
  const requests: Uint8Array[] = [];
  let [items, bytes] = [0, 0];
  let to = end;
  for (let window = FIRST_WINDOW_NANOS; to > start; window *= GROWTH) {
    const from = to - window > start ? to - window : start;
    for await (const request of store.export({ ...query, start: from, end: to })) {
      requests.push(request);
      items += countItems(query.signal, request);
      bytes += request.length;
      if (items >= limit || bytes >= MAX_BYTES || requests.length >= MAX_REQUESTS) return requests;
    }
    to = from;
  }
  return requests;
}
