import type { TraceHeatmapResponse, TraceHit, TracesResponse } from '@otelier/query';
import { type ReactNode, useMemo } from 'react';
import { ValueAxis } from '../../charts/axes/value-axis.tsx';
import { paintHeat } from '../../charts/heat.ts';
import { millisAt, type Plot, xOf } from '../../charts/plot.ts';
import { colorOf } from '../../charts/theme-colors.ts';
import { TimeChart } from '../../charts/time-chart.tsx';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { formatCount, plural } from '../../format/number.ts';
import { formatDuration } from '../../format/quantity.ts';
import { formatMillis, millisOf } from '../../format/time.ts';
import { t } from '../../locale/t.ts';
import { useZoom } from '../../time/use-zoom.ts';
import { readBox, writeBox } from './compare/box.ts';
import { durationScale } from './duration-scale.ts';
import { cellAt, failedCells, nanosAt, occupiedBounds } from './heat-cells.ts';

const MARGINS = { left: 60, right: 16, top: 30, bottom: 24 };
const REACH = 9;

interface Point {
  readonly hit: TraceHit;
  readonly millis: number;
}

/**
 * Traces by start time and duration: as points, or as a heat map if there are more than the list has. Clicking opens a
 * trace, dragging zooms, or selects traces to compare.
 */
export function Scatter({
  result,
  heat,
  selected,
  onSelect,
  height,
}: {
  readonly result: TracesResponse;
  /** All traces of the range, if the list does not contain them. */
  readonly heat: TraceHeatmapResponse | undefined;
  readonly selected: string | undefined;
  readonly onSelect: (traceId: string) => void;
  readonly height: number;
}): ReactNode {
  const { order, compare, box: boxText } = usePageSearch();
  const change = useChangeSearch();
  const { zoomTo } = useZoom();
  const box = readBox(boxText);
  const points = useMemo<readonly Point[]>(
    () => result.traces.map((hit) => ({ hit, millis: millisOf(hit.startNanos) })),
    [result],
  );
  const scale = useMemo(
    () =>
      durationScale([
        ...result.traces.map((hit) => hit.durationNanos),
        ...(heat === undefined ? [] : occupiedBounds(heat)),
      ]),
    [result, heat],
  );
  const place = useMemo(
    () =>
      (plot: Plot, { hit, millis }: Point): readonly [number, number] => [
        xOf(plot, millis),
        scale.yOf(hit.durationNanos, plot.y0, plot.y1),
      ],
    [scale],
  );
  const paint = useMemo(
    () => (context: CanvasRenderingContext2D, plot: Plot) => {
      context.lineWidth = 1.1;
      if (heat !== undefined) {
        paintHeat(context, plot, heat, (nanos) => scale.yOf(nanos, plot.y0, plot.y1));
        context.strokeStyle = colorOf('--error-fill');
        for (const { millis, nanos } of failedCells(heat)) {
          context.beginPath();
          context.arc(xOf(plot, millis), scale.yOf(nanos, plot.y0, plot.y1), 2.5, 0, 7);
          context.stroke();
        }
        return;
      }
      context.globalAlpha = 0.85;
      for (const point of points) {
        const [x, y] = place(plot, point);
        if (x < plot.x0 - 2 || x > plot.x1 + 2) continue;
        context.strokeStyle = colorOf(point.hit.errorCount > 0 ? '--error-fill' : '--text-3');
        context.beginPath();
        context.arc(x, y, 2.5, 0, 7);
        context.stroke();
      }
    },
    [points, place, heat, scale],
  );
  const chosen = points.find(({ hit }) => hit.traceId === selected);
  const failed = result.traces.filter((hit) => hit.errorCount > 0).length;
  const pick = (plot: Plot, x: number, y: number): void => {
    let best: { readonly point: Point; readonly distance: number } | undefined;
    for (const point of points) {
      const [px, py] = place(plot, point);
      const distance = Math.hypot(px - x, py - y);
      if (distance < REACH && distance < (best?.distance ?? Number.POSITIVE_INFINITY)) best = { point, distance };
    }
    if (best !== undefined) onSelect(best.point.hit.traceId);
    else if (heat !== undefined) {
      const cell = cellAt(heat, millisAt(plot, x), nanosAt(scale, y, plot));
      if (cell !== undefined) zoomTo(cell.fromMillis, cell.toMillis);
    }
  };
  return (
    <TimeChart
      label={t('Traces by start time and duration')}
      height={height}
      margins={MARGINS}
      paint={paint}
      onPick={pick}
      onBox={
        compare === undefined
          ? undefined
          : (plot, { x0, x1, y0, y1 }) =>
              change({
                compare: 'groups',
                box: writeBox({
                  fromMillis: millisAt(plot, x0),
                  toMillis: millisAt(plot, x1),
                  minNanos: nanosAt(scale, y1, plot),
                  maxNanos: nanosAt(scale, y0, plot),
                }),
              })
      }
      under={(plot) => (
        <>
          <ValueAxis
            plot={plot}
            ticks={scale.ticks.map((nanos) => ({ y: scale.yOf(nanos, plot.y0, plot.y1), text: formatDuration(nanos) }))}
          />
          {heat === undefined && <NotDrawn result={result} plot={plot} order={order} />}
          <text x={16} y={19} className="tr-count">
            <tspan className="n">
              {result.totalIsLowerBound
                ? t('at least {traces}', { traces: plural(result.total, 'trace') })
                : plural(result.total, 'trace')}
            </tspan>
            <tspan dx={10}>{noteOf(result, failed, order, heat, compare !== undefined)}</tspan>
          </text>
        </>
      )}
      over={(plot) => {
        const selection = box !== undefined && compare === 'groups' && (
          <rect
            className="tr-box"
            x={xOf(plot, Math.max(plot.startMillis, box.fromMillis))}
            width={Math.max(
              1,
              xOf(plot, Math.min(plot.endMillis, box.toMillis)) - xOf(plot, Math.max(plot.startMillis, box.fromMillis)),
            )}
            y={scale.yOf(box.maxNanos, plot.y0, plot.y1)}
            height={Math.max(1, scale.yOf(box.minNanos, plot.y0, plot.y1) - scale.yOf(box.maxNanos, plot.y0, plot.y1))}
          />
        );
        if (chosen === undefined) return selection;
        const [x, y] = place(plot, chosen);
        return (
          <>
            {selection}
            <circle cx={x} cy={y} r={6.5} fill="none" stroke="var(--accent)" strokeWidth={2} />
            <circle cx={x} cy={y} r={3} fill={chosen.hit.errorCount > 0 ? 'var(--error-fill)' : 'var(--text-3)'} />
          </>
        );
      }}
      table={() => ({
        columns: [t('Started'), t('Root'), t('Duration'), t('Errors')],
        rows: points.map(({ hit, millis }) => [
          `${formatMillis(millis)} ${hit.traceId.slice(0, 6)}`,
          hit.rootName,
          formatDuration(hit.durationNanos),
          formatCount(hit.errorCount),
        ]),
      })}
    />
  );
}

