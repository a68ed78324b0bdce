import type { ReactNode } from 'react';
import { describeCondition } from '../../data/conditions.ts';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { plural } from '../../format/number.ts';
import { t } from '../../locale/t.ts';
import { Icon } from '../../parts/icon.tsx';
import { MAX_SERIES } from '../../series/series.ts';
import { useKeys } from '../../shell/keys.ts';
import { type Aggregate, aggregatesOf, type Metric } from './aggregates.ts';
import { LabelMenu } from './label-menu.tsx';
import { ModeSwitch } from './promql/mode-switch.tsx';

/** The editor for a metric query, with one line per aggregate: aggregate, group, filter. */
export function MetricEditor({
  metric,
  aggregates,
  counts,
  onAggregates,
}: {
  readonly metric: Metric;
  readonly aggregates: readonly Aggregate[];
  readonly counts: readonly (number | undefined)[];
  readonly onAggregates: (aggregates: readonly Aggregate[]) => void;
}): ReactNode {
  const { by = [], where = [] } = usePageSearch();
  const change = useChangeSearch();
  const spare = aggregatesOf(metric).find((aggregate) => !aggregates.includes(aggregate));
  const replace = (at: number, aggregate: Aggregate): void =>
    onAggregates(
      aggregates
        .map((one, index) => (index === at ? aggregate : one))
        .filter((one, index, all) => all.indexOf(one) === index),
    );
  const add = (): void => {
    if (spare !== undefined && aggregates.length < 2)
      onAggregates([...aggregates, aggregates.includes('p95') ? 'p50' : spare]);
  };
  useKeys(t('View'), [
    {
      press: 'a',
      does: t('add or remove a second line'),
      hint: t('add query'),
      run: () => (aggregates.length > 1 ? onAggregates(aggregates.slice(0, 1)) : add()),
    },
  ]);
  return (
    <div className="me-editor">
      <div className="me-line">
        <span className="id">A</span>
        <div className="parts">
          <AggregateSelect
            metric={metric}
            line="A"
            value={aggregates[0] ?? 'avg'}
            onChange={(aggregate) => replace(0, aggregate)}
          />
          <span className="p">(</span>
          <span className="med">{metric.name}</span>
          <span className="p">)</span>
          <span className="w">{t('by')}</span>
          {by.map((key) => (
            <span key={key} className="chip">
              {key}
              <button
                type="button"
                aria-label={t('Do not group by {key}', { key })}
                onClick={() => change({ by: by.filter((one) => one !== key) }, 'replace')}
              >
                <Icon name="close" />
              </button>
            </span>
          ))}
          <LabelMenu metric={metric} purpose="group" />
          <span className="w">{t('where')}</span>
          {where.map((condition, index) => {
            const { name, value } = describeCondition(condition);
            return (
              <span key={condition} className="chip">
                <span className="k">{name.replace(/^attributes\./, '')}</span>
                <span className="cut">{value}</span>
                <button
                  type="button"
                  aria-label={t('Remove {name} {value}', { name, value })}
                  onClick={() => change({ where: where.filter((_, at) => at !== index) })}
                >
                  <Icon name="close" />
                </button>
              </span>
            );
          })}
          <LabelMenu metric={metric} purpose="filter" />
        </div>
        <Count count={counts[0]} />
        <ModeSwitch metric={metric} />
        {aggregates.length < 2 && spare !== undefined && (
          <button type="button" className="btn small bare" onClick={add}>
            <Icon name="plus" />
            {t('Add line')}
            <kbd>A</kbd>
          </button>
        )}
      </div>
      {aggregates[1] !== undefined && (
        <div className="me-line">
          <span className="id">B</span>
          <div className="parts">
            <AggregateSelect
              metric={metric}
              line="B"
              value={aggregates[1]}
              onChange={(aggregate) => replace(1, aggregate)}
            />
            <span className="p">(</span>
            <span className="c">{t('same as A')}</span>
            <span className="p">)</span>
          </div>
          <Count count={counts[1]} />
          <button
            type="button"
            className="btn small icononly bare"
            aria-label={t('Remove line B')}
            onClick={() => onAggregates(aggregates.slice(0, 1))}
          >
            <Icon name="close" />
          </button>
        </div>
      )}
    </div>
  );
}

function AggregateSelect({
  metric,
  line,
  value,
  onChange,
}: {
  readonly metric: Metric;
  readonly line: string;
  readonly value: Aggregate;
  readonly onChange: (aggregate: Aggregate) => void;
}): ReactNode {
  return (
    <span className="me-select">
      <select
        aria-label={t('Aggregate of line {line}', { line })}
        value={value}
        onChange={(event) => onChange(event.target.value as Aggregate)}
      >
        {aggregatesOf(metric).map((aggregate) => (
          <option key={aggregate} value={aggregate}>
            {aggregate}
          </option>
        ))}
      </select>
      <Icon name="down" size={10} />
    </span>
  );
}

function Count({ count }: { readonly count: number | undefined }): ReactNode {
  if (count === undefined) return <span />;
  return count > MAX_SERIES ? (
    <span className="warn s11 nowrap" title={t('Filter, or group by another label, to see the others')}>
      {t('the {shown} largest of {series}', { shown: MAX_SERIES, series: plural(count, 'series', 'series') })}
    </span>
  ) : (
    <span className="t3 s11 nowrap">{plural(count, 'series', 'series')}</span>
  );
}
