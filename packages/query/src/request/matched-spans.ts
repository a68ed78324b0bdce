import type { Store, TraceTextQuery } from '@otelier/store';
import type { TraceMatchesResponse } from '../api/api.ts';

/** Number of spans from which a bitmap is smaller and worth reading the outline. */
const MIN_BITMAP = 2000;

/**
 * Searches the spans of a trace. If many match, and the trace still has `outlineSize` spans, returns one bit for each span of
 * the outline instead of the IDs.
 */
export async function matchedSpans(
  store: Store,
  query: TraceTextQuery,
  outlineSize: number | undefined,
): Promise<TraceMatchesResponse> {
  const found = await store.findSpans(query);
  const bitmap =
    outlineSize === undefined || found.length < MIN_BITMAP
      ? undefined
      : await bitmapOf(store, query, found, outlineSize);
  return bitmap === undefined ? { spanIds: found.join('') } : { spanIds: '', bitmap };
}

/** Returns the bits of an outline in Base64, or `undefined` if the trace has another number of spans. */
async function bitmapOf(
  store: Store,
  { tenant, traceId }: TraceTextQuery,
  found: readonly string[],
  outlineSize: number,
): Promise<string | undefined> {
  const wanted = new Set(found);
  const bits = Buffer.alloc(Math.ceil(outlineSize / 8));
  let at = 0;
  for await (const part of store.traceOutline({ tenant, traceId })) {
    if (part.kind === 'head' && part.spanCount !== outlineSize) return undefined;
    if (part.kind !== 'spans') continue;
    for (const spanId of part.spanIds) {
      if (wanted.has(spanId)) bits[at >> 3] = (bits[at >> 3] ?? 0) | (1 << (at & 7));
      at += 1;
    }
  }
  return at === outlineSize ? bits.toString('base64') : undefined;
}
