import { type PointerEvent, useRef, useState } from 'react';
import { useZoom } from '../../time/use-zoom.ts';
import { millisAt, type Plot } from '../plot.ts';
import { pageCursor } from './cursor.ts';

const DRAG_PIXELS = 5;

/** Handles pointer events on a chart: moves the page's cursor, zooms on drag, and zooms back out on double-click. */
export function useChartPointer(
  plot: Plot,
  onPick?: (plot: Plot, x: number, y: number) => void,
): {
  readonly zoom: { readonly from: number; readonly to: number } | undefined;
  readonly handlers: Readonly<Record<string, (event: PointerEvent<HTMLElement>) => void>>;
} {
  const { zoomTo, zoomBack } = useZoom();
  const drag = useRef<number | undefined>(undefined);
  const [zoom, setZoom] = useState<{ from: number; to: number } | undefined>(undefined);
  const place = (event: PointerEvent<HTMLElement>): number => {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left;
    return Math.min(plot.x1, Math.max(plot.x0, x));
  };
  return {
    zoom,
    handlers: {
      onPointerDown(event) {
        if (event.button !== 0 || (event.target as Element).closest('button, a') !== null) return;
        drag.current = place(event);
      },
      onPointerMove(event) {
        const x = place(event);
        pageCursor.set(millisAt(plot, x));
        if (drag.current === undefined || event.buttons === 0 || Math.abs(x - drag.current) < DRAG_PIXELS) return;
        // Captures the pointer only for drags, so that clicks reach the elements below.
        event.currentTarget.setPointerCapture(event.pointerId);
        setZoom({ from: Math.min(x, drag.current), to: Math.max(x, drag.current) });
      },
      onPointerUp(event) {
        if (zoom !== undefined) zoomTo(millisAt(plot, zoom.from), millisAt(plot, zoom.to));
        else if (drag.current !== undefined) {
          const box = event.currentTarget.getBoundingClientRect();
          onPick?.(plot, event.clientX - box.left, event.clientY - box.top);
        }
        drag.current = undefined;
        setZoom(undefined);
      },
      onPointerCancel() {
        drag.current = undefined;
        setZoom(undefined);
      },
      onPointerLeave: () => pageCursor.set(undefined),
      onDoubleClick: () => zoomBack(),
    },
  };
}
