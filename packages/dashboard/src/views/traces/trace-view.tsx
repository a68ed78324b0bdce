import { lazy, type ReactNode, Suspense, useRef } from 'react';
import { t } from '../../locale/t.ts';
import { LoadingRows } from '../../parts/loading.tsx';
import { useKeys } from '../../shell/keys.ts';
import { Minimap } from './minimap.tsx';
import { PathSummary } from './shape/path-summary.tsx';
import { SpanDetail } from './span/span-detail.tsx';
import { TraceHead } from './trace-head.tsx';
import { TraceTools } from './trace-tools.tsx';
import { rowOf, type TraceTree } from './trace-tree.ts';
import { type TraceState, useTraceState } from './use-trace-state.ts';
import { Waterfall } from './waterfall.tsx';

const Flame = lazy(async () => ({ default: (await import('./flame/flame.tsx')).Flame }));

/** A trace: its summary, minimap, waterfall or flame graph, and the selected span. */
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
  const pane = useRef<HTMLElement>(null);
  useTraceKeys(tree, state, {
    find: () => field.current?.focus(),
    tree: () => pane.current?.querySelector<HTMLElement>('[role=tree]')?.focus({ preventScroll: true }),
  });
  return (
    <div className={`tr-panel ${state.selected >= 0 ? 'with-detail' : ''}`}>
      <section ref={pane} className="pane" aria-label={t('Trace')}>
        <TraceHead tree={tree} traceId={traceId} onClose={onClose} />
        <TraceTools tree={tree} state={state} field={field} />
        <Minimap tree={tree} range={state.range} onRange={state.setRange} />
        {state.isPathShown && <PathSummary tree={tree} path={state.path} />}
        {state.shape === 'flame' ? (
          <Suspense fallback={<LoadingRows rows={12} height={20} />}>
            <Flame tree={tree} state={state} />
          </Suspense>
        ) : (
          <Waterfall tree={tree} state={state} />
        )}
      </section>
      {state.selected >= 0 && (
        <SpanDetail
          tree={tree}
          index={state.selected}
          path={state.path}
          traceId={traceId}
          onClose={() => state.select(undefined)}
          onSelect={state.select}
        />
      )}
    </div>
  );
}

/** `focus` has functions that move the focus to the search field, and to the spans. */
function useTraceKeys(
  tree: TraceTree,
  state: TraceState,
  focus: { readonly find: () => void; readonly tree: () => void },
): void {
  const { rows, selected, folded } = state;
  const row = rowOf(rows, selected);
  const go = (to: number): void => {
    const index = rows[Math.min(rows.length - 1, Math.max(0, to))];
    if (index !== undefined) state.select(index);
    focus.tree();
  };
  const unfoldOrEnter = (): void => {
    if (state.groups.has(selected)) state.setGrouped(selected, false);
    else if (folded.has(selected)) state.setFolded(selected, false);
    else if ((tree.childCounts[selected] ?? 0) > 0) go(row + 1);
  };
  const foldOrLeave = (): void => {
    const repeat = [...state.repeats.values()].find(({ members }) => members.includes(selected));
    if (repeat !== undefined && !state.groups.has(repeat.index)) {
      state.setGrouped(repeat.index, true);
      state.select(repeat.index);
    } else if (!state.groups.has(selected) && (tree.childCounts[selected] ?? 0) > 0 && !folded.has(selected))
      state.setFolded(selected, true);
    else if ((tree.parents[selected] ?? -1) >= 0) state.select(tree.parents[selected]);
  };
  useKeys(
    t('Trace'),
    [
      { press: 'j', does: t('next span'), hint: t('span'), shown: ['J', 'K'], run: () => go(row + 1) },
      { press: 'k', does: t('previous span'), run: () => go(row < 0 ? 0 : row - 1) },
      { press: 'h', does: t('collapse, or go to the parent'), hint: t('fold'), shown: ['H', 'L'], run: foldOrLeave },
      { press: 'l', does: t('expand, or go to the first child'), run: unfoldOrEnter },
      { press: 'e', does: t('next error'), hint: t('next error'), run: () => state.step('errors', 1) },
      { press: 'n', does: t('next match'), run: () => state.step('hits', 1) },
      { press: 'b', does: t('previous match'), run: () => state.step('hits', -1) },
      { press: '/', does: t('find in this trace'), hint: t('find'), run: focus.find },
      {
        press: 'f',
        does: state.shape === 'flame' ? t('show the waterfall') : t('show the flame graph'),
        hint: state.shape === 'flame' ? t('waterfall') : t('flame graph'),
        run: () => state.setShape(state.shape === 'flame' ? 'waterfall' : 'flame'),
      },
      {
        press: 'p',
        does: t('show or hide the critical path'),
        hint: t('critical path'),
        run: () => state.showPath(!state.isPathShown),
      },
      { press: 'z', does: t('show the whole trace'), run: () => state.setRange(undefined) },
    ],
    'detail',
  );
}
