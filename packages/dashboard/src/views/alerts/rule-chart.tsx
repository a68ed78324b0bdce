import { type ReactNode, useMemo } from 'react';
import { ValueAxis } from '../../charts/axes/value-axis.tsx';
import { spanScale, yBetween } from '../../charts/axes/value-ticks.ts';
import { Lines } from '../../charts/lines.tsx';
import { type Plot, xOf } from '../../charts/plot.ts';
import { TimeChart } from '../../charts/time-chart.tsx';
import { formatAxis, formatNumber } from '../../format/number.ts';
import { formatClock } from '../../format/time.ts';
import { t } from '../../locale/t.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { LoadingRows } from '../../parts/loading.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import { type MatrixSeries, numberOf } from '../../query/run-promql.ts';
import type { StatePeriod } from './alert-history.ts';
import { useAlertingQuery } from './alerting-api.ts';
import { languageOf, type ShownRule, thresholdOf } from './rule-state.ts';
import type { GridWindow } from './use-grid-window.ts';

const HEIGHT = 196;
/** Space of the label of a moment, in pixels. */
const LABEL_WIDTH = 44;
const MARGINS = { left: 56, right: 16, top: 12, bottom: 24 };
/** Number of series that are drawn. */
const MAX_LINES = 12;

interface Matrix {
  readonly data: { readonly result: readonly MatrixSeries[] };
}

/** The value of a rule over time, with its threshold and the moment at which it fired. */
export function RuleChart({
  row: { rule },
  periods,
  window,
}: {
  readonly row: ShownRule;
  readonly periods: readonly StatePeriod[];
  readonly window: GridWindow;
}): ReactNode {
  const isPromql = languageOf(rule) === 'promql';
  const threshold = isPromql ? thresholdOf(rule.query) : undefined;
  const result = useAlertingQuery<Matrix>(
    '/prometheus/api/v1/query_range',
    {
      query: threshold?.value ?? rule.query,
      start: window.startMillis / 1000,
      end: window.endMillis / 1000,
      step: window.stepMillis / 1000,
    },
    { enabled: isPromql && rule.health !== 'err', refetchMillis: 30_000 },
  );
  if (!isPromql || rule.health === 'err') return null;
  return (
    <>
      <div className="head al-head bt">
        <h2>{t('Value')}</h2>
        {threshold === undefined && <span className="note">{t('only where the expression is true')}</span>}
      </div>
      <QueryResult result={result} loading={<LoadingRows rows={4} height={36} />} tight>
        {({ data }) =>
          data.result.every(({ values = [] }) => values.length === 0) ? (
            <EmptyState tight title={t('No value in this range')} />
          ) : (
            <Chart series={data.result} limit={threshold?.limit} periods={periods} window={window} name={rule.name} />
          )
        }
      </QueryResult>
    </>
  );
}

function Chart({
  series,
  limit,
  periods,
  window: { startMillis, endMillis, stepMillis },
  name,
}: {
  readonly series: readonly MatrixSeries[];
  readonly limit: number | undefined;
  readonly periods: readonly StatePeriod[];
  readonly window: GridWindow;
  readonly name: string;
}): ReactNode {
  const times = useMemo(
    () =>
      Array.from(
        { length: Math.floor((endMillis - startMillis) / stepMillis) + 1 },
        (_, step) => startMillis + step * stepMillis,
      ),
    [startMillis, endMillis, stepMillis],
  );
  const lines = useMemo(
    () => series.slice(0, MAX_LINES).map((one, index) => lineOf(one, times, index)),
    [series, times],
  );
  const known = lines.flatMap(({ drawn }) => drawn.filter((value) => value !== null));
  const scale = spanScale(
    known.reduce((low, value) => Math.min(low, value), limit ?? 0),
    known.reduce((high, value) => Math.max(high, value), limit ?? 0),
  );
  const yOf = (plot: Plot, value: number): number => yBetween(value, scale.bottom, scale.top, plot.y0, plot.y1);
  const fired = periods.filter(({ state }) => state === 'firing').slice(-5);
  return (
    <TimeChart
      label={t('Value of {name}', { name })}
      height={HEIGHT}
      margins={MARGINS}
      labelsReleases
      under={(plot) => (
        <ValueAxis plot={plot} ticks={scale.ticks.map((value) => ({ y: yOf(plot, value), text: formatAxis(value) }))} />
      )}
      layer={(plot) => (
        <Lines
          plot={plot}
          timesMillis={times}
          lines={lines}
          bottom={scale.bottom}
          top={scale.top}
          focused={undefined}
        />
      )}
      over={(plot) => (
        <>
          {limit !== undefined && (
            <g className="al-limit">
              <line x1={plot.x0} x2={plot.x1} y1={yOf(plot, limit)} y2={yOf(plot, limit)} />
              <text x={plot.x0 + 6} y={yOf(plot, limit) - 5}>
                {t('threshold {limit}', { limit: formatNumber(limit) })}
              </text>
            </g>
          )}
          {fired.map(({ startMillis: at }, index) => {
            const x = Math.round(xOf(plot, at)) + 0.5;
            const next = fired[index + 1];
            const isNarrow = next !== undefined && xOf(plot, next.startMillis) - x < LABEL_WIDTH;
            return x < plot.x0 || x > plot.x1 ? null : (
              <g key={at} className="al-fired">
                <line x1={x} x2={x} y1={plot.y0} y2={plot.y1} />
                {!isNarrow && (
                  <text
                    x={x + (x > plot.x1 - LABEL_WIDTH && fired.length === 1 ? -5 : 5)}
                    y={plot.y0 + 9}
                    textAnchor={x > plot.x1 - LABEL_WIDTH && fired.length === 1 ? 'end' : 'start'}
                  >
                    {t('fired')}
                  </text>
                )}
              </g>
            );
          })}
        </>
      )}
      valuesAt={(millis) => {
        const step = Math.round((millis - startMillis) / stepMillis);
        return lines.flatMap(({ label, drawn }) => {
          const value = drawn[step] ?? null;
          return value === null ? [] : [{ name: label, value: formatNumber(value) }];
        });
      }}
      table={() => ({
        columns: [t('Time'), ...lines.map(({ label }) => label)],
        rows: times.map((millis, step) => [
          formatClock(millis),
          ...lines.map(({ drawn }) => {
            const value = drawn[step] ?? null;
            return value === null ? '—' : formatNumber(value);
          }),
        ]),
      })}
    />
  );
}

function lineOf({ metric, values = [] }: MatrixSeries, times: readonly number[], index: number) {
  const known = new Map(values.map(([seconds, value]) => [Math.round(seconds * 1000), numberOf(value)]));
  const { __name__: name = '', ...labels } = metric;
  const label = Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ')
    .slice(0, 200);
  return {
    label: label || name || '{}',
    token: index === 0 ? '--text' : `--svc-${index}`,
    width: index === 0 ? 1.75 : 1.25,
    drawn: times.map((millis) => {
      const value = known.get(Math.round(millis));
      return value === undefined || !Number.isFinite(value) ? null : value;
    }),
  };
}
