import type { HeatmapResponse } from '@otelier/query';
import { type ReactNode, useMemo } from 'react';
import { ValueAxis } from '../../charts/axes/value-axis.tsx';
import { logTicks } from '../../charts/axes/value-ticks.ts';
import { stepAt } from '../../charts/cursor/time-index.ts';
import { type EarlierValues, paintEarlier } from '../../charts/earlier.ts';
import { hasCounts, heatDecades, logY, paintHeat, upperBound } from '../../charts/heat.ts';
import { paintLine } from '../../charts/paint-line.ts';
import { type Plot, xOf } from '../../charts/plot.ts';
import { sum } from '../../charts/rates.ts';
import { colorOf } from '../../charts/theme-colors.ts';
import { TimeChart } from '../../charts/time-chart.tsx';
import { formatCount } from '../../format/number.ts';
import { formatDuration, formatStep } from '../../format/quantity.ts';
import { formatClock } from '../../format/time.ts';
import { t } from '../../locale/t.ts';
import { EmptyState } from '../../parts/empty-state.tsx';

const HEIGHT = 154;
const MARGINS = { left: 52, right: 16, top: 8, bottom: 26 };

/** Request durations as a heatmap on a logarithmic scale, with the 95th percentile as a line. */
export function DurationChart({
  heatmap,
  height = HEIGHT,
  earlier,
}: {
  readonly heatmap: HeatmapResponse;
  readonly height?: number;
  /** The 95th percentiles of an earlier period, in nanoseconds. */
  readonly earlier?: EarlierValues | undefined;
}): ReactNode {
  const span = useMemo(() => heatDecades(heatmap), [heatmap]);
  const y = useMemo(() => (nanos: number) => logY(nanos, span, MARGINS.top, height - MARGINS.bottom), [span, height]);
  const paint = useMemo(
    () => (context: CanvasRenderingContext2D, plot: Plot) => {
      paintHeat(context, plot, heatmap, y);
      const points = heatmap.p95.map((nanos, index) =>
        nanos === null
          ? undefined
          : ([xOf(plot, (heatmap.timesMillis[index] ?? 0) + heatmap.stepMillis / 2), y(nanos)] as const),
      );
      context.lineJoin = 'round';
      for (const [token, width] of [
        ['--surface-base', 3],
        ['--text', 1.25],
      ] as const) {
        context.strokeStyle = colorOf(token);
        context.lineWidth = width;
        paintLine(context, points);
      }
      if (earlier !== undefined) {
        const within = (nanos: number): number => y(Math.min(span.max, Math.max(span.min, nanos)));
        paintEarlier(context, plot, earlier, within);
      }
    },
    [heatmap, y, earlier, span],
  );
  const first = heatmap.p95.findIndex((value) => value !== null);
  if (!hasCounts(heatmap)) return <EmptyState tight title={t('No requests in this range')} />;
  return (
    <TimeChart
      label={t('Request durations as a heat map, with the 95th percentile')}
      height={height}
      margins={MARGINS}
      labelsReleases
      paint={paint}
      under={(plot) => (
        <ValueAxis
          plot={plot}
          ticks={logTicks(span.min, span.max).map((nanos) => ({ y: y(nanos), text: formatDuration(nanos) }))}
        />
      )}
      over={(plot) =>
        first >= 0 && (
          <text
            x={Math.min(plot.x1 - 24, xOf(plot, heatmap.timesMillis[first] ?? 0) + 6)}
            y={Math.max(plot.y0 + 10, y(heatmap.p95[first] ?? span.min) - 7)}
            className="halo"
            style={{ fill: 'var(--text)', fontWeight: 560 }}
          >
            p95
          </text>
        )
      }
      valuesAt={(millis) => {
        const { timesMillis, stepMillis, counts, p95 } = heatmap;
        const index = stepAt(timesMillis[0] ?? 0, stepMillis, timesMillis.length, millis);
        return index === undefined
          ? []
          : [
              { name: 'p95', value: stat(p95[index]) },
              {
                name: t('Requests'),
                value: t('{count} in {step}', {
                  count: formatCount(sum(counts[index] ?? [])),
                  step: formatStep(stepMillis),
                }),
              },
            ];
      }}
      table={() => ({
        columns: [t('Time'), t('Requests'), 'p95', t('Slowest')],
        rows: heatmap.timesMillis.map((millis, index) => {
          const column = heatmap.counts[index] ?? [];
          const slowest = column.findLastIndex((count) => count > 0);
          return [
            formatClock(millis),
            formatCount(sum(column)),
            stat(heatmap.p95[index]),
            slowest < 0
              ? '—'
              : t('under {duration}', { duration: formatDuration(upperBound(heatmap.bounds, slowest)) }),
          ];
        }),
      })}
    />
  );
}

function stat(nanos: number | null | undefined): string {
  return nanos === null || nanos === undefined ? '—' : formatDuration(nanos);
}
