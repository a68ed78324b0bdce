import { type ReactNode, useMemo } from 'react';
import { ValueAxis } from '../charts/axes/value-axis.tsx';
import { logTicks } from '../charts/axes/value-ticks.ts';
import { type HeatCells, hasCounts, heatDecades, logY, paintHeat } from '../charts/heat.ts';
import type { Plot } from '../charts/plot.ts';
import { TimeChart } from '../charts/time-chart.tsx';
import { useSize } from '../charts/use-size.ts';
import { formatNumber } from '../format/number.ts';
import { formatClock } from '../format/time.ts';
import { t } from '../locale/t.ts';
import { HEAT_SCALE } from '../query/heat-of-series.ts';
import './series.css';
import type { ValueFormat } from './value-format.ts';

const MIN_HEIGHT = 160;
const MARGINS = { left: 64, right: 16, top: 12, bottom: 26 };

/** A distribution over time: buckets on a logarithmic scale, colored by count. */
export function HeatChart({
  cells,
  format,
  span,
  name,
  minHeight = MIN_HEIGHT,
}: {
  readonly cells: HeatCells;
  readonly format: ValueFormat;
  readonly span?: { readonly startMillis: number; readonly endMillis: number };
  readonly name: string;
  readonly minHeight?: number;
}): ReactNode {
  const [ref, { height }] = useSize<HTMLDivElement>();
  const decades = useMemo(() => heatDecades(cells), [cells]);
  const yOf = useMemo(() => (plot: Plot) => (value: number) => logY(value, decades, plot.y0, plot.y1), [decades]);
  const paint = useMemo(
    () => (context: CanvasRenderingContext2D, plot: Plot) => paintHeat(context, plot, cells, yOf(plot)),
    [cells, yOf],
  );
  const text = (bound: number): string => format.axis(bound / HEAT_SCALE);
  return (
    <div ref={ref} className="se-plot">
      <TimeChart
        label={
          hasCounts(cells)
            ? t('Distribution of {name} over time', { name })
            : t('Distribution of {name} over time, empty', { name })
        }
        height={Math.max(minHeight, height)}
        margins={MARGINS}
        paint={paint}
        {...(span === undefined ? {} : { span })}
        under={(plot) => (
          <ValueAxis
            plot={plot}
            ticks={logTicks(decades.min, decades.max, 5).map((value) => ({ y: yOf(plot)(value), text: text(value) }))}
          />
        )}
        table={() => ({
          columns: [t('Time'), ...cells.bounds.map((bound) => t('from {bound}', { bound: text(bound) }))],
          rows: cells.timesMillis.map((millis, step) => [
            formatClock(millis),
            ...cells.bounds.map((_, row) => formatNumber(cells.counts[step]?.[row] ?? 0)),
          ]),
        })}
      />
    </div>
  );
}
