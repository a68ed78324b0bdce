import { type ReactNode, useRef } from 'react';
import { useKeys } from '../../shell/keys.ts';
import { Minimap } from './minimap.tsx';
import { SpanDetail } from './span/span-detail.tsx';
import { TraceHead } from './trace-head.tsx';
import { TraceTools } from './trace-tools.tsx';
import { rowOf, type TraceTree } from './trace-tree.ts';
import { type TraceState, useTraceState } from './use-trace-state.ts';
import { Waterfall } from './waterfall.tsx';

/** A trace: its summary, minimap and waterfall, and the selected span. */
export function TraceView({
  tree,
  traceId,
  onClose,
}: {
  readonly tree: TraceTree;
  readonly traceId: string;
  readonly onClose: () => void;
}): ReactNode {
  const state = useTraceState(tree, traceId);
  const field = useRef<HTMLInputElement>(null);
  useTraceKeys(tree, state, () => field.current?.focus());
  return (
    <div className={`tr-panel ${state.selected >= 0 ? 'with-detail' : ''}`}>
      <section className="pane" aria-label="Trace">
        <TraceHead tree={tree} traceId={traceId} onClose={onClose} />
        <TraceTools tree={tree} state={state} field={field} />
        <Minimap tree={tree} range={state.range} onRange={state.setRange} />
        <Waterfall tree={tree} state={state} />
      </section>
      {state.selected >= 0 && (
        <SpanDetail
          tree={tree}
          index={state.selected}
          traceId={traceId}
          onClose={() => state.select(undefined)}
          onSelect={state.select}
        />
      )}
    </div>
  );
}

function useTraceKeys(tree: TraceTree, state: TraceState, focusFind: () => void): void {
  const { rows, selected, folded } = state;
  const row = rowOf(rows, selected);
  const go = (to: number): void => {
    const index = rows[Math.min(rows.length - 1, Math.max(0, to))];
    if (index !== undefined) state.select(index);
  };
  const unfoldOrEnter = (): void => {
    if (folded.has(selected)) state.setFolded(selected, false);
    else if ((tree.childCounts[selected] ?? 0) > 0) go(row + 1);
  };
  const foldOrLeave = (): void => {
    if ((tree.childCounts[selected] ?? 0) > 0 && !folded.has(selected)) state.setFolded(selected, true);
    else if ((tree.parents[selected] ?? -1) >= 0) state.select(tree.parents[selected]);
  };
  useKeys(
    'Trace',
    [
      { press: 'j', does: 'next span', hint: 'span', shown: ['J', 'K'], run: () => go(row + 1) },
      { press: 'k', does: 'previous span', run: () => go(row < 0 ? 0 : row - 1) },
      { press: 'h', does: 'collapse, or go to the parent', hint: 'fold', shown: ['H', 'L'], run: foldOrLeave },
      { press: 'l', does: 'expand, or go to the first child', run: unfoldOrEnter },
      { press: 'e', does: 'next error', hint: 'next error', run: () => state.step('errors', 1) },
      { press: 'n', does: 'next match', run: () => state.step('hits', 1) },
      { press: 'b', does: 'previous match', run: () => state.step('hits', -1) },
      { press: '/', does: 'find in this trace', hint: 'find', run: focusFind },
      { press: 'z', does: 'show the whole trace', run: () => state.setRange(undefined) },
    ],
    'detail',
  );
}
