import { useMemo, useState } from 'react';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { type CriticalPath, criticalPath } from './shape/critical-path.ts';
import type { Repeat } from './shape/repeats.ts';
import { useFolding } from './shape/use-folding.ts';
import { ancestorsOf, indexOf, isError, type TraceTree, visibleRows } from './trace-tree.ts';
import { useTraceSearch } from './use-trace-search.ts';

/** The time range of the trace that the waterfall shows, in nanoseconds. */
export interface TraceRange {
  readonly from: number;
  readonly to: number;
}

/** How a trace is drawn. */
export type TraceShape = 'waterfall' | 'flame';

/** The view state of a trace. */
export interface TraceState {
  readonly shape: TraceShape;
  readonly rows: readonly number[];
  readonly folded: ReadonlySet<number>;
  /** Repeated siblings by the index of their first span, and those of them that are one row. */
  readonly repeats: ReadonlyMap<number, Repeat>;
  readonly groups: ReadonlyMap<number, Repeat>;
  /** Index of the selected span, or −1. */
  readonly selected: number;
  readonly range: TraceRange;
  readonly find: string;
  readonly hits: readonly number[];
  /** Whether the hits are those of the current search string. */
  readonly found: 'yes' | 'not yet' | 'failed';
  readonly path: CriticalPath;
  readonly isPathShown: boolean;
  readonly select: (index: number | undefined) => void;
  readonly setFolded: (index: number, folded: boolean) => void;
  readonly setGrouped: (index: number, grouped: boolean) => void;
  readonly foldAll: (folded: boolean) => void;
  readonly setRange: (range: TraceRange | undefined) => void;
  readonly setFind: (text: string) => void;
  readonly setShape: (shape: TraceShape) => void;
  readonly showPath: (shown: boolean) => void;
  /** Selects the next or previous search hit or error. */
  readonly step: (among: 'hits' | 'errors', direction: 1 | -1) => void;
}

/**
 * Returns the view state of a trace: collapsed spans, selection, zoom and search. All but collapsed spans and zoom is in
 * the URL.
 */
export function useTraceState(tree: TraceTree, traceId: string): TraceState {
  const { span, find = '', shape, path: pathShown } = usePageSearch();
  const change = useChangeSearch();
  const { folded, fold, repeats, groups, openGroups } = useFolding(tree);
  const [zoom, setRange] = useState<TraceRange | undefined>(undefined);
  const errors = useMemo(
    () => Array.from({ length: tree.length }, (_, index) => index).filter((index) => isError(tree, index)),
    [tree],
  );
  const rows = useMemo(() => visibleRows(tree, folded, groups), [tree, folded, groups]);
  const path = useMemo(() => criticalPath(tree), [tree]);
  const selected = span === undefined ? -1 : indexOf(tree, span);
  const select = (index: number | undefined): void => {
    if (index !== undefined) {
      const hiding = ancestorsOf(tree, index).filter((above) => folded.has(above));
      if (hiding.length > 0) fold([...folded].filter((one) => !hiding.includes(one)));
      const within = [...groups.values()].filter((group) => group.index < index && index < group.end);
      if (within.length > 0) openGroups(within.map((group) => group.index));
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
    ...{ rows, folded, repeats, groups, selected, find, path, select, setRange },
    shape: shape === 'flame' ? 'flame' : 'waterfall',
    range: zoom ?? { from: 0, to: tree.durationNanos },
    hits: search.hits,
    found: search.found,
    isPathShown: pathShown === 'critical',
    setFolded(index, on) {
      if ((tree.childCounts[index] ?? 0) === 0 || folded.has(index) === on) return;
      fold(on ? [...folded, index] : [...folded].filter((one) => one !== index));
    },
    setGrouped: (index, on) => openGroups([index], !on),
    foldAll: (on) => fold(on ? rows.filter((index) => canFoldAll(tree, index)) : []),
    setFind: (text) => change({ find: text === '' ? undefined : text }, 'replace'),
    setShape: (next) => change({ shape: next === 'flame' ? next : undefined }, 'replace'),
    showPath: (shown) => change({ path: shown ? 'critical' : undefined }, 'replace'),
    step: (among, direction) => (among === 'errors' ? goAmong(errors, direction) : search.step(direction)),
  };
}

function canFoldAll(tree: TraceTree, index: number): boolean {
  return (tree.depths[index] ?? 0) > 0 && (tree.childCounts[index] ?? 0) > 0;
}
