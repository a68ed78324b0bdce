import { type PointerEvent, type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { Canvas } from '../../../charts/canvas.tsx';
import { useSize } from '../../../charts/use-size.ts';
import { formatDuration } from '../../../format/quantity.ts';
import { t } from '../../../locale/t.ts';
import { ServiceMark } from '../../../parts/service-mark.tsx';
import { useKeys } from '../../../shell/keys.ts';
import { TickLabels } from '../tick-labels.tsx';
import { durationOf, isError, ownNanos, spanAt, startOf, type TraceTree } from '../trace-tree.ts';
import type { TraceRange, TraceState } from '../use-trace-state.ts';
import { waterfallTicks } from '../waterfall-geometry.ts';
import './flame.css';
import { flameLayout, spanInRow } from './flame-layout.ts';
import { FLAME_ROW, paintFlame } from './paint-flame.ts';

/** Part of the range that remains after zooming in a step. */
const ZOOM_STEP = 0.6;
/** Margin around a span that the graph zooms to, as a part of its duration. */
const ZOOM_MARGIN = 0.05;

/** A trace's spans by time and depth. It shows the same spans, selection and search as the waterfall. */
export function Flame({ tree, state }: { readonly tree: TraceTree; readonly state: TraceState }): ReactNode {
  const [size, { width, height }] = useSize<HTMLDivElement>();
  const box = useRef<HTMLDivElement | null>(null);
  const [scrollTop, setScrollTop] = useState(0);
  const [hover, setHover] = useState<{ readonly index: number; readonly x: number; readonly y: number } | undefined>();
  const layout = useMemo(() => flameLayout(tree), [tree]);
  const { range, selected, hits, find } = state;
  const found = useMemo(() => (find === '' ? undefined : new Set(hits)), [find, hits]);
  const paint = useMemo(
    () => (context: CanvasRenderingContext2D) =>
      paintFlame(context, tree, layout, { range, width, height, scrollTop, found }),
    [tree, layout, range, width, height, scrollTop, found],
  );
  const zoom = useFlameZoom(tree, state);
  useKeys(
    t('Trace'),
    [
      { press: '+', does: t('zoom in'), hint: t('zoom'), shown: ['+', '−'], run: () => zoom.by(ZOOM_STEP) },
      { press: '-', does: t('zoom out'), run: () => zoom.by(1 / ZOOM_STEP) },
      { press: 'Enter', does: t('zoom to the span'), run: () => zoom.to(selected) },
    ],
    'detail',
  );
  useEffect(() => {
    const element = box.current;
    const row = layout.rows[selected];
    if (element === null || row === undefined) return;
    const top = row * FLAME_ROW;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + FLAME_ROW > element.scrollTop + element.clientHeight)
      element.scrollTop = top + FLAME_ROW - element.clientHeight;
  }, [layout, selected]);
  const spanUnder = (event: PointerEvent<HTMLElement> | React.MouseEvent<HTMLElement>): number => {
    const area = event.currentTarget.getBoundingClientRect();
    const perPixel = (range.to - range.from) / Math.max(1, width);
    const row = Math.floor((event.clientY - area.top + scrollTop) / FLAME_ROW);
    return spanInRow(tree, layout, row, range.from + (event.clientX - area.left) * perPixel, 2 * perPixel);
  };
  const marked = Math.max(selected, 0);
  return (
    <div className="fl">
      <div className="fl-axis bb" aria-hidden="true">
        <TickLabels ticks={waterfallTicks(range)} />
      </div>
      <div
        ref={(element) => {
          box.current = element;
          size(element);
        }}
        className="fl-scroll"
        role="tree"
        aria-label={t('Spans as a flame graph')}
        tabIndex={0}
        aria-activedescendant={`flame-${marked}`}
        onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
        onPointerMove={(event) => {
          const index = spanUnder(event);
          const area = event.currentTarget.getBoundingClientRect();
          setHover(index < 0 ? undefined : { index, x: event.clientX - area.left, y: event.clientY - area.top });
        }}
        onPointerLeave={() => setHover(undefined)}
        onClick={(event) => {
          const index = spanUnder(event);
          if (index >= 0) state.select(index);
        }}
        onDoubleClick={(event) => {
          const index = spanUnder(event);
          if (index < 0) state.setRange(undefined);
          else zoom.to(index);
        }}
        onWheel={(event) => {
          if (!event.ctrlKey && !event.metaKey) return;
          const area = event.currentTarget.getBoundingClientRect();
          zoom.by(event.deltaY < 0 ? ZOOM_STEP : 1 / ZOOM_STEP, (event.clientX - area.left) / Math.max(1, width));
        }}
        onKeyDown={(event) => {
          const move = ARROWS[event.key];
          if (move === undefined) return;
          event.preventDefault();
          const next = neighbor(tree, selected, move);
          if (next >= 0) state.select(next);
        }}
      >
        <div style={{ height: layout.spans.length * FLAME_ROW, position: 'relative' }}>
          <div className="fl-canvas" style={{ height }}>
            <Canvas width={width} height={height} paint={paint} />
            {hover !== undefined && <FlameTip tree={tree} {...hover} width={width} height={height} />}
          </div>
          <Marked
            tree={tree}
            index={marked}
            selected={selected >= 0}
            range={range}
            width={width}
            row={layout.rows[marked] ?? 0}
          />
        </div>
      </div>
    </div>
  );
}

