import type { TraceMatchesResponse } from '@otelier/query';
import { useDeferredValue, useEffect, useMemo, useRef } from 'react';
import { useApiQuery } from '../../data/use-api-query.ts';
import { indexOf, type TraceTree } from './trace-tree.ts';

/** The state of a search within a trace. */
export interface TraceSearch {
  /** Indexes of the spans found, ascending. */
  readonly hits: readonly number[];
  readonly found: 'yes' | 'not yet' | 'failed';
  /** Selects the next or previous hit once the hits have arrived. */
  readonly step: (direction: 1 | -1) => void;
}

/**
 * Searches a trace's spans for a string. The store performs the search, because the page does not have the attributes.
 */
export function useTraceSearch(
  tree: TraceTree,
  traceId: string,
  find: string,
  go: (hits: readonly number[], direction: 1 | -1) => void,
): TraceSearch {
  const text = find.trim();
  const searchText = useDeferredValue(text);
  const result = useApiQuery<TraceMatchesResponse>({
    path: `/traces/${encodeURIComponent(traceId)}/matches`,
    params: { text: searchText, spans: tree.length },
    enabled: searchText !== '',
    keep: false,
  });
  const matches = searchText === '' ? undefined : result.data;
  const hits = useMemo(() => (matches === undefined ? [] : indexesOf(tree, matches)), [tree, matches]);
  const isCurrent = searchText === text && (text === '' || matches !== undefined);
  // Enter may be pressed before the response arrives.
  const pending = useRef<1 | -1 | undefined>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when hits arrive, not when the selection changes
  useEffect(() => {
    if (!isCurrent || pending.current === undefined) return;
    const direction = pending.current;
    pending.current = undefined;
    go(hits, direction);
  }, [isCurrent, hits]);
  return {
    hits,
    found: result.failure !== undefined ? 'failed' : isCurrent ? 'yes' : 'not yet',
    step(direction) {
      if (isCurrent) go(hits, direction);
      else pending.current = direction;
    },
  };
}

const ID_DIGITS = 16;

/**
 * Returns the indexes of matching spans in ascending order: those whose IDs follow each other without separators, or whose
 * outline positions have a bit in a bitmap.
 */
function indexesOf(tree: TraceTree, { spanIds, bitmap }: TraceMatchesResponse): readonly number[] {
  const isHit = new Uint8Array(tree.length);
  const bits = atob(bitmap ?? '');
  for (let position = 0; position < bits.length * 8; position += 1) {
    const index = tree.indexes[position];
    if (index !== undefined && index >= 0 && (bits.charCodeAt(position >> 3) >> (position & 7)) & 1) isHit[index] = 1;
  }
  for (let at = 0; at < spanIds.length; at += ID_DIGITS) {
    const index = indexOf(tree, spanIds.slice(at, at + ID_DIGITS));
    if (index >= 0) isHit[index] = 1;
  }
  const hits: number[] = [];
  for (let index = 0; index < isHit.length; index += 1) if (isHit[index] === 1) hits.push(index);
  return hits;
}
