import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { plural } from '../../format/number.ts';
import { t } from '../../locale/t.ts';
import { Icon } from '../../parts/icon.tsx';
import { ScrollRegion } from '../../parts/scroll/scroll-region.tsx';
import { useKeys } from '../../shell/keys.ts';
import { letterOf, type Metric } from './aggregates.ts';
import { groupMetrics } from './metric-groups.ts';
import { MetricTrend } from './metric-trend.tsx';

const ROW = 24;
const HEAD = 28;

/** The list of metrics, grouped by the first component of their name, each with its trend and kind. */
export function MetricList({
  metrics,
  selected,
  onSelect,
}: {
  readonly metrics: readonly Metric[];
  readonly selected: string | undefined;
  readonly onSelect: (metric: Metric) => void;
}): ReactNode {
  const [searchText, setSought] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => groupMetrics(metrics, searchText), [metrics, searchText]);
  const list = useMemo(() => rows.flatMap((row) => (row.kind === 'metric' ? [row.metric] : [])), [rows]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: (index) => (rows[index]?.kind === 'group' ? HEAD : ROW),
    overscan: 8,
  });
  const at = list.findIndex((metric) => metric.name === selected);
  const go = (index: number): void => {
    const metric = list[Math.min(list.length - 1, Math.max(0, index))];
    if (metric === undefined) return;
    onSelect(metric);
    virtual.scrollToIndex(
      rows.findIndex((row) => row.kind === 'metric' && row.metric === metric),
      { align: 'auto' },
    );
  };
  useKeys(t('View'), [
    { press: '/', does: t('find a metric'), hint: t('find metric'), run: () => field.current?.focus() },
    { press: 'j', does: t('next metric'), hint: t('metric'), shown: ['J', 'K'], run: () => go(at + 1) },
    { press: 'k', does: t('previous metric'), run: () => go(at - 1) },
  ]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: scrolls to the selected metric once
  useEffect(() => {
    const row = rows.findIndex((one) => one.kind === 'metric' && one.metric.name === selected);
    if (row >= 0) virtual.scrollToIndex(row, { align: 'auto' });
  }, []);
  return (
    <>
      <div className="me-find bb">
        <label className="field quiet grow">
          <Icon name="search" />
          <input
            ref={field}
            type="search"
            aria-label={t('Find a metric')}
            placeholder={t('Find among {things}', { things: plural(metrics.length, 'metric') })}
            value={searchText}
            onChange={(event) => setSought(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && list[0] !== undefined) onSelect(list[0]);
              if (event.key === 'ArrowDown') go(at + 1);
              if (event.key === 'ArrowUp') go(at - 1);
              if (event.key !== 'Escape') return;
              event.stopPropagation();
              if (searchText === '') event.currentTarget.blur();
              else setSought('');
            }}
          />
          <kbd>/</kbd>
        </label>
      </div>
      <ScrollRegion scrollRef={box} label={t('Metrics by name')}>
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            const style = { position: 'absolute', top: item.start, left: 0, right: 0 } as const;
            if (row.kind === 'group') {
              return (
                <div key={`group ${row.name}`} className="me-group mono" style={style}>
                  {row.name}
                  <span className="push">{row.count}</span>
                </div>
              );
            }
            return (
              <MetricRow
                key={row.metric.name}
                metric={row.metric}
                style={style}
                selected={row.metric.name === selected}
                onSelect={onSelect}
              />
            );
          })}
        </div>
        {rows.length === 0 && (
          <p className="groupname">
            {searchText === ''
              ? t('No metric in this range')
              : t('No metric name contains “{searchText}”', { searchText })}
          </p>
        )}
      </ScrollRegion>
      <div className="me-kinds bt">
        <span>
          <Kind letter="C" />
          {t('counter')}
        </span>
        <span>
          <Kind letter="G" />
          {t('gauge')}
        </span>
        <span>
          <Kind letter="H" />
          {t('histogram')}
        </span>
        <span>
          <Kind letter="S" />
          {t('summary')}
        </span>
      </div>
    </>
  );
}

function MetricRow({
  metric,
  style,
  selected,
  onSelect,
}: {
  readonly metric: Metric;
  readonly style: React.CSSProperties;
  readonly selected: boolean;
  readonly onSelect: (metric: Metric) => void;
}): ReactNode {
  const { name } = metric;
  const first = name.indexOf('.');
  const rest = first > 0 ? name.slice(first + 1) : name;
  const second = rest.indexOf('.');
  return (
    <button
      type="button"
      className={`me-row ${selected ? 'sel' : ''}`}
      style={style}
      aria-pressed={selected}
      title={metric.description === '' ? name : `${name}\n${metric.description}`}
      onClick={() => onSelect(metric)}
    >
      <span className="cut">
        {first > 0 && <span className="unseen">{name.slice(0, first + 1)}</span>}
        {second > 0 && <span className="t3">{rest.slice(0, second + 1)}</span>}
        {second > 0 ? rest.slice(second + 1) : rest}
      </span>
      <MetricTrend metric={metric} />
      <span className="unseen">, {metric.kind.replace('_', ' ')}</span>
      <Kind letter={letterOf(metric)} />
    </button>
  );
}

function Kind({ letter }: { readonly letter: string }): ReactNode {
  return (
    <span className="me-kind" aria-hidden="true">
      {letter}
    </span>
  );
}
