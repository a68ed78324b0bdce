import { type ReactNode, useMemo } from 'react';
import { ValueAxis } from '../../charts/axes/value-axis.tsx';
import { valueScale } from '../../charts/axes/value-ticks.ts';
import { paintLine } from '../../charts/paint-line.ts';
import { type Plot, xOf } from '../../charts/plot.ts';
import { colorOf } from '../../charts/theme-colors.ts';
import { TimeChart } from '../../charts/time-chart.tsx';
import { flowStats } from '../../data/pipeline/pipeline-stats.ts';
import { usePipeline } from '../../data/pipeline/pipeline-stream.ts';
import { formatAxis, formatCount } from '../../format/number.ts';
import { t } from '../../locale/t.ts';
import { useClock } from '../../time/clock.ts';

const HEIGHT = 96;
const MARGINS = { left: 48, right: 16, top: 8, bottom: 28 };
const SPAN_MILLIS = 300_000;
const STEP_MILLIS = 2000;

/** Items per second over the last five minutes. The line starts moving immediately, even at zero. */
export function Arrivals(): ReactNode {
  const now = useClock(1000, true);
  const { history, latest, before } = usePipeline();
  const startMillis = Math.floor((now - SPAN_MILLIS) / STEP_MILLIS) * STEP_MILLIS;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the history grows in place with every snapshot
  const totals = useMemo(() => {
    const rates = Object.values(history.rates(startMillis, STEP_MILLIS, SPAN_MILLIS / STEP_MILLIS));
    return Array.from({ length: SPAN_MILLIS / STEP_MILLIS }, (_, step) =>
      rates.every((signal) => (signal[step] ?? null) === null)
        ? null
        : rates.reduce((total, signal) => total + (signal[step] ?? 0), 0),
    );
  }, [history, latest, startMillis]);
  const scale = valueScale(Math.max(10, ...totals.map((value) => value ?? 0)), 1);
  const paint = useMemo(
    () => (context: CanvasRenderingContext2D, plot: Plot) => {
      const points = totals.map((value, step) =>
        value === null
          ? undefined
          : ([
              xOf(plot, startMillis + (step + 0.5) * STEP_MILLIS),
              plot.y1 - 0.5 - (value / scale.top) * (plot.y1 - plot.y0),
            ] as const),
      );
      context.strokeStyle = colorOf('--text-2');
      context.lineWidth = 1.5;
      paintLine(context, points);
      const last = points.findLast((point) => point !== undefined);
      if (last === undefined) return;
      context.fillStyle = colorOf('--text');
      context.beginPath();
      context.arc(last[0], last[1], 3, 0, 7);
      context.fill();
    },
    [totals, startMillis, scale.top],
  );
  const perSecond = latest === undefined ? 0 : flowStats(latest, before).inPerSecond;
  return (
    <section className="pane bt fr-arrivals" aria-label={t('Arrivals')}>
      <div className="head">
        <h2>{t('Arrivals')}</h2>
        <span className="note">{t('items per second, all signals')}</span>
        <span className="read">
          <span>
            <b>{formatCount(perSecond)}</b> /s
          </span>
        </span>
      </div>
      <TimeChart
        label={t('Items received per second in the last five minutes')}
        height={HEIGHT}
        margins={MARGINS}
        paint={paint}
        span={{ startMillis, endMillis: startMillis + SPAN_MILLIS }}
        under={(plot) => (
          <ValueAxis
            plot={plot}
            ticks={scale.ticks.map((value) => ({
              y: plot.y1 - (value / scale.top) * (plot.y1 - plot.y0),
              text: formatAxis(value),
            }))}
          />
        )}
      />
    </section>
  );
}
