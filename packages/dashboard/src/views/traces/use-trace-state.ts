import { useDeferredValue, useMemo, useState } from 'react';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { ancestorsOf, findSpans, isError, type TraceTree, visibleRows } from './trace-tree.ts';

/** The part of the trace that the waterfall shows, in nanoseconds. */
export interface TraceRange {
  readonly from: number;
  readonly to: number;
}

/** The view state of one trace. */
export interface TraceState {
  readonly rows: readonly number[];
  readonly folded: ReadonlySet<number>;
  /** Index of the selected span, or −1. */
  readonly selected: number;
  readonly range: TraceRange;
  readonly find: string;
  readonly hits: readonly number[];
  readonly select: (index: number | undefined) => void;
  readonly setFolded: (index: number, folded: boolean) => void;
  readonly foldAll: (folded: boolean) => void;
  readonly setRange: (range: TraceRange | undefined) => void;
  readonly setFind: (text: string) => void;
  /** Selects the next or previous search hit or error. */
  readonly step: (among: 'hits' | 'errors', direction: 1 | -1) => void;
}

/**
 * Returns the view state of a trace: collapsed spans, selection, zoom and search. Selection and search are in the
 * address.
 */
export function useTraceState(tree: TraceTree): TraceState {
  const { span, find = '' } = usePageSearch();
  const change = useChangeSearch();
  const [folded, fold] = useState<ReadonlySet<number>>(() => new Set());
  const [zoom, setRange] = useState<TraceRange | undefined>(undefined);
  const sought = useDeferredValue(find);
  const hits = useMemo(() => findSpans(tree, sought), [tree, sought]);
  const errors = useMemo(() => tree.spans.flatMap((one, index) => (isError(one) ? [index] : [])), [tree]);
  const rows = useMemo(() => visibleRows(tree, folded), [tree, folded]);
  const selected = span === undefined ? -1 : (tree.indexOf.get(span) ?? -1);
  const select = (index: number | undefined): void => {
    if (index !== undefined) {
      const hiding = ancestorsOf(tree, index).filter((above) => folded.has(above));
      if (hiding.length > 0) fold(new Set([...folded].filter((one) => !hiding.includes(one))));
    }
    change({ span: index === undefined ? undefined : tree.spans[index]?.spanId }, 'replace');
  };
  return {
    rows,
    folded,
    selected,
    range: zoom ?? { from: 0, to: tree.durationNanos },
    find,
    hits,
    select,
    setFolded(index, on) {
      if ((tree.childCounts[index] ?? 0) === 0 || folded.has(index) === on) return;
      const next = new Set(folded);
      if (on) next.add(index);
      else next.delete(index);
      fold(next);
    },
    foldAll: (on) =>
      fold(
        on
          ? new Set(
              tree.spans.flatMap((_, index) =>
                (tree.depths[index] ?? 0) > 0 && (tree.childCounts[index] ?? 0) > 0 ? [index] : [],
              ),
            )
          : new Set(),
      ),
    setRange,
    setFind: (text) => change({ find: text === '' ? undefined : text }, 'replace'),
    step(among, direction) {
      // Enter can be pressed before the deferred search has caught up.
      const list = among === 'errors' ? errors : sought === find ? hits : findSpans(tree, find);
      const next =
        direction > 0
          ? (list.find((index) => index > selected) ?? list[0])
          : (list.findLast((index) => index < selected) ?? list.at(-1));
      if (next !== undefined) select(next);
    },
  };
}
