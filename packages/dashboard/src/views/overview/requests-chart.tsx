import type { RedResponse } from '@otelier/query';
import { type ReactNode, useMemo } from 'react';
import { ValueAxis } from '../../charts/axes/value-axis.tsx';
import { valueScale } from '../../charts/axes/value-ticks.ts';
import { stepAt } from '../../charts/cursor/time-index.ts';
import { type EarlierValues, paintEarlier } from '../../charts/earlier.ts';
import { type Plot, xOf } from '../../charts/plot.ts';
import { perSecond, sum } from '../../charts/rates.ts';
import { colorOf } from '../../charts/theme-colors.ts';
import { TimeChart } from '../../charts/time-chart.tsx';
import { formatAxis, formatRate } from '../../format/number.ts';
import { formatClock } from '../../format/time.ts';
import { t } from '../../locale/t.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { usePageWindow } from '../../time/page-window.tsx';

const HEIGHT = 154;
const MARGINS = { left: 40, right: 16, top: 10, bottom: 24 };
/**
 * Distance of the bottom of the request plot and of the top of the error plot from the chart's bottom. Errors have their
 * own scale, because an error rate of a few per thousand would be invisible.
 */
const BELOW_FOOT = 72;
const BELOW_STRIP = 56;

/** Requests per second, with errors below. */
export function RequestsChart({
  red,
  height = HEIGHT,
  earlier,
}: {
  readonly red: RedResponse;
  readonly height?: number;
  /** Requests per second of an earlier period. */
  readonly earlier?: EarlierValues | undefined;
}): ReactNode {
  const foot = height - BELOW_FOOT;
  const strip = height - BELOW_STRIP;
  const { nowMillis } = usePageWindow();
  const [series] = red.series;
  const requests = useMemo(
    () => perSecond(series?.requests ?? [], red.timesMillis, red.stepMillis, nowMillis),
    [series, red, nowMillis],
  );
  const errors = useMemo(
    () => perSecond(series?.errors ?? [], red.timesMillis, red.stepMillis, nowMillis),
    [series, red, nowMillis],
  );
  const scale = valueScale(Math.max(0, ...[...requests, ...(earlier?.values ?? [])].map((value) => value ?? 0)));
  const errorScale = valueScale(Math.max(0, ...errors.map((value) => value ?? 0)), 1);
  const paint = useMemo(
    () => (context: CanvasRenderingContext2D, plot: Plot) => {
      const bars = (values: readonly (number | null)[], base: number, space: number, top: number): void => {
        values.forEach((value, index) => {
          const from = red.timesMillis[index] ?? 0;
          const x = xOf(plot, from);
          const width = Math.max(0.75, xOf(plot, from + red.stepMillis) - x - 1.2);
          if (value === null || value <= 0 || x + width < plot.x0) return;
          const size = Math.max(1, (value / top) * space);
          context.fillRect(x + 0.5, base - size, width, size);
        });
      };
      context.fillStyle = colorOf('--text-3');
      context.globalAlpha = 0.5;
      bars(requests, foot, foot - plot.y0, scale.top);
      context.globalAlpha = 1;
      if (earlier !== undefined)
        paintEarlier(context, plot, earlier, (value) => foot - (value / scale.top) * (foot - plot.y0));
      context.fillStyle = colorOf('--error-fill');
      bars(errors, plot.y1, plot.y1 - strip, errorScale.top);
    },
    [red, requests, errors, scale.top, errorScale.top, foot, strip, earlier],
  );
  if (sum(requests) === 0 && sum(errors) === 0) return <EmptyState tight title={t('No requests in this range')} />;
  const y = (value: number): number => foot - (value / scale.top) * (foot - MARGINS.top);
  return (
    <TimeChart
      label={t('Requests per second, errors per second below')}
      height={height}
      margins={MARGINS}
      paint={paint}
      under={(plot) => (
        <>
          <ValueAxis
            plot={plot}
            ticks={[
              ...scale.ticks.map((value) => ({ y: y(value), text: formatAxis(value) })),
              { y: strip, text: formatAxis(errorScale.top) },
            ]}
          />
          <text x={plot.x0 + 4} y={strip - 5} className="halo" style={{ fill: 'var(--error)' }}>
            {t('errors /s')}
          </text>
        </>
      )}
      valuesAt={(millis) => {
        const index = stepAt(red.timesMillis[0] ?? 0, red.stepMillis, red.timesMillis.length, millis);
        return index === undefined
          ? []
          : [
              { name: t('Requests'), value: `${stat(requests[index])} /s` },
              { name: t('Errors'), value: `${stat(errors[index])} /s` },
            ];
      }}
      table={() => ({
        columns: [t('Time'), t('Requests /s'), t('Errors /s')],
        rows: red.timesMillis.map((millis, index) => [formatClock(millis), stat(requests[index]), stat(errors[index])]),
      })}
    />
  );
}

function stat(value: number | null | undefined): string {
  return value === null || value === undefined ? '—' : formatRate(value);
}
