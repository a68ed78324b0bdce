import type { RangeQuery, Store } from '@otelier/store';

const MIN_NANOS = -(2n ** 63n);
const MAX_NANOS = 2n ** 63n - 1n;

/** Says where the log records nearest to a range without results are, or that the range has others. */
export async function nearestLog(store: Store, { tenant, start, end }: RangeQuery): Promise<string | undefined> {
  const find = async (from: bigint, to: bigint, order: 'newest' | 'oldest'): Promise<bigint | undefined> => {
    if (from >= to) return undefined;
    const [row] = await store.searchLogs({ tenant, start: from, end: to, conditions: [], limit: 1, order });
    return row?.time;
  };
  const [from, to] = [clamp(start), clamp(end + 1n)];
  const inside = await find(from, to, 'newest');
  if (inside !== undefined) return 'no results: the time range has only other log records';
  return hintOf('log record', await find(MIN_NANOS, from, 'newest'), await find(to, MAX_NANOS, 'oldest'));
}

/** Says where the spans nearest to a range without results are, or that the range has others. */
export async function nearestSpan(store: Store, { tenant, start, end }: RangeQuery): Promise<string | undefined> {
  const find = async (from: bigint, to: bigint): Promise<bigint | undefined> => {
    if (from >= to) return undefined;
    for await (const [span] of store.selectSpans({ tenant, start: from, end: to, parts: {}, order: 'newest' })) {
      return span?.start;
    }
    return undefined;
  };
  const [from, to] = [clamp(start), clamp(end + 1n)];
  if ((await find(from, to)) !== undefined) return 'no results: the time range has only other spans';
  const after = await find(to, MAX_NANOS);
  return hintOf('span', await find(MIN_NANOS, from), after);
}

function hintOf(what: string, before: bigint | undefined, after: bigint | undefined): string {
  const places = [
    ...(before === undefined ? [] : [`the newest ${what} before the time range is at ${timeText(before)}`]),
    ...(after === undefined ? [] : [`there is a ${what} after it at ${timeText(after)}`]),
  ];
  return places.length === 0 ? `no results: no ${what} is stored` : `no results: ${places.join(', and ')}`;
}

function timeText(nanos: bigint): string {
  const millis = Number(nanos / 1_000_000n);
  return Math.abs(millis) <= MAX_DATE_MILLIS ? new Date(millis).toISOString() : `${nanos} ns`;
}
const MAX_DATE_MILLIS = 8_640_000_000_000_000;

function clamp(nanos: bigint): bigint {
  if (nanos < MIN_NANOS) return MIN_NANOS;
  return nanos > MAX_NANOS ? MAX_NANOS : nanos;
}
