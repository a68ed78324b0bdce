import { type ReactNode, useMemo, useState } from 'react';
import { t } from '../locale/t.ts';
import { usePageWindow } from '../time/page-window.tsx';
import { TimeAxis } from './axes/time-axis.tsx';
import { Canvas } from './canvas.tsx';
import { ChartTable, type TableData } from './chart-table.tsx';
import { ChartCursor } from './cursor/chart-cursor.tsx';
import { type CursorValue, CursorValues } from './cursor/cursor-values.tsx';
import { type ChartBox, useChartPointer } from './cursor/use-chart-pointer.ts';
import type { Plot } from './plot.ts';
import { Releases } from './releases/releases.tsx';
import { useSize } from './use-size.ts';

/** Margins around the plot in pixels. */
export interface Margins {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/**
 * A chart over the page's time range, with a time axis, the shared cursor, zoom on drag, and zoom out on double-click.
 */
export function TimeChart({
  label,
  height,
  margins,
  paint,
  under,
  over,
  table,
  span,
  onPick,
  onBox,
  layer,
  links,
  valuesAt,
  labelsReleases = false,
}: {
  /** Accessible description of the chart. */
  readonly label: string;
  readonly height: number;
  readonly margins: Margins;
  /** Paints the data on canvas. */
  readonly paint?: ((context: CanvasRenderingContext2D, plot: Plot) => void) | undefined;
  /** Renders the grid and axis values below the data. */
  readonly under?: (plot: Plot) => ReactNode;
  /** Renders labels and marks above the data. */
  readonly over?: (plot: Plot) => ReactNode;
  /** Returns the data as table rows. */
  readonly table?: (() => TableData) | undefined;
  /** Time range, if it differs from the page's. */
  readonly span?: { readonly startMillis: number; readonly endMillis: number };
  /** Renders elements between the grid and the axis. */
  readonly layer?: (plot: Plot) => ReactNode;
  /** Whether the latest release has a label, besides its line. */
  readonly labelsReleases?: boolean;
  /** Renders links on top of the data. */
  readonly links?: (plot: Plot) => ReactNode;
  /** Returns the values at a time, which are shown beside the cursor. */
  readonly valuesAt?: (millis: number) => readonly CursorValue[];
  /** Called on a click, with its position in chart pixels. */
  readonly onPick?: (plot: Plot, x: number, y: number) => void;
  /** Called after a drag, which then selects a region instead of zooming. */
  readonly onBox?: ((plot: Plot, box: ChartBox) => void) | undefined;
}): ReactNode {
  const shown = usePageWindow();
  const startMillis = span?.startMillis ?? shown.startMillis;
  const endMillis = span?.endMillis ?? shown.endMillis;
  const [ref, { width }] = useSize<HTMLDivElement>();
  const { left, right, top, bottom } = margins;
  const plot = useMemo<Plot>(
    () => ({ x0: left, x1: Math.max(left + 1, width - right), y0: top, y1: height - bottom, startMillis, endMillis }),
    [left, right, top, bottom, width, height, startMillis, endMillis],
  );
  const painter = useMemo(
    () => (paint === undefined ? undefined : (context: CanvasRenderingContext2D) => paint(context, plot)),
    [paint, plot],
  );
  const { zoom, handlers } = useChartPointer(plot, onPick, onBox);
  const [asTable, setAsTable] = useState(false);
  if (asTable && table !== undefined)
    return <ChartTable label={label} table={table()} height={height} onClose={() => setAsTable(false)} />;
  return (
    <div ref={ref} className="chart" style={{ height }} {...handlers}>
      {width > 0 && (
        <>
          <svg width={width} height={height} aria-hidden="true">
            {under?.(plot)}
          </svg>
          {painter !== undefined && <Canvas width={width} height={height} paint={painter} />}
          {layer?.(plot)}
          <svg width={width} height={height} role="img" aria-label={label}>
            <TimeAxis plot={plot} />
            {onPick === undefined && <Releases plot={plot} labeled={labelsReleases} />}
            {over?.(plot)}
            {zoom !== undefined && (
              <rect className="zoom" x={zoom.x0} width={zoom.x1 - zoom.x0} y={zoom.y0} height={zoom.y1 - zoom.y0} />
            )}
            <ChartCursor plot={plot} />
          </svg>
          {links?.(plot)}
          {valuesAt !== undefined && <CursorValues plot={plot} valuesAt={valuesAt} />}
        </>
      )}
      {table !== undefined && (
        <button type="button" className="btn small as-table" onClick={() => setAsTable(true)}>
          {t('Show as table')}
          <span className="unseen">: {label}</span>
        </button>
      )}
    </div>
  );
}
