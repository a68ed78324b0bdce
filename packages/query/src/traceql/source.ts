import type { CountItemsQuery, ItemCount, SelectedSpan, SelectSpansQuery, Store } from '@otelier/store';
import { TraceqlLimitError } from './errors.ts';

/** The spans of a tenant that queries read. */
export interface SpanSource {
  select(query: Omit<SelectSpansQuery, 'tenant'>): AsyncIterable<readonly SelectedSpan[]>;
  /** Counts spans, as the store does. */
  count?(query: Omit<CountItemsQuery, 'tenant' | 'signal'>): Promise<readonly ItemCount[] | undefined>;
  /** Called regularly. Throws to end the query, or returns a promise to pause it. */
  check(): Promise<void> | undefined;
}

/** Returns the spans of a store. */
export function storeSource(store: Store, tenant: string, check: () => Promise<void> | undefined): SpanSource {
  return {
    select: (query) => store.selectSpans({ ...query, tenant }),
    count: (query) => store.countItems({ ...query, tenant, signal: 'traces' }),
    check,
  };
}

/** Maximum number of spans of whole traces in memory. */
const MAX_SPANS = 300_000;

/** Reads the spans of traces. Yields traces in the order of their IDs; several at once unless they are large. */
export async function* readTraces(
  source: SpanSource,
  query: Pick<SelectSpansQuery, 'filter' | 'parts'>,
  traceIds: readonly string[],
): AsyncGenerator<readonly SelectedSpan[]> {
  const traces = new Map<string, SelectedSpan[]>(traceIds.map((id) => [id, []]));
  let count = 0;
  for await (const part of source.select({ ...query, traceIds, start: 0n, end: 0n })) {
    await source.check();
    count += part.length;
    if (count > MAX_SPANS) break;
    for (const span of part) traces.get(span.traceId)?.push(span);
  }
  if (count <= MAX_SPANS) {
    for (const spans of traces.values()) if (spans.length > 0) yield spans;
    return;
  }
  traces.clear();
  if (traceIds.length === 1) {
    throw new TraceqlLimitError(
      `trace ${traceIds[0]} has more than ${MAX_SPANS} spans, which is too large to evaluate`,
    );
  }
  for (const id of traceIds) yield* readTraces(source, query, [id]);
}
