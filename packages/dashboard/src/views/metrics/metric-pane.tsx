import { type ReactNode, useMemo, useState } from 'react';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { plural } from '../../format/number.ts';
import { formatStep } from '../../format/quantity.ts';
import { Failure } from '../../parts/failure.tsx';
import { LoadingRows } from '../../parts/loading.tsx';
import { Nothing } from '../../parts/nothing.tsx';
import { useKeys } from '../../shell/keys.ts';
import { usePageWindow } from '../../time/page-window.tsx';
import { chosenAggregates, type Metric } from './aggregates.ts';
import { shownExemplars } from './exemplars.ts';
import { MetricChart } from './metric-chart.tsx';
import { MetricEditor } from './metric-editor.tsx';
import { formatFor, percentWhenShare } from './metric-units.ts';
import { mergeSeries } from './series.ts';
import { SeriesTable } from './series-table.tsx';
import { useSeries } from './use-metrics.ts';

const NONE: readonly never[] = [];

/** One metric: how it is asked for, its lines, and their figures. */
export function MetricPane({ metric }: { readonly metric: Metric }): ReactNode {
  const { agg, by = [] } = usePageSearch();
  const change = useChangeSearch();
  const aggregates = useMemo(() => chosenAggregates(metric, agg), [metric, agg]);
  // At most two lines of the editor, each a question of its own.
  const answers = [useSeries(metric.name, aggregates[0]), useSeries(metric.name, aggregates[1])];
  const [first, second] = answers;
  const [focused, setFocused] = useState<number | undefined>(undefined);
  const [exemplars, setExemplars] = useState(true);
  const lines = useMemo(
    () => mergeSeries(aggregates, [first?.data, aggregates.length > 1 ? second?.data : undefined]),
    [aggregates, first?.data, second?.data],
  );
  const most = lines.reduce((top, line) => Math.max(top, ...line.values.map((value) => value ?? 0)), 0);
  const format = percentWhenShare(
    formatFor(metric.unit, aggregates[0] ?? 'avg', metric.kind),
    metric.unit,
    aggregates[0] ?? 'avg',
    most,
  );
  const { startMillis, endMillis } = usePageWindow();
  const found = useMemo(() => shownExemplars(lines, startMillis, endMillis), [lines, startMillis, endMillis]);
  const count = found.length;
  const failed = answers.find((answer) => answer.failure !== undefined);
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
        counts={answers.map((answer) => answer.data?.series.length)}
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
      ) : lines.length === 0 ? (
        <Nothing title="No points match">
          <p>{metric.description}</p>
        </Nothing>
      ) : (
        <>
          <MetricChart
            lines={lines}
            times={first.data}
            format={format}
            focused={focused}
            exemplars={exemplars ? found : NONE}
            name={metric.name}
          />
          <SeriesTable lines={lines} times={first.data} format={format} onFocus={setFocused} />
        </>
      )}
      <p className="me-about bt">
        {metric.description === '' ? 'No description was sent.' : metric.description}{' '}
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
