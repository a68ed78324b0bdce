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
import './series.css';
import type { ShownExemplar } from './exemplars.ts';
import type { SeriesLine } from './series.ts';
import type { ValueFormat } from './value-format.ts';

const MIN_HEIGHT = 220;
const MARGINS = { left: 64, right: 16, top: 12, bottom: 26 };

/** The lines of a query. Exemplars link to their traces. */
export function SeriesChart({
  lines,
  times,
  format,
  focused,
  exemplars,
  name,
  span,
}: {
  readonly lines: readonly SeriesLine[];
  readonly times: MetricSeriesResponse;
  readonly format: ValueFormat;
  readonly focused: number | undefined;
  readonly exemplars: readonly ShownExemplar[];
  readonly name: string;
  /** Time range, if it differs from the page's. */
  readonly span?: { readonly startMillis: number; readonly endMillis: number };
}): ReactNode {
  const { timesMillis, stepMillis } = times;
  const [ref, { height }] = useSize<HTMLDivElement>();
  const scale = useMemo(() => {
    const known = lines.flatMap((line) => line.values.filter((value) => value !== null));
    const min = known.reduce((low, value) => Math.min(low, value), 0);
    // Exemplars are single measurements, and the slowest are above every line.
    const measured = exemplars.reduce((high, { exemplar }) => Math.max(high, exemplar.value), 0);
    return spanScale(
      min,
      known.reduce((high, value) => Math.max(high, value), measured),
      5,
    );
  }, [lines, exemplars]);
  const yOf = (plot: Plot, value: number): number => yBetween(value, scale.bottom, scale.top, plot.y0, plot.y1);
  return (
    <div ref={ref} className="se-plot">
      <TimeChart
        label={`${name} over time`}
        height={Math.max(MIN_HEIGHT, height)}
        margins={MARGINS}
        {...(span === undefined ? {} : { span })}
        under={(plot) => (
          <ValueAxis
            plot={plot}
            ticks={scale.ticks.map((value) => ({ y: yOf(plot, value), text: format.axis(value) }))}
          />
        )}
        layer={(plot) => (
          <Lines
            plot={plot}
            timesMillis={timesMillis}
            lines={lines}
            bottom={scale.bottom}
            top={scale.top}
            focused={focused}
          />
        )}
        over={(plot) => (
          <CursorDots
            plot={plot}
            timesMillis={timesMillis}
            stepMillis={stepMillis}
            lines={lines}
            yOf={(value) => yOf(plot, value)}
          />
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
          columns: ['Time', ...lines.map((line) => `${line.line} ${labelText(line)}`)],
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
      aria-label={`Exemplar of ${value} ${unit} at ${formatClock(exemplar.timeMillis)}: open its trace`}
      title={`${value} ${unit} at ${formatClock(exemplar.timeMillis)}\nOpen its trace`}
    />
  );
}

/** Formats a series' labels: `version=2.8.1`, or `all` if it has none. */
export function labelText({ labels }: Pick<SeriesLine, 'labels'>): string {
  const entries = Object.entries(labels);
  return entries.length === 0 ? 'all' : entries.map(([key, value]) => `${key}=${value}`).join(' ');
}

function valueText(value: number | null | undefined, format: ValueFormat): string {
  if (value === null || value === undefined) return '—';
  const { value: text, unit } = format.quantity(value);
  return `${text} ${unit}`;
}
