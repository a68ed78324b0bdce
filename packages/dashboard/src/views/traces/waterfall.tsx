import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, useEffect, useMemo, useRef } from 'react';
import { t } from '../../locale/t.ts';
import type { Repeat } from './shape/repeats.ts';
import { TickLabels } from './tick-labels.tsx';
import { rowOf, type TraceTree } from './trace-tree.ts';
import type { TraceState } from './use-trace-state.ts';
import './waterfall.css';
import { waterfallTicks } from './waterfall-geometry.ts';
import { WaterfallRow } from './waterfall-row.tsx';

const ROW = 20;
const OVERSCAN = 3;

/** A trace's spans as a virtualized list of rows. */
export function Waterfall({ tree, state }: { readonly tree: TraceTree; readonly state: TraceState }): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const { rows, selected, folded, groups, range, hits, path, isPathShown } = state;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: OVERSCAN,
  });
  const found = useMemo(() => new Set(hits), [hits]);
  const segments = useMemo(
    () => (isPathShown ? Map.groupBy(path.segments, ({ index }) => index) : undefined),
    [path, isPathShown],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: scrolls when the selection changes, not when rows fold
  useEffect(() => {
    const row = rowOf(rows, selected);
    const { startIndex = 0, endIndex = 0 } = virtual.range ?? {};
    if (row >= 0) virtual.scrollToIndex(row, { align: row > startIndex && row < endIndex ? 'auto' : 'center' });
  }, [selected]);
  // As many elements as there are rows at once, which are reused: scrolling creates none.
  const elements = Math.ceil((virtual.scrollRect?.height ?? 0) / ROW) + 2 * OVERSCAN + 2;
  const ticks = waterfallTicks(range);
  return (
    <div className="wf">
      <div className="wf-row wf-axis bb" aria-hidden="true">
        <span className="wf-name">{t('Span')}</span>
        <span className="wf-time">
          <TickLabels ticks={ticks} />
        </span>
      </div>
      <div
        ref={box}
        className="wf-scroll"
        role="tree"
        aria-label={t('Spans')}
        tabIndex={0}
        aria-activedescendant={selected >= 0 ? `span-${selected}` : undefined}
        onKeyDown={(event) => moveByArrows(event, state)}
      >
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          <div className="wf-grid" aria-hidden="true">
            {ticks.map(({ share, text }) => (
              <i key={text} style={{ left: `${share * 100}%` }} />
            ))}
          </div>
          {virtual.getVirtualItems().map((item) => {
            const index = rows[item.index] ?? 0;
            return (
              <WaterfallRow
                key={item.index % elements}
                tree={tree}
                index={index}
                top={item.start}
                row={item.index}
                rowCount={rows.length}
                range={range}
                folded={folded.has(index)}
                selected={index === selected}
                found={found.has(index) || hasHit(hits, groups.get(index))}
                group={groups.get(index)}
                segments={segments?.get(index)}
                onSelect={state.select}
                onFold={groups.has(index) ? state.setGrouped : state.setFolded}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** Reports whether any span of a group was found. Hits are in ascending order. */
function hasHit(hits: readonly number[], group: Repeat | undefined): boolean {
  if (group === undefined || hits.length === 0) return false;
  const next = hits.find((hit) => hit >= group.index);
  return next !== undefined && next < group.end;
}

/** Makes the arrow keys in the focused tree work like J, K, H and L. */
function moveByArrows(event: KeyboardEvent, state: TraceState): void {
  const row = rowOf(state.rows, state.selected);
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: 1,
    ArrowUp: -1,
    PageDown: 20,
    PageUp: -20,
    Home: -state.rows.length,
    End: state.rows.length,
  };
  const step = steps[event.key];
  if (step !== undefined) {
    event.preventDefault();
    state.select(state.rows[Math.min(state.rows.length - 1, Math.max(0, row + step))]);
  } else if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
    event.preventDefault();
    const isFolding = event.key === 'ArrowLeft';
    if (state.repeats.has(state.selected) && state.groups.has(state.selected) !== isFolding)
      state.setGrouped(state.selected, isFolding);
    else state.setFolded(state.selected, isFolding);
  }
}
