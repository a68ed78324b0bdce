import type { MetricSeriesResponse } from '@otelier/query';
import { type ReactNode, useMemo, useState } from 'react';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { plural } from '../../format/number.ts';
import { formatStep } from '../../format/quantity.ts';
import { t } from '../../locale/t.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Failure } from '../../parts/failure.tsx';
import { LoadingRows } from '../../parts/loading.tsx';
import { type ShownExemplar, shownExemplars } from '../../series/exemplars.ts';
import { earlierLines, mergeSeries, type SeriesLine } from '../../series/series.ts';
import { SeriesChart } from '../../series/series-chart.tsx';
import { SeriesTable } from '../../series/series-table.tsx';
import type { LineShape } from '../../series/stack.ts';
import { formatFor, percentWhenShare, type ValueFormat } from '../../series/value-format.ts';
import { useKeys } from '../../shell/keys.ts';
import { usePageWindow } from '../../time/page-window.tsx';
import { shiftMillis } from '../../time/shift.ts';
import { type QueryPanel, queryPanel } from '../boards/model/board.ts';
import { PinButton } from '../boards/pin/pin-button.tsx';
import { type Aggregate, chosenAggregates, type Metric } from './aggregates.ts';
import { ChartControls, useLineShape, useTop } from './chart-controls.tsx';
import { Distribution } from './distribution.tsx';
import { MetricEditor } from './metric-editor.tsx';
import { promqlOf } from './promql-of.ts';
import { useSeries } from './use-metrics.ts';

const NONE: readonly never[] = [];

/** A metric: its query, lines and statistics. */
export function MetricPane({ metric }: { readonly metric: Metric }): ReactNode {
  const { agg, by = [], where = [], previous } = usePageSearch();
  const change = useChangeSearch();
  const aggregates = useMemo(() => chosenAggregates(metric, agg), [metric, agg]);
  // The editor has at most two lines, each of which is a separate query.
  const limit = useTop();
  const results = [useSeries(metric.name, aggregates[0], { limit }), useSeries(metric.name, aggregates[1], { limit })];
  const [first, second] = results;
  const { startMillis, endMillis } = usePageWindow();
  const shift = shiftMillis(previous, endMillis - startMillis);
  const before = useSeries(metric.name, aggregates[0], { limit, shiftMillis: shift, enabled: shift > 0 }).data;
  const shape = useLineShape();
  const [exemplars, setExemplars] = useState(true);
  const lines = useMemo(
    () => [
      ...mergeSeries(aggregates, [first?.data, aggregates.length > 1 ? second?.data : undefined]),
      ...earlierLines(shift === 0 ? [] : mergeSeries(aggregates.slice(0, 1), [before])),
    ],
    [aggregates, first?.data, second?.data, shift, before],
  );
  const max = lines.flatMap((line) => line.values).reduce<number>((top, value) => Math.max(top, value ?? 0), 0);
  const format = percentWhenShare(
    formatFor(metric.unit, aggregates[0] ?? 'avg', metric.kind),
    metric.unit,
    aggregates[0] ?? 'avg',
    max,
  );
  const found = useMemo(() => shownExemplars(lines, startMillis, endMillis), [lines, startMillis, endMillis]);
  const count = found.length;
  const title = `${metric.name}, ${aggregates.join(', ')}${by.length > 0 ? ` by ${by.join(', ')}` : ''}`;
  const failed = results.find((result) => result.failure !== undefined);
  useKeys(t('View'), [
    {
      press: 'e',
      does: t('show or hide exemplars'),
      ...(count > 0 ? { hint: t('exemplars') } : {}),
      run: () => setExemplars(!exemplars),
    },
  ]);
  return (
    <section className="pane" aria-label={metric.name}>
      <MetricEditor
        metric={metric}
        aggregates={aggregates}
        counts={results.map((result) => result.data?.total)}
        onAggregates={(next) => change({ agg: next }, 'replace')}
      />
      <div className="head">
        <h2 className="cut">{title}</h2>
        <span className="note">
          {[
            format.words,
            first?.data === undefined ? '' : t('{step} a step', { step: formatStep(first.data.stepMillis) }),
          ]
            .filter((word) => word !== '')
            .join(', ')}
        </span>
        <span className="push row">
          <ChartControls />
          {count > 0 && (
            <button
              type="button"
              className="btn small"
              aria-pressed={exemplars}
              onClick={() => setExemplars(!exemplars)}
            >
              <i className="me-diamond" />
              {t('Exemplars')}
              <span className="t3">{count}</span>
            </button>
          )}
          <PinButton title={title} hasKey content={panelOf(metric, aggregates, by, where, shape)} />
        </span>
      </div>
      {failed?.failure !== undefined ? (
        <Failure failure={failed.failure} retry={failed.retry} />
      ) : first?.data === undefined ? (
        <LoadingRows rows={6} height={40} />
      ) : (
        <Drawn
          metric={metric}
          aggregates={aggregates}
          lines={lines}
          times={first.data}
          format={format}
          exemplars={exemplars && shape === 'lines' ? found : NONE}
          shape={shape}
        />
      )}
      {metric.kind.includes('histogram') && <Distribution metric={metric} />}
      <p className="me-about bt">
        {metric.description === '' ? t('No description.') : metric.description}{' '}
        <span className="t3">
          {[kindWords(metric), plural(metric.seriesCount, 'series', 'series'), metric.services.join(', ')].join(' · ')}
        </span>
      </p>
    </section>
  );
}

