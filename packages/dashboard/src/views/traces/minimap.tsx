import { type PointerEvent, type ReactNode, useMemo, useRef, useState } from 'react';
import { Canvas } from '../../charts/canvas.tsx';
import { colorOf } from '../../charts/theme-colors.ts';
import { useSize } from '../../charts/use-size.ts';
import { serviceToken } from '../../data/service-colors.ts';
import { t } from '../../locale/t.ts';
import { isError, peerOf, spanAt, type TraceTree } from './trace-tree.ts';
import type { TraceRange } from './use-trace-state.ts';

const HEIGHT = 32;
const MAX_LINES = 4000;
const MIN_PIXELS = 4;

/** The whole trace, with a line one pixel high per span. Dragging selects the time range of the waterfall. */
export function Minimap({
  tree,
  range,
  onRange,
}: {
  readonly tree: TraceTree;
  readonly range: TraceRange;
  readonly onRange: (range: TraceRange | undefined) => void;
}): ReactNode {
  const [ref, { width }] = useSize<HTMLDivElement>();
  const begun = useRef<number | undefined>(undefined);
  const [drag, setDrag] = useState<{ readonly from: number; readonly to: number } | undefined>(undefined);
  const paint = useMemo(
    () => (context: CanvasRenderingContext2D) => {
      const count = tree.length;
      const step = Math.max(1, Math.floor(count / MAX_LINES));
      for (let index = 0; index < count; index += step) {
        const span = spanAt(tree, index);
        if (span === undefined) continue;
        const failed = isError(tree, index) && (tree.childCounts[index] ?? 0) === 0;
        context.fillStyle = colorOf(
          failed ? '--error-fill' : peerOf(tree, index) === undefined ? serviceToken(span.service) : '--text-3',
        );
        context.fillRect(
          (span.start / tree.durationNanos) * width,
          1 + (index / count) * (HEIGHT - 2),
          Math.max(1.2, (span.durationNanos / tree.durationNanos) * width),
          1,
        );
      }
    },
    [tree, width],
  );
  const place = (event: PointerEvent<HTMLElement>): number =>
    Math.min(width, Math.max(0, event.clientX - event.currentTarget.getBoundingClientRect().left));
  const left = drag?.from ?? (range.from / tree.durationNanos) * width;
  const right = drag?.to ?? (range.to / tree.durationNanos) * width;
  const whole = left <= 0 && right >= width;
  return (
    <div className="tr-minimap">
      <div
        ref={ref}
        className="chart"
        style={{ height: HEIGHT }}
        role="img"
        aria-label={t('Minimap of the trace; drag to select a time range')}
        onPointerDown={(event) => {
          begun.current = place(event);
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          if (begun.current === undefined) return;
          const x = place(event);
          setDrag({ from: Math.min(x, begun.current), to: Math.max(x, begun.current) });
        }}
        onPointerUp={() => {
          if (drag !== undefined && drag.to - drag.from >= MIN_PIXELS)
            onRange({ from: (drag.from / width) * tree.durationNanos, to: (drag.to / width) * tree.durationNanos });
          begun.current = undefined;
          setDrag(undefined);
        }}
        onDoubleClick={() => onRange(undefined)}
      >
        <Canvas width={width} height={HEIGHT} paint={paint} />
        {!whole && (
          <>
            <i className="tr-shade" style={{ left: 0, width: left }} />
            <i className="tr-shade" style={{ left: right, right: 0 }} />
          </>
        )}
        <i className="tr-grip" style={{ left: left - (whole ? 0 : 1) }} />
        <i className="tr-grip" style={{ left: right - (whole ? 3 : 2) }} />
      </div>
    </div>
  );
}
