import type { MetricSeriesResponse } from '@otelier/query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useMemo } from 'react';
import { ValueAxis } from '../charts/axes/value-axis.tsx';
import { spanScale, yBetween } from '../charts/axes/value-ticks.ts';
import { CursorDots } from '../charts/cursor/cursor-dots.tsx';
import { Lines } from '../charts/lines.tsx';
import { type Plot, xOf } from '../charts/plot.ts';
import { TimeChart } from '../charts/time-chart.tsx';
import { useSize } from '../charts/use-size.ts';
import { timeOf } from '../data/search.ts';
import { usePageSearch } from '../data/use-search.ts';
import { formatClock } from '../format/time.ts';
import { t } from '../locale/t.ts';
import './series.css';
import type { ShownExemplar } from './exemplars.ts';
import type { SeriesLine } from './series.ts';
import { extentOf, type LineShape, paintAreas, paintBars, stackBands, sumOfLines } from './stack.ts';
import type { ValueFormat } from './value-format.ts';

const MIN_HEIGHT = 220;
const MARGINS = { left: 64, right: 16, top: 12, bottom: 26 };

/** A value that is drawn as a dashed line. */
export interface LimitLine {
  readonly value: number;
  readonly level: 'ok' | 'warn' | 'error';
}

/** The lines of a query. Exemplars link to their traces. Beside stacked lines, those of an earlier time are summed. */
export function SeriesChart({
  lines,
  times,
  format,
  focused,
  exemplars,
  name,
  span,
  shape = 'lines',
  limits = NO_LIMITS,
  minHeight = MIN_HEIGHT,
}: {
  readonly lines: readonly SeriesLine[];
  readonly times: MetricSeriesResponse;
  readonly format: ValueFormat;
  readonly focused: number | undefined;
  readonly exemplars: readonly ShownExemplar[];
  readonly name: string;
  /** Time range, if it differs from the page's. */
  readonly span?: { readonly startMillis: number; readonly endMillis: number };
  readonly shape?: LineShape;
  readonly limits?: readonly LimitLine[];
  readonly minHeight?: number;
}): ReactNode {
  const { timesMillis, stepMillis } = times;
  const [ref, { height: space }] = useSize<HTMLDivElement>();
  const height = Math.max(minHeight, space);
  const isStacked = shape !== 'lines';
  const stacked = useMemo(() => (isStacked ? lines.filter((line) => !line.earlier) : []), [isStacked, lines]);
  const drawn = useMemo(
    () => (isStacked ? sumOfLines(lines.filter((line) => line.earlier)) : lines),
    [isStacked, lines],
  );
  const bands = useMemo(() => stackBands(stacked), [stacked]);
  const scale = useMemo(() => {
    const stack = extentOf(bands);
    const known = drawn.flatMap((line) => line.values.filter((value) => value !== null));
    const min = known.reduce((low, value) => Math.min(low, value), stack.min);
    // Exemplars are single measurements, and the slowest are above every line.
    const measured = exemplars.reduce((high, { exemplar }) => Math.max(high, exemplar.value), stack.max);
    return spanScale(
      min,
      known.reduce((high, value) => Math.max(high, value), measured),
      Math.max(1, Math.min(5, Math.floor(height / 44))),
    );
  }, [drawn, bands, exemplars, height]);
  const paint = useMemo(
    () =>
      isStacked
        ? (context: CanvasRenderingContext2D, plot: Plot) =>
            (shape === 'bars' ? paintBars : paintAreas)(
              context,
              plot,
              { bands, tokens: stacked.map(({ token }) => token), timesMillis, stepMillis, focused },
              (value) => yBetween(value, scale.bottom, scale.top, plot.y0, plot.y1),
            )
        : undefined,
    [isStacked, shape, bands, stacked, timesMillis, stepMillis, focused, scale],
  );
  const yOf = (plot: Plot, value: number): number => yBetween(value, scale.bottom, scale.top, plot.y0, plot.y1);
  return (
    <div ref={ref} className="se-plot">
      <TimeChart
        label={t('{name} over time', { name })}
        height={height}
        margins={MARGINS}
        paint={paint}
        {...(span === undefined ? {} : { span })}
        under={(plot) => (
          <ValueAxis
            plot={plot}
            ticks={scale.ticks.map((value) => ({ y: yOf(plot, value), text: format.axis(value) }))}
          />
        )}
        layer={(plot) =>
          drawn.length > 0 && (
            <Lines
              plot={plot}
              timesMillis={timesMillis}
              lines={drawn}
              bottom={scale.bottom}
              top={scale.top}
              focused={isStacked ? undefined : focused}
            />
          )
        }
        over={(plot) => (
          <>
            {limits
              .filter(({ value }) => value >= scale.bottom && value <= scale.top)
              .map(({ value, level }) => (
                <line
                  key={value}
                  className={`se-limit ${level}`}
                  x1={plot.x0}
                  x2={plot.x1}
                  y1={yOf(plot, value)}
                  y2={yOf(plot, value)}
                />
              ))}
            <CursorDots
              plot={plot}
              timesMillis={timesMillis}
              stepMillis={stepMillis}
              lines={drawn}
              yOf={(value) => yOf(plot, value)}
            />
          </>
        )}
        links={(plot) =>
          exemplars.map(({ line, exemplar }) => (
            <Exemplar
              key={`${line.key} ${exemplar.timeMillis} ${exemplar.spanId}`}
              exemplar={exemplar}
              token={line.token}
              x={xOf(plot, exemplar.timeMillis)}
              y={yOf(plot, exemplar.value)}
              format={format}
            />
          ))
        }
        table={() => ({
          columns: [t('Time'), ...lines.map((line) => `${line.line} ${labelText(line)}`)],
          rows: timesMillis.map((millis, step) => [
            formatClock(millis),
            ...lines.map((line) => valueText(line.values[step], format)),
          ]),
        })}
      />
    </div>
  );
}

function Exemplar({
  exemplar,
  token,
  x,
  y,
  format,
}: {
  readonly exemplar: MetricSeriesResponse['series'][number]['exemplars'][number];
  readonly token: string;
  readonly x: number;
  readonly y: number;
  readonly format: ValueFormat;
}): ReactNode {
  const time = timeOf(usePageSearch());
  const { value, unit } = format.quantity(exemplar.value);
  return (
    <Link
      to="/traces"
      search={{ ...time, trace: exemplar.traceId, span: exemplar.spanId }}
      className="se-exemplar"
      style={{ left: x, top: y, color: `var(${token})` }}
      aria-label={t('Exemplar of {value} {unit} at {time}: open its trace', {
        value,
        unit,
        time: formatClock(exemplar.timeMillis),
      })}
      title={t('{value} {unit} at {time}\nOpen its trace', { value, unit, time: formatClock(exemplar.timeMillis) })}
    />
  );
}

const NO_LIMITS: readonly LimitLine[] = [];

/** Formats a series' name or labels: `version=2.8.1`, or `all` if it has none. */
export function labelText({ labels, name }: Pick<SeriesLine, 'labels' | 'name'>): string {
  if (name !== undefined) return name;
  const entries = Object.entries(labels);
  return entries.length === 0 ? 'all' : entries.map(([key, value]) => `${key}=${value}`).join(' ');
}

function valueText(value: number | null | undefined, format: ValueFormat): string {
  if (value === null || value === undefined) return '—';
  const { value: text, unit } = format.quantity(value);
  return `${text} ${unit}`;
}
