import type { LogHistogramResponse } from '@otelier/query';
import { type ReactNode, useMemo } from 'react';
import { ValueAxis } from '../../charts/axes/value-axis.tsx';
import { valueScale } from '../../charts/axes/value-ticks.ts';
import { type EarlierValues, paintEarlier } from '../../charts/earlier.ts';
import { type Plot, xOf } from '../../charts/plot.ts';
import { sum } from '../../charts/rates.ts';
import { colorOf } from '../../charts/theme-colors.ts';
import { TimeChart } from '../../charts/time-chart.tsx';
import { formatAxis, formatCount, plural } from '../../format/number.ts';
import { formatStep } from '../../format/quantity.ts';
import { formatClock } from '../../format/time.ts';
import { t } from '../../locale/t.ts';

/** Height of the histogram and its loading placeholder, in pixels. */
export const HISTOGRAM_HEIGHT = 116;
const MARGINS = { left: 48, right: 16, top: 32, bottom: 24 };
/** Stacking order from the bottom: the most severe levels share the baseline, where small counts are comparable. */
export const SEVERITY_STACK = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'unspecified'] as const;
const SEVERITY_WORDS: Readonly<Record<(typeof SEVERITY_STACK)[number], string>> = {
  fatal: 'Fatal',
  error: 'Error',
  warn: 'Warn',
  info: 'Info',
  debug: 'Debug',
  trace: 'Trace',
  unspecified: 'Unspecified',
};

/**
 * Record counts by severity over time. Records that arrived after the tail was paused are drawn faintly, to the right
 * of the accent line.
 */
export function LogHistogram({
  histogram,
  heldMillis,
  height = HISTOGRAM_HEIGHT,
  earlier,
}: {
  readonly histogram: LogHistogramResponse;
  readonly heldMillis: number | undefined;
  readonly height?: number;
  /** Records in each step of an earlier period. */
  readonly earlier?: EarlierValues | undefined;
}): ReactNode {
  const { timesMillis, stepMillis, severities } = histogram;
  const max = useMemo(
    () =>
      Math.max(
        1,
        ...(earlier?.values ?? []).map((value) => value ?? 0),
        ...timesMillis.map((_, step) =>
          SEVERITY_STACK.reduce((total, severity) => total + (severities[severity][step] ?? 0), 0),
        ),
      ),
    [timesMillis, severities, earlier],
  );
  const scale = valueScale(max, 2, true);
  const paint = useMemo(
    () => (context: CanvasRenderingContext2D, plot: Plot) => {
      timesMillis.forEach((millis, step) => {
        const x = Math.max(plot.x0, xOf(plot, millis));
        const width = Math.max(0.75, Math.min(plot.x1, xOf(plot, millis + stepMillis)) - x - 1.5);
        let y = plot.y1;
        context.globalAlpha = heldMillis !== undefined && millis >= heldMillis ? 0.35 : 1;
        for (const severity of SEVERITY_STACK) {
          const count = severities[severity][step] ?? 0;
          if (count === 0) continue;
          const size = Math.max(1, (count / scale.top) * (plot.y1 - plot.y0));
          y -= size;
          context.fillStyle = colorOf(`--sev-${severity === 'unspecified' ? 'trace' : severity}`);
          context.fillRect(x + 0.5, y, width, size);
        }
      });
      context.globalAlpha = 1;
      if (earlier !== undefined)
        paintEarlier(context, plot, earlier, (value) => plot.y1 - (value / scale.top) * (plot.y1 - plot.y0));
    },
    [timesMillis, stepMillis, severities, heldMillis, scale.top, earlier],
  );
  // The list below shows the empty state.
  if (histogram.total === 0) return null;
  const totals = SEVERITY_STACK.map((severity) => ({ severity, total: sum(severities[severity]) })).filter(
    ({ total, severity }) => total > 0 || ['error', 'warn', 'info'].includes(severity),
  );
  return (
    <div style={{ position: 'relative' }}>
      <TimeChart
        label={t('Log records by severity over time')}
        height={height}
        margins={MARGINS}
        paint={paint}
        under={(plot) => (
          <>
            <ValueAxis
              plot={plot}
              ticks={scale.ticks.map((value) => ({
                y: plot.y1 - (value / scale.top) * (plot.y1 - plot.y0),
                text: formatAxis(value),
              }))}
            />
            <text x={16} y={19} className="lo-count">
              <tspan className="n">{plural(histogram.total, 'record')}</tspan>
              <tspan dx={10}>{t('{step} a bar', { step: formatStep(stepMillis) })}</tspan>
            </text>
          </>
        )}
        over={(plot) =>
          heldMillis !== undefined &&
          heldMillis > plot.startMillis &&
          heldMillis < plot.endMillis && (
            <line
              x1={xOf(plot, heldMillis)}
              x2={xOf(plot, heldMillis)}
              y1={plot.y0 - 4}
              y2={plot.y1}
              stroke="var(--accent)"
              strokeWidth={1.5}
            />
          )
        }
        table={() => ({
          columns: [t('Time'), ...SEVERITY_STACK.map((severity) => SEVERITY_WORDS[severity])],
          rows: timesMillis.map((millis, step) => [
            formatClock(millis),
            ...SEVERITY_STACK.map((severity) => formatCount(severities[severity][step] ?? 0)),
          ]),
        })}
      />
      <ul className="legend lo-legend" aria-label={t('Records by severity')}>
        {totals.map(({ severity, total }) => (
          <li key={severity}>
            <i className={`sw sq sev-fill-${severity}`} />
            {SEVERITY_WORDS[severity]}
            <b>{formatCount(total)}</b>
          </li>
        ))}
      </ul>
    </div>
  );
}
