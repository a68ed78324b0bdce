import { type PointerEvent, type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { t } from '../../locale/t.ts';
import { useKeys } from '../../shell/keys.ts';
import { Canvas } from '../canvas.tsx';
import { useSize } from '../use-size.ts';
import './flame.css';
import { boxInRow, flameLayout } from './flame-layout.ts';
import type { FlameRange, FlameSource } from './flame-source.ts';
import { FLAME_ROW, paintFlame } from './paint-flame.ts';

/** Part of the range that remains after zooming in a step. */
const ZOOM_STEP = 0.6;
/** Margin around a box that the graph zooms to, as a part of its length. */
const ZOOM_MARGIN = 0.05;

/** Boxes by place and depth, with zoom, selection and search, by pointer and by key. */
export function FlameGraph({
  label,
  scope,
  zoomHint,
  source,
  range,
  selected,
  found,
  axis,
  tip,
  describe,
  onSelect,
  onRange,
}: {
  readonly label: string;
  /** Heading of its keys in the list of all keys. */
  readonly scope: string;
  /** What `Enter` does. */
  readonly zoomHint: string;
  readonly source: FlameSource;
  readonly range: FlameRange;
  /** Index of the selected box, or −1. */
  readonly selected: number;
  /** Boxes to emphasize among the others. */
  readonly found: ReadonlySet<number> | undefined;
  /** Labels above the graph. */
  readonly axis?: ReactNode;
  /** Returns what is shown beside the pointer. */
  readonly tip: (index: number) => ReactNode;
  /** Returns the name of a box for assistive technology. */
  readonly describe: (index: number) => string;
  readonly onSelect: (index: number) => void;
  /** `undefined` shows everything. */
  readonly onRange: (range: FlameRange | undefined) => void;
}): ReactNode {
  const [size, { width, height }] = useSize<HTMLDivElement>();
  const box = useRef<HTMLDivElement | null>(null);
  const [scrollTop, setScrollTop] = useState(0);
  const [hover, setHover] = useState<{ readonly index: number; readonly x: number; readonly y: number } | undefined>();
  const layout = useMemo(() => flameLayout(source), [source]);
  const paint = useMemo(
    () => (context: CanvasRenderingContext2D) =>
      paintFlame(context, source, layout, { range, width, height, scrollTop, found }),
    [source, layout, range, width, height, scrollTop, found],
  );
  const zoom = useFlameZoom(source, range, onRange);
  useKeys(
    scope,
    [
      { press: '+', does: t('zoom in'), hint: t('zoom'), shown: ['+', '−'], run: () => zoom.by(ZOOM_STEP) },
      { press: '-', does: t('zoom out'), run: () => zoom.by(1 / ZOOM_STEP) },
      { press: 'Enter', does: zoomHint, run: () => zoom.to(selected) },
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
  const boxUnder = (event: PointerEvent<HTMLElement> | React.MouseEvent<HTMLElement>): number => {
    const area = event.currentTarget.getBoundingClientRect();
    const perPixel = (range.to - range.from) / Math.max(1, width);
    const row = Math.floor((event.clientY - area.top + scrollTop) / FLAME_ROW);
    return boxInRow(source, layout, row, range.from + (event.clientX - area.left) * perPixel, 2 * perPixel);
  };
  const marked = Math.max(selected, 0);
  return (
    <div className="fl">
      {axis !== undefined && (
        <div className="fl-axis bb" aria-hidden="true">
          {axis}
        </div>
      )}
      <div
        ref={(element) => {
          box.current = element;
          size(element);
        }}
        className="fl-scroll"
        role="tree"
        aria-label={label}
        tabIndex={0}
        aria-activedescendant={`flame-${marked}`}
        onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
        onPointerMove={(event) => {
          const index = boxUnder(event);
          const area = event.currentTarget.getBoundingClientRect();
          setHover(index < 0 ? undefined : { index, x: event.clientX - area.left, y: event.clientY - area.top });
        }}
        onPointerLeave={() => setHover(undefined)}
        onClick={(event) => {
          const index = boxUnder(event);
          if (index >= 0) onSelect(index);
        }}
        onDoubleClick={(event) => {
          const index = boxUnder(event);
          if (index < 0) onRange(undefined);
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
          const next = neighbor(source, selected, move);
          if (next >= 0) onSelect(next);
        }}
      >
        <div style={{ height: layout.boxes.length * FLAME_ROW, position: 'relative' }}>
          <div className="fl-canvas" style={{ height }}>
            <Canvas width={width} height={height} paint={paint} />
            {hover !== undefined && hover.index < source.length && (
              <FlameTip {...hover} width={width} height={height}>
                {tip(hover.index)}
              </FlameTip>
            )}
          </div>
          <Marked
            source={source}
            label={describe(marked)}
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

/** Returns the box above, below or beside another, or −1. */
function neighbor(source: FlameSource, index: number, move: Move): number {
  if (index < 0) return 0;
  const parent = source.parent(index);
  switch (move) {
    case 'parent':
      return parent;
    case 'child':
      return source.endOf(index) > index + 1 ? index + 1 : -1;
    case 'next': {
      const next = source.endOf(index);
      return next < source.length && source.parent(next) === parent ? next : -1;
    }
    case 'previous': {
      let before = -1;
      for (let at = parent + 1; at < index; at = Math.max(at + 1, source.endOf(at))) before = at;
      return before;
    }
  }
}

/** The box that the keyboard acts on, as an element that assistive technology can reach. */
function Marked({
  source,
  label,
  index,
  selected,
  range,
  width,
  row,
}: {
  readonly source: FlameSource;
  readonly label: string;
  readonly index: number;
  readonly selected: boolean;
  readonly range: FlameRange;
  readonly width: number;
  readonly row: number;
}): ReactNode {
  if (index >= source.length) return null;
  const x = (place: number): number =>
    Math.min(width, Math.max(0, ((place - range.from) / Math.max(1, range.to - range.from)) * width));
  const start = source.start(index);
  const left = x(start);
  let level = 1;
  for (let above = source.parent(index); above >= 0; above = source.parent(above)) level += 1;
  return (
    <div
      id={`flame-${index}`}
      role="treeitem"
      tabIndex={-1}
      aria-selected={selected}
      aria-level={level}
      aria-label={label}
      className={`fl-marked ${selected ? 'sel' : ''}`}
      style={{ top: row * FLAME_ROW, left, width: Math.max(2, x(start + source.lasts(index)) - left) }}
    />
  );
}

function FlameTip({
  x,
  y,
  width,
  height,
  children,
}: {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <div
      className="pop fl-tip"
      style={{
        ...(x > width / 2 ? { right: width - x + 8 } : { left: x + 8 }),
        ...(y > height - 90 ? { bottom: height - y + 8 } : { top: y + 14 }),
      }}
    >
      {children}
    </div>
  );
}

/** Returns functions that change the visible range. */
function useFlameZoom(
  source: FlameSource,
  range: FlameRange,
  onRange: (range: FlameRange | undefined) => void,
): { by: (factor: number, share?: number) => void; to: (index: number) => void } {
  const show = (from: number, to: number): void => {
    const low = Math.max(0, from);
    const high = Math.min(source.end, to);
    if (high - low >= source.end * 0.999) onRange(undefined);
    else if (high - low >= 1) onRange({ from: low, to: high });
  };
  return {
    by(factor, share = 0.5) {
      const length = (range.to - range.from) * factor;
      const center = range.from + (range.to - range.from) * share;
      show(center - length * share, center + length * (1 - share));
    },
    to(index) {
      if (index < 0) return;
      const margin = source.lasts(index) * ZOOM_MARGIN;
      show(source.start(index) - margin, source.start(index) + source.lasts(index) + margin);
    },
  };
}
