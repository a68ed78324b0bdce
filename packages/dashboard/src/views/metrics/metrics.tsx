import { type ReactNode, useMemo } from 'react';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { rich, t } from '../../locale/t.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { LoadingRows } from '../../parts/loading.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import { chosenAggregates, type Metric } from './aggregates.ts';
import { MetricList } from './metric-list.tsx';
import { MetricPane } from './metric-pane.tsx';
import { PromqlPane } from './promql/promql-pane.tsx';
import { promqlOf } from './promql-of.ts';
import './metrics.css';
import { useMetrics } from './use-metrics.ts';

/** The metrics view: the list on the left, a single metric on the right. */
export function Metrics(): ReactNode {
  const result = useMetrics();
  const { metric: name, lang } = usePageSearch();
  const change = useChangeSearch();
  const metrics = useMemo(
    () => [...(result.data?.metrics ?? [])].sort((a, b) => a.name.localeCompare(b.name)),
    [result.data],
  );
  const chosen = name === undefined ? firstOf(metrics) : metrics.find((metric) => metric.name === name);
  const isPromql = lang === 'promql';
  const select = (metric: Metric): void => {
    const [aggregate = 'avg'] = chosenAggregates(metric, undefined);
    const query = isPromql ? promqlOf({ metric, aggregate, by: [], where: [] }) : undefined;
    change(
      { metric: metric.name, agg: undefined, by: undefined, where: undefined, query },
      isPromql ? 'push' : 'replace',
    );
  };
  return (
    <div className="me">
      <aside className="pane br me-list" aria-label={t('Metrics')}>
        <QueryResult result={result} loading={<LoadingRows rows={24} height={24} />}>
          {() => <MetricList metrics={metrics} selected={chosen?.name} onSelect={select} />}
        </QueryResult>
      </aside>
      {isPromql ? (
        <PromqlPane metric={chosen} />
      ) : chosen !== undefined ? (
        <MetricPane key={chosen.name} metric={chosen} />
      ) : (
        result.data !== undefined && (
          <section className="pane" aria-label={t('Metric')}>
            {metrics.length === 0 ? (
              <EmptyState title={t('No metrics in this range')}>
                <p>{t('Metrics appear here as soon as an application sends some.')}</p>
              </EmptyState>
            ) : (
              <EmptyState
                title={t('No such metric in this range')}
                actions={
                  <button
                    type="button"
                    className="btn small"
                    onClick={() => change({ last: '24h', at: undefined, from: undefined, to: undefined })}
                  >
                    {t('Search the last 24 h')}
                  </button>
                }
              >
                <p>{rich('{metric} has no points here.', { metric: <span className="mono">{name}</span> })}</p>
              </EmptyState>
            )}
          </section>
        )
      )}
    </div>
  );
}

/**
 * Returns the metric to select first: a duration if possible, because it is the most informative in an unfamiliar
 * system.
 */
function firstOf(metrics: readonly Metric[]): Metric | undefined {
  return metrics.find((metric) => metric.kind.includes('histogram') && metric.name.includes('duration')) ?? metrics[0];
}
