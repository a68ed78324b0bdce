import type { ReactNode } from 'react';
import { hasCounts } from '../../charts/heat.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { t } from '../../locale/t.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Failure } from '../../parts/failure.tsx';
import { queryWindow } from '../../query/query-grid.ts';
import { useQueryRun } from '../../query/use-query-run.ts';
import { HeatChart } from '../../series/heat-chart.tsx';
import { formatFor } from '../../series/value-format.ts';
import { usePageWindow } from '../../time/page-window.tsx';
import { queryPanel } from '../boards/model/board.ts';
import { PinButton } from '../boards/pin/pin-button.tsx';
import type { Metric } from './aggregates.ts';
import { bucketsOf } from './promql-of.ts';

const MIN_HEIGHT = 140;

/** The distribution of a histogram over time, as a heat map of its buckets. */
export function Distribution({ metric }: { readonly metric: Metric }): ReactNode {
  const { where = [] } = usePageSearch();
  const window = queryWindow(usePageWindow());
  const text = bucketsOf({ metric, where });
  const run = useQueryRun({
    language: 'promql',
    text,
    window,
    key: `distribution ${window.startMillis} ${window.endMillis}`,
  });
  const heat = run.data?.result.kind === 'series' ? run.data.result.heat : undefined;
  return (
    <section className="pane me-distribution bt" aria-label={t('Distribution')}>
      <div className="head">
        <h2>{t('Distribution')}</h2>
        <span className="note mono">{metric.name}</span>
        <span className="push row">
          <PinButton
            title={t('Distribution of {name}', { name: metric.name })}
            content={queryPanel({ language: 'promql', queries: [{ text }], shape: 'heat', unit: metric.unit })}
          />
        </span>
      </div>
      {run.failure !== undefined ? (
        <Failure failure={run.failure} retry={run.retry} tight />
      ) : run.data === undefined ? (
        <div className="se-plot" />
      ) : heat === undefined || !hasCounts(heat) ? (
        <EmptyState tight title={t('No buckets in this range')}>
          <p>{t('The histogram was not recorded, or its points have only a count and a sum.')}</p>
        </EmptyState>
      ) : (
        <HeatChart cells={heat} format={formatFor(metric.unit, 'avg', '')} name={metric.name} minHeight={MIN_HEIGHT} />
      )}
    </section>
  );
}
