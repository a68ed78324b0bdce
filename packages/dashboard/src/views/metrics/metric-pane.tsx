import type { MetricSeriesResponse } from '@otelier/query';
import { type ReactNode, useMemo, useState } from 'react';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { plural } from '../../format/number.ts';
import { formatStep } from '../../format/quantity.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Failure } from '../../parts/failure.tsx';
import { LoadingRows } from '../../parts/loading.tsx';
import { type ShownExemplar, shownExemplars } from '../../series/exemplars.ts';
import { mergeSeries, type SeriesLine } from '../../series/series.ts';
import { SeriesChart } from '../../series/series-chart.tsx';
import { SeriesTable } from '../../series/series-table.tsx';
import { formatFor, percentWhenShare, type ValueFormat } from '../../series/value-format.ts';
import { useKeys } from '../../shell/keys.ts';
import { usePageWindow } from '../../time/page-window.tsx';
import { type Aggregate, chosenAggregates, type Metric } from './aggregates.ts';
import { MetricEditor } from './metric-editor.tsx';
import { useSeries } from './use-metrics.ts';

const NONE: readonly never[] = [];

/** A metric: its query, lines and statistics. */
export function MetricPane({ metric }: { readonly metric: Metric }): ReactNode {
  const { agg, by = [] } = usePageSearch();
  const change = useChangeSearch();
  const aggregates = useMemo(() => chosenAggregates(metric, agg), [metric, agg]);
  // The editor has at most two lines, each of which is a separate query.
  const results = [useSeries(metric.name, aggregates[0]), useSeries(metric.name, aggregates[1])];
  const [first, second] = results;
  const [exemplars, setExemplars] = useState(true);
  const lines = useMemo(
    () => mergeSeries(aggregates, [first?.data, aggregates.length > 1 ? second?.data : undefined]),
    [aggregates, first?.data, second?.data],
  );
  const max = lines.flatMap((line) => line.values).reduce<number>((top, value) => Math.max(top, value ?? 0), 0);
  const format = percentWhenShare(
    formatFor(metric.unit, aggregates[0] ?? 'avg', metric.kind),
    metric.unit,
    aggregates[0] ?? 'avg',
    max,
  );
  const { startMillis, endMillis } = usePageWindow();
  const found = useMemo(() => shownExemplars(lines, startMillis, endMillis), [lines, startMillis, endMillis]);
  const count = found.length;
  const failed = results.find((result) => result.failure !== undefined);
  useKeys('View', [
    {
      press: 'e',
      does: 'show or hide exemplars',
      ...(count > 0 ? { hint: 'exemplars' } : {}),
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
        <h2 className="cut">
          {metric.name}, {aggregates.join(' and ')}
          {by.length > 0 && ` by ${by.join(', ')}`}
        </h2>
        <span className="note">
          {[format.words, first?.data === undefined ? '' : `${formatStep(first.data.stepMillis)} a step`]
            .filter((word) => word !== '')
            .join(', ')}
        </span>
        {count > 0 && (
          <button
            type="button"
            className="btn small push"
            aria-pressed={exemplars}
            onClick={() => setExemplars(!exemplars)}
          >
            <i className="me-diamond" />
            Exemplars<span className="t3">{count}</span>
          </button>
        )}
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
          exemplars={exemplars ? found : NONE}
        />
      )}
      <p className="me-about bt">
        {metric.description === '' ? 'No description.' : metric.description}{' '}
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

/** The lines with their statistics, or the reason why there are none. */
function Drawn({
  metric,
  aggregates,
  lines,
  times,
  format,
  exemplars,
}: {
  readonly metric: Metric;
  readonly aggregates: readonly Aggregate[];
  readonly lines: readonly SeriesLine[];
  readonly times: MetricSeriesResponse;
  readonly format: ValueFormat;
  readonly exemplars: readonly ShownExemplar[];
}): ReactNode {
  const [focused, setFocused] = useState<number | undefined>(undefined);
  if (lines.length === 0)
    return (
      <EmptyState title="No points match">
        <p>{metric.description}</p>
      </EmptyState>
    );
  if (lines.every((line) => line.values.every((value) => value === null)))
    return (
      <EmptyState title="No values in this range">
        <p>The points that were sent have no number to draw as {aggregates.join(' or ')}.</p>
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
      />
      <SeriesTable lines={lines} times={times} format={format} onFocus={setFocused} />
    </>
  );
}
