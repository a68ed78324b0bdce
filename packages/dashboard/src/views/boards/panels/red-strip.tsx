import type { RedResponse } from '@otelier/query';
import { type ReactNode, useMemo } from 'react';
import { ValueAxis } from '../../../charts/axes/value-axis.tsx';
import { valueScale } from '../../../charts/axes/value-ticks.ts';
import { stepAt } from '../../../charts/cursor/time-index.ts';
import { paintEarlier } from '../../../charts/earlier.ts';
import { paintLine } from '../../../charts/paint-line.ts';
import { type Plot, xOf } from '../../../charts/plot.ts';
import { perSecond, sum } from '../../../charts/rates.ts';
import { colorOf } from '../../../charts/theme-colors.ts';
import { TimeChart } from '../../../charts/time-chart.tsx';
import { useSize } from '../../../charts/use-size.ts';
import { formatAxis, formatPercent, formatRate, NO_VALUE } from '../../../format/number.ts';
import { formatDuration } from '../../../format/quantity.ts';
import { formatClock } from '../../../format/time.ts';
import { t } from '../../../locale/t.ts';
import { QueryResult } from '../../../parts/query-result.tsx';
import { usePageWindow } from '../../../time/page-window.tsx';
import { useBoardContext } from './board-context.ts';
import { useBoardQuery, useEarlierQuery } from './use-board-query.ts';

const HEAD = 28;
const MIN_CHART = 56;
const MARGINS = { left: 44, right: 14, top: 6, bottom: 22 };

type Values = readonly (number | null)[];

/** A number of the strip: over the whole range, and in each step. */
interface Measured {
  readonly name: string;
  readonly whole: number | undefined;
  readonly values: Values;
  readonly format: (value: number) => string;
  readonly axis: (value: number) => string;
  readonly token: string;
}

/** Rate, errors and the 95th percentile of the durations of the spans that match, side by side. */
export function RedStrip({ where }: { readonly where: readonly string[] }): ReactNode {
  const query = { where, group_by: 'none' };
  const result = useBoardQuery<RedResponse>('/red', query);
  const before = useEarlierQuery<RedResponse>('/red', query);
  const { nowMillis } = usePageWindow();
  const [ref, { height }] = useSize<HTMLDivElement>();
  const earlier = useMemo(() => before && measure(before, nowMillis), [before, nowMillis]);
  return (
    <div ref={ref} className="bo-sized">
      <QueryResult result={result} tight loading={<div />}>
        {(red) => (
          <div className="bo-strip">
            {measure(red, nowMillis).map((one, index) => (
              <Cell
                key={one.name}
                red={red}
                measured={one}
                before={before}
                earlier={earlier?.[index]}
                height={Math.max(MIN_CHART, height - HEAD)}
              />
            ))}
          </div>
        )}
      </QueryResult>
    </div>
  );
}

function Cell({
  red: { timesMillis, stepMillis },
  measured: { name, whole, values, format, axis, token },
  before,
  earlier,
  height,
}: {
  readonly red: RedResponse;
  readonly measured: Measured;
  readonly before: RedResponse | undefined;
  readonly earlier: Measured | undefined;
  readonly height: number;
}): ReactNode {
  const { shiftMillis } = useBoardContext();
  const shown = [...values, ...(earlier?.values ?? [])];
  const scale = valueScale(Math.max(0, ...shown.map((value) => value ?? 0)), 2);
  const text = (value: number | null | undefined): string =>
    value === null || value === undefined ? NO_VALUE : format(value);
  const paint = (context: CanvasRenderingContext2D, plot: Plot): void => {
    const y = (value: number): number => plot.y1 - (value / scale.top) * (plot.y1 - plot.y0);
    if (before !== undefined && earlier !== undefined)
      paintEarlier(context, plot, { ...before, values: earlier.values, shiftMillis }, y);
    context.strokeStyle = colorOf(token);
    context.lineWidth = 1.4;
    context.lineJoin = 'round';
    paintLine(
      context,
      values.map((value, index) =>
        value === null ? undefined : [xOf(plot, (timesMillis[index] ?? 0) + stepMillis / 2), y(value)],
      ),
    );
  };
  return (
    <div className="bo-cell">
      <p className="bo-read">
        <span className="t2">{name}</span> <b>{text(whole)}</b>
        {earlier !== undefined && (
          <span className="push t3 s11">{t('was {value}', { value: text(earlier.whole) })}</span>
        )}
      </p>
      <TimeChart
        label={name}
        height={height}
        margins={MARGINS}
        paint={paint}
        under={(plot) => (
          <ValueAxis
            plot={plot}
            ticks={scale.ticks.map((value) => ({
              y: plot.y1 - (value / scale.top) * (plot.y1 - plot.y0),
              text: axis(value),
            }))}
          />
        )}
        valuesAt={(millis) => {
          const index = stepAt(timesMillis[0] ?? 0, stepMillis, timesMillis.length, millis);
          return index === undefined ? [] : [{ name, value: text(values[index]) }];
        }}
        table={() => ({
          columns: [t('Time'), name],
          rows: timesMillis.map((millis, index) => [formatClock(millis), text(values[index])]),
        })}
      />
    </div>
  );
}

function measure({ timesMillis, stepMillis, series: [first] }: RedResponse, nowMillis: number): readonly Measured[] {
  const { requests = [], errors = [], p95 = [] } = first ?? {};
  const seconds = (timesMillis.length * stepMillis) / 1000;
  const [all, failed] = [sum(requests), sum(errors)];
  const known = p95.flatMap((nanos, step) => (nanos === null ? [] : [{ nanos, weight: requests[step] ?? 0 }]));
  const weight = known.reduce((total, one) => total + one.weight, 0);
  return [
    {
      name: t('Rate'),
      whole: seconds > 0 ? all / seconds : undefined,
      values: perSecond(requests, timesMillis, stepMillis, nowMillis),
      format: (value) => `${formatRate(value)} /s`,
      axis: formatAxis,
      token: '--text',
    },
    {
      name: t('Errors'),
      whole: all > 0 ? failed / all : undefined,
      values: requests.map((count, step) => (count > 0 ? (errors[step] ?? 0) / count : null)),
      format: (value) => `${formatPercent(value)} %`,
      axis: (value) => `${formatAxis(value * 100)} %`,
      token: failed > 0 ? '--error-fill' : '--text',
    },
    {
      // That of the whole range is not the mean of those of its steps; weighted by requests, it is close.
      name: t('p95, mean of the steps'),
      whole: weight > 0 ? known.reduce((total, one) => total + one.nanos * one.weight, 0) / weight : undefined,
      values: p95,
      format: formatDuration,
      axis: formatDuration,
      token: '--text',
    },
  ];
}
