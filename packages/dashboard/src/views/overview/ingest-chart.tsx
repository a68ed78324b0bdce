import { type ReactNode, useMemo } from 'react';
import { roundStep } from '../../charts/axes/time-ticks.ts';
import { ValueAxis } from '../../charts/axes/value-axis.tsx';
import { valueScale } from '../../charts/axes/value-ticks.ts';
import { stepAt } from '../../charts/cursor/time-index.ts';
import { paintLine } from '../../charts/paint-line.ts';
import { type Plot, xOf } from '../../charts/plot.ts';
import { spreadLabels } from '../../charts/spread-labels.ts';
import { colorOf } from '../../charts/theme-colors.ts';
import { TimeChart } from '../../charts/time-chart.tsx';
import { usePipeline } from '../../data/pipeline/pipeline-stream.ts';
import { formatAxis, formatCount } from '../../format/number.ts';
import { formatClock } from '../../format/time.ts';
import { msg, t } from '../../locale/t.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { usePageWindow } from '../../time/page-window.tsx';

const HEIGHT = 154;
const MARGINS = { left: 40, right: 124, top: 10, bottom: 24 };
/** Styles of the lines. Signals differ by line style and label, not by color. */
const LINES: Readonly<
  Record<string, { readonly words: string; readonly dash: readonly number[]; readonly token: string }>
> = {
  traces: { words: msg('spans'), dash: [], token: '--text' },
  metrics: { words: msg('data points'), dash: [5, 2], token: '--text-2' },
  logs: { words: msg('log records'), dash: [1.5, 2.5], token: '--text-2' },
};
const OTHER = { words: msg('items'), dash: [8, 3], token: '--text-2' };

/** Items received per second, by signal, since the page was opened. */
export function IngestChart(): ReactNode {
  const { startMillis, endMillis } = usePageWindow();
  const { history, latest } = usePipeline();
  const stepMillis = roundStep((endMillis - startMillis) / 240);
  const steps = Math.ceil((endMillis - startMillis) / stepMillis);
  const latestMillis = latest?.atMillis;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the history grows in place with every snapshot
  const rates = useMemo(
    () => history.rates(startMillis, stepMillis, steps),
    [history, latestMillis, startMillis, stepMillis, steps],
  );
  const signals = useMemo(
    () =>
      Object.entries(rates)
        // Omits signals without data.
        .filter(([, values]) => values.some((value) => value !== null && value > 0))
        .map(([signal, values]) => ({ signal, values, last: values.findLast((value) => value !== null) ?? 0 }))
        .sort((a, b) => b.last - a.last),
    [rates],
  );
  const scale = valueScale(
    signals.flatMap(({ values }) => values).reduce<number>((max, value) => Math.max(max, value ?? 0), 0),
  );
  const paint = useMemo(
    () => (context: CanvasRenderingContext2D, plot: Plot) => {
      context.lineWidth = 1.4;
      context.lineCap = 'round';
      context.lineJoin = 'round';
      for (const { signal, values } of signals) {
        const { dash, token } = LINES[signal] ?? OTHER;
        context.strokeStyle = colorOf(token);
        context.setLineDash([...dash]);
        paintLine(
          context,
          values.map((value, index) =>
            value === null
              ? undefined
              : ([
                  xOf(plot, startMillis + (index + 0.5) * stepMillis),
                  plot.y1 - (value / scale.top) * (plot.y1 - plot.y0),
                ] as const),
          ),
        );
      }
    },
    [signals, scale.top, startMillis, stepMillis],
  );
  if (signals.length === 0) return <EmptyState tight title={t('No telemetry received since the page was opened')} />;
  const yOf = (plot: Plot, value: number): number => plot.y1 - (value / scale.top) * (plot.y1 - plot.y0);
  return (
    <TimeChart
      label={t('Items received per second')}
      height={HEIGHT}
      margins={MARGINS}
      paint={paint}
      under={(plot) => (
        <ValueAxis plot={plot} ticks={scale.ticks.map((value) => ({ y: yOf(plot, value), text: formatAxis(value) }))} />
      )}
      over={(plot) =>
        spreadLabels(
          signals.map(({ last }) => yOf(plot, last)),
          14,
          plot.y0,
          plot.y1,
        ).map((y, index) => {
          const signal = signals[index];
          return (
            signal !== undefined && (
              <text key={signal.signal} x={plot.x1 + 8} y={y + 4} style={{ fill: 'var(--text-2)' }}>
                <tspan style={{ fill: 'var(--text)', fontWeight: 560 }}>{formatCount(signal.last)}</tspan>{' '}
                {wordsOf(signal.signal)}
              </text>
            )
          );
        })
      }
      valuesAt={(millis) => {
        const index = stepAt(startMillis, stepMillis, steps, millis);
        return signals.flatMap(({ signal, values }) => {
          const value = index === undefined ? null : (values[index] ?? null);
          return value === null ? [] : [{ name: wordsOf(signal), value: `${formatCount(value)} /s` }];
        });
      }}
      table={() => ({
        columns: [t('Time'), ...signals.map(({ signal }) => `${wordsOf(signal)} /s`)],
        rows: Array.from({ length: steps }, (_, index) => index)
          .filter((index) => signals.some(({ values }) => (values[index] ?? null) !== null))
          .map((index) => [
            formatClock(startMillis + index * stepMillis),
            ...signals.map(({ values }) => formatCount(values[index] ?? 0)),
          ]),
      })}
    />
  );
}

/** Returns what the items of a signal are called. */
function wordsOf(signal: string): string {
  return t(LINES[signal]?.words ?? signal);
}
