import { useMemo, useState } from 'react';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { ancestorsOf, indexOf, isError, type TraceTree, visibleRows } from './trace-tree.ts';
import { useTraceSearch } from './use-trace-search.ts';

/** The time range of the trace that the waterfall shows, in nanoseconds. */
export interface TraceRange {
  readonly from: number;
  readonly to: number;
}

/** The view state of a trace. */
export interface TraceState {
  readonly rows: readonly number[];
  readonly folded: ReadonlySet<number>;
  /** Index of the selected span, or −1. */
  readonly selected: number;
  readonly range: TraceRange;
  readonly find: string;
  readonly hits: readonly number[];
  /** Whether the hits are those of the current search string. */
  readonly found: 'yes' | 'not yet' | 'failed';
  readonly select: (index: number | undefined) => void;
  readonly setFolded: (index: number, folded: boolean) => void;
  readonly foldAll: (folded: boolean) => void;
  readonly setRange: (range: TraceRange | undefined) => void;
  readonly setFind: (text: string) => void;
  /** Selects the next or previous search hit or error. */
  readonly step: (among: 'hits' | 'errors', direction: 1 | -1) => void;
}

/**
 * Returns the view state of a trace: collapsed spans, selection, zoom and search. Selection and search are in the URL.
 */
export function useTraceState(tree: TraceTree, traceId: string): TraceState {
  const { span, find = '' } = usePageSearch();
  const change = useChangeSearch();
  const { folded, fold } = useFolding(tree);
  const [zoom, setRange] = useState<TraceRange | undefined>(undefined);
  const errors = useMemo(
    () => Array.from({ length: tree.length }, (_, index) => index).filter((index) => isError(tree, index)),
    [tree],
  );
  const rows = useMemo(() => visibleRows(tree, folded), [tree, folded]);
  const selected = span === undefined ? -1 : indexOf(tree, span);
  const select = (index: number | undefined): void => {
    if (index !== undefined) {
      const hiding = ancestorsOf(tree, index).filter((above) => folded.has(above));
      if (hiding.length > 0) fold([...folded].filter((one) => !hiding.includes(one)));
    }
    const spanId = index === undefined ? undefined : tree.outline.spanIds[tree.positions[index] ?? -1];
    change({ span: spanId }, 'replace');
  };
  const goAmong = (list: readonly number[], direction: 1 | -1): void => {
    const next =
      direction > 0
        ? (list.find((index) => index > selected) ?? list[0])
        : (list.findLast((index) => index < selected) ?? list.at(-1));
    if (next !== undefined) select(next);
  };
  const search = useTraceSearch(tree, traceId, find, goAmong);
  return {
    rows,
    folded,
    selected,
    range: zoom ?? { from: 0, to: tree.durationNanos },
    find,
    hits: search.hits,
    found: search.found,
    select,
    setFolded(index, on) {
      if ((tree.childCounts[index] ?? 0) === 0 || folded.has(index) === on) return;
      fold(on ? [...folded, index] : [...folded].filter((one) => one !== index));
    },
    foldAll: (on) => fold(on ? rows.filter((index) => canFoldAll(tree, index)) : []),
    setRange,
    setFind: (text) => change({ find: text === '' ? undefined : text }, 'replace'),
    step: (among, direction) => (among === 'errors' ? goAmong(errors, direction) : search.step(direction)),
  };
}

function canFoldAll(tree: TraceTree, index: number): boolean {
  return (tree.depths[index] ?? 0) > 0 && (tree.childCounts[index] ?? 0) > 0;
}

/** Returns the collapsed spans. They are stored by outline position, because indexes change as spans arrive. */
function useFolding(tree: TraceTree): {
  readonly folded: ReadonlySet<number>;
  readonly fold: (indexes: readonly number[]) => void;
} {
  const [positions, setPositions] = useState<readonly number[]>([]);
  const folded = useMemo(() => new Set(positions.map((position) => tree.indexes[position] ?? -1)), [tree, positions]);
  return { folded, fold: (indexes) => setPositions(indexes.map((index) => tree.positions[index] ?? -1)) };
}