type Move = 'parent' | 'child' | 'next' | 'previous';
const ARROWS: Readonly<Record<string, Move>> = {
  ArrowUp: 'parent',
  ArrowDown: 'child',
  ArrowRight: 'next',
  ArrowLeft: 'previous',
};

/** Returns the span above, below or beside another, or −1. */
function neighbor(tree: TraceTree, index: number, move: Move): number {
  if (index < 0) return 0;
  const parent = tree.parents[index] ?? -1;
  switch (move) {
    case 'parent':
      return parent;
    case 'child':
      return (tree.childCounts[index] ?? 0) > 0 ? index + 1 : -1;
    case 'next': {
      const next = tree.ends[index] ?? tree.length;
      return next < tree.length && tree.parents[next] === parent ? next : -1;
    }
    case 'previous': {
      let before = -1;
      for (let at = parent + 1; at < index; at = tree.ends[at] ?? at + 1) before = at;
      return before;
    }
  }
}

/** The span that the keyboard acts on, as an element that assistive technology can reach. */
function Marked({
  tree,
  index,
  selected,
  range,
  width,
  row,
}: {
  readonly tree: TraceTree;
  readonly index: number;
  readonly selected: boolean;
  readonly range: TraceRange;
  readonly width: number;
  readonly row: number;
}): ReactNode {
  const span = spanAt(tree, index);
  if (span === undefined) return null;
  const x = (nanos: number): number =>
    Math.min(width, Math.max(0, ((nanos - range.from) / Math.max(1, range.to - range.from)) * width));
  const left = x(span.start);
  return (
    <div
      id={`flame-${index}`}
      role="treeitem"
      tabIndex={-1}
      aria-selected={selected}
      aria-level={(tree.depths[index] ?? 0) + 1}
      aria-label={`${span.name}, ${span.service}, ${formatDuration(span.durationNanos)}${isError(tree, index) ? `, ${t('error')}` : ''}`}
      className={`fl-marked ${selected ? 'sel' : ''}`}
      style={{ top: row * FLAME_ROW, left, width: Math.max(2, x(span.start + span.durationNanos) - left) }}
    />
  );
}

function FlameTip({
  tree,
  index,
  x,
  y,
  width,
  height,
}: {
  readonly tree: TraceTree;
  readonly index: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}): ReactNode {
  const span = spanAt(tree, index);
  if (span === undefined) return null;
  return (
    <div
      className="pop fl-tip"
      style={{
        ...(x > width / 2 ? { right: width - x + 8 } : { left: x + 8 }),
        ...(y > height - 90 ? { bottom: height - y + 8 } : { top: y + 14 }),
      }}
    >
      <div className="mono med">{span.name}</div>
      <div className="row">
        <ServiceMark service={span.service} />
        {span.service}
      </div>
      <div className="t2">
        {t('{duration}, own {own}', {
          duration: formatDuration(span.durationNanos),
          own: formatDuration(ownNanos(tree, index)),
        })}
        {isError(tree, index) && <span className="err"> {t('error')}</span>}
      </div>
    </div>
  );
}

/** Returns functions that change the visible range of a trace. */
function useFlameZoom(
  tree: TraceTree,
  { range, setRange }: TraceState,
): { readonly by: (factor: number, share?: number) => void; readonly to: (index: number) => void } {
  const show = (from: number, to: number): void => {
    const low = Math.max(0, from);
    const high = Math.min(tree.durationNanos, to);
    if (high - low >= tree.durationNanos * 0.999) setRange(undefined);
    else if (high - low >= 1) setRange({ from: low, to: high });
  };
  return {
    by(factor, share = 0.5) {
      const length = (range.to - range.from) * factor;
      const center = range.from + (range.to - range.from) * share;
      show(center - length * share, center + length * (1 - share));
    },
    to(index) {
      if (index < 0) return;
      const margin = durationOf(tree, index) * ZOOM_MARGIN;
      show(startOf(tree, index) - margin, startOf(tree, index) + durationOf(tree, index) + margin);
    },
  };
}