function kindWords({ kind, monotonic, temporality }: Metric): string {
  const words = kind === 'sum' ? (monotonic ? 'counter' : 'up-down counter') : kind.replace('_', ' ');
  return temporality === 'unspecified' ? words : `${words}, ${temporality}`;
}

/** Returns the panel that shows the same lines on a board. */
function panelOf(
  metric: Metric,
  aggregates: readonly Aggregate[],
  by: readonly string[],
  where: readonly string[],
  shape: LineShape,
): QueryPanel {
  const isCounted = aggregates[0] === 'count' || (aggregates[0] === 'rate' && metric.kind.includes('histogram'));
  const unit = isCounted ? '' : metric.unit;
  const legend = by.map((key) => `{{${key === 'service' ? 'job' : key}}}`).join(' ');
  return queryPanel({
    language: 'promql',
    queries: aggregates.map((aggregate) => ({
      text: promqlOf({ metric, aggregate, by, where }),
      legend: [legend, aggregates.length > 1 || legend === '' ? aggregate : ''].filter((part) => part !== '').join(' '),
    })),
    shape,
    unit: aggregates[0] === 'rate' ? `${unit}/s` : unit,
  });
}

/** The lines with their statistics, or the reason why there are none. */
function Drawn({
  metric,
  aggregates,
  lines,
  times,
  format,
  exemplars,
  shape,
}: {
  readonly metric: Metric;
  readonly aggregates: readonly Aggregate[];
  readonly lines: readonly SeriesLine[];
  readonly times: MetricSeriesResponse;
  readonly format: ValueFormat;
  readonly exemplars: readonly ShownExemplar[];
  readonly shape: LineShape;
}): ReactNode {
  const [focused, setFocused] = useState<number | undefined>(undefined);
  if (lines.length === 0)
    return (
      <EmptyState title={t('No points match')}>
        <p>{metric.description}</p>
      </EmptyState>
    );
  if (lines.every((line) => line.values.every((value) => value === null)))
    return (
      <EmptyState title={t('No values in this range')}>
        <p>
          {t('The points that were sent have no number to draw as {aggregates}.', {
            aggregates: aggregates.join(', '),
          })}
        </p>
      </EmptyState>
    );
  return (
    <>
      <SeriesChart
        lines={lines}
        times={times}
        format={format}
        focused={focused}
        exemplars={exemplars}
        name={metric.name}
        shape={shape}
      />
      <SeriesTable lines={lines} times={times} format={format} onFocus={setFocused} />
    </>
  );
}
