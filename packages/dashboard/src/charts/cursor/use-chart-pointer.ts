import { type PointerEvent, useRef, useState } from 'react';
import { useZoom } from '../../time/use-zoom.ts';
import { millisAt, type Plot } from '../plot.ts';
import { pageCursor } from './cursor.ts';

const DRAG_PIXELS = 5;

/** A region of a chart in pixels. */
export interface ChartBox {
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
}

/**
 * Handles pointer events on a chart: moves the page's cursor, zooms on drag, and zooms back out on double-click. With
 * `onBox`, a drag selects a region instead.
 */
export function useChartPointer(
  plot: Plot,
  onPick?: (plot: Plot, x: number, y: number) => void,
  onBox?: (plot: Plot, box: ChartBox) => void,
): {
  readonly zoom: ChartBox | undefined;
  readonly handlers: Readonly<Record<string, (event: PointerEvent<HTMLElement>) => void>>;
} {
  const { zoomTo, zoomBack } = useZoom();
  const drag = useRef<{ readonly x: number; readonly y: number } | undefined>(undefined);
  const [zoom, setZoom] = useState<ChartBox | undefined>(undefined);
  const place = (event: PointerEvent<HTMLElement>): { readonly x: number; readonly y: number } => {
    const box = event.currentTarget.getBoundingClientRect();
    return {
      x: Math.min(plot.x1, Math.max(plot.x0, event.clientX - box.left)),
      y: Math.min(plot.y1, Math.max(plot.y0, event.clientY - box.top)),
    };
  };
  return {
    zoom,
    handlers: {
      onPointerDown(event) {
        if (event.button !== 0 || (event.target as Element).closest('button, a') !== null) return;
        drag.current = place(event);
      },
      onPointerMove(event) {
        const { x, y } = place(event);
        pageCursor.set(millisAt(plot, x));
        const from = drag.current;
        if (from === undefined || event.buttons === 0 || Math.abs(x - from.x) < DRAG_PIXELS) return;
        // Captures the pointer only for drags, so that clicks reach the elements below.
        event.currentTarget.setPointerCapture(event.pointerId);
        const rows =
          onBox === undefined ? { y0: plot.y0, y1: plot.y1 } : { y0: Math.min(y, from.y), y1: Math.max(y, from.y) };
        setZoom({ x0: Math.min(x, from.x), x1: Math.max(x, from.x), ...rows });
      },
      onPointerUp(event) {
        if (zoom !== undefined && onBox !== undefined) onBox(plot, zoom);
        else if (zoom !== undefined) zoomTo(millisAt(plot, zoom.x0), millisAt(plot, zoom.x1));
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