/** The part of the range before the oldest listed trace, in which traces are not drawn. */
function NotDrawn({
  result: { traces, total, totalIsLowerBound },
  plot,
  order,
}: {
  readonly result: TracesResponse;
  readonly plot: Plot;
  readonly order: string | undefined;
}): ReactNode {
  if ((traces.length >= total && !totalIsLowerBound) || order === 'duration') return null;
  const oldest = traces.reduce((min, hit) => Math.min(min, millisOf(hit.startNanos)), plot.endMillis);
  const width = Math.min(plot.x1, xOf(plot, oldest)) - plot.x0;
  if (width < 1) return null;
  return (
    <g className="tr-not-drawn">
      <rect x={plot.x0} y={plot.y0} width={width} height={plot.y1 - plot.y0} />
      {width > NOTE_PIXELS && (
        <text x={plot.x0 + width / 2} y={(plot.y0 + plot.y1) / 2 + 4} textAnchor="middle">
          {t('{traces} not drawn: zoom in or add a condition', {
            traces: totalIsLowerBound ? t('Older traces') : plural(total - traces.length, 'older trace'),
          })}
        </text>
      )}
    </g>
  );
}

/** Width of the note shown in that part, in pixels. */
const NOTE_PIXELS = 340;

function noteOf(
  { total, traces }: TracesResponse,
  failed: number,
  order: string | undefined,
  heat: TraceHeatmapResponse | undefined,
  isComparing: boolean,
): string {
  if (total === 0) return '';
  const use = isComparing ? t('drag a box to select') : t('drag to zoom');
  if (heat !== undefined) {
    const drawn =
      heat.sampling > 1
        ? t('all drawn, estimated from one in {sampling}', { sampling: heat.sampling })
        : t('all drawn');
    return [drawn, t('rings mark errors'), use].join(', ');
  }
  const count = formatCount(traces.length);
  const shown =
    order === 'duration' ? t('the slowest {count} shown', { count }) : t('the newest {count} shown', { count });
  const errors =
    failed === 0
      ? t('none in error')
      : failed === traces.length
        ? t('all in error')
        : t('{count} in error', { count: failed });
  return [...(traces.length < total ? [shown] : []), errors, use].join(', ');
}
