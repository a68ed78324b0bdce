import type { CostResponse } from '@otelier/query';
import { type ReactNode, useMemo, useRef, useState } from 'react';
import { assignServiceColors } from '../../data/service-colors.ts';
import type { QueryState } from '../../data/use-api-query.ts';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { formatCount, formatPercent } from '../../format/number.ts';
import { bytesOf, formatBytes } from '../../format/quantity.ts';
import { msg, rich, t } from '../../locale/t.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { FilterField } from '../../parts/filter-field.tsx';
import { LoadingRows } from '../../parts/loading.tsx';
import { Measure } from '../../parts/measure.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import { Segmented } from '../../parts/segmented.tsx';
import { useKeys } from '../../shell/keys.ts';
import { useListKeys } from '../../shell/use-list-keys.ts';
import './cost.css';
import { CHART_HEIGHT, CostChart } from './cost-chart.tsx';
import { CostTable } from './cost-table.tsx';
import { RulePanel } from './rule/rule-panel.tsx';
import {
  attributeRow,
  type CostRow,
  type CostSignal,
  type CostState,
  type CostUnit,
  SIGNALS,
  selectRow,
  senderRow,
  useCost,
  useCostAttributes,
  useCostState,
  volumeOf,
} from './use-cost.ts';

const TABS = [
  { value: 'senders', label: msg('Senders') },
  { value: 'attributes', label: msg('Attributes') },
] as const;
const UNITS = [
  { value: 'bytes', label: msg('Bytes') },
  { value: 'items', label: msg('Items') },
] as const;
const SIGNAL_NAMES = { all: msg('All'), traces: msg('Traces'), logs: msg('Logs'), metrics: msg('Metrics') } as const;

/** The view of cost and cardinality: who sends how much, and what a rule would save. */
export function CostView(): ReactNode {
  const search = usePageSearch();
  const change = useChangeSearch();
  const state = useCostState();
  const [typed, setTyped] = useState('');
  const body = useRef<HTMLTableSectionElement>(null);
  const cost = useCost();
  const attributes = useCostAttributes(state.signal ?? 'traces', state.tab === 'attributes');
  useMemo(() => {
    assignServiceColors([...new Set(cost.data?.senders.map(({ service }) => service))].sort());
  }, [cost.data]);
  const all = useMemo<readonly CostRow[]>(() => {
    if (state.tab === 'senders') return (cost.data?.senders ?? []).filter(isOf(state.signal)).map(senderRow);
    return (attributes.data?.attributes ?? []).map((one) => attributeRow(state.signal ?? 'traces', one));
  }, [state.tab, state.signal, cost.data, attributes.data]);
  const rows = useMemo(() => arrange(all, typed, state.unit), [all, typed, state.unit]);
  const selected = rows.find(({ id }) => id === search.row) ?? rows[0];
  const select = (row: CostRow | undefined): void => change(selectRow(row), 'replace');
  useListKeys({
    what: t('row'),
    count: rows.length,
    index: selected === undefined ? -1 : rows.indexOf(selected),
    onIndex: (index) => select(rows[index]),
    onOpen: () => document.querySelector<HTMLInputElement>('.ct-rules input:checked')?.focus(),
    openHint: t('choose a rule for'),
    rows: { box: body, row: '.ct-name' },
  });
  useKeys(t('View'), [
    {
      press: 'a',
      does: t('switch between senders and attributes'),
      run: () => change({ tab: state.tab === 'senders' ? 'attributes' : undefined, row: undefined }),
    },
    {
      press: 'b',
      does: t('switch between bytes and items'),
      run: () => change({ unit: state.unit === 'bytes' ? 'items' : undefined }, 'replace'),
    },
  ]);
  const result: QueryState<object> = state.tab === 'senders' ? cost : attributes;
  const total = totalOf(cost.data, state);
  return (
    <div className={`ct ${selected === undefined ? '' : 'with-panel'}`}>
      <CostBar state={state} typed={typed} onTyped={setTyped} cost={cost.data} />
      <div className="pane ct-main">
        {cost.data !== undefined && cost.data.senders.length > 0 ? (
          <CostChart cost={cost.data} senders={cost.data.senders.filter(isOf(state.signal))} unit={state.unit} />
        ) : (
          cost.loading && <div style={{ height: CHART_HEIGHT }} />
        )}
        <QueryResult<object> result={result} loading={<LoadingRows rows={10} height={28} />}>
          {() =>
            rows.length === 0 ? (
              <NoRows filtered={typed !== ''} />
            ) : (
              <CostTable
                rows={rows}
                selected={selected?.id}
                unit={state.unit}
                total={total}
                label={state.tab === 'senders' ? t('What services send') : t('Attributes by size')}
                body={body}
                onSelect={select}
              />
            )
          }
        </QueryResult>
      </div>
      {selected !== undefined && <RulePanel key={selected.id} row={selected} />}
    </div>
  );
}

function CostBar({
  state,
  typed,
  onTyped,
  cost,
}: {
  readonly state: CostState;
  readonly typed: string;
  readonly onTyped: (text: string) => void;
  readonly cost: CostResponse | undefined;
}): ReactNode {
  const change = useChangeSearch();
  const signals = state.tab === 'senders' ? (['all', ...SIGNALS] as const) : SIGNALS;
  return (
    <div className="ct-bar bb">
      <Segmented
        label={t('Rows')}
        value={state.tab}
        options={TABS.map(({ value, label }) => ({ value, label: t(label) }))}
        onChange={(tab) => change({ tab: tab === 'senders' ? undefined : tab, row: undefined, rule: undefined })}
      />
      <Segmented
        label={t('Signal')}
        value={state.signal ?? 'all'}
        options={signals.map((value) => ({ value, label: t(SIGNAL_NAMES[value]) }))}
        onChange={(signal) =>
          change({ signal: signal === 'all' ? undefined : signal, row: undefined, rule: undefined }, 'replace')
        }
      />
      <Extent state={state} cost={cost} />
      <FilterField label={t('Filter rows')} value={typed} onChange={onTyped} press="f" />
      <Segmented<CostUnit>
        label={t('Measure')}
        value={state.unit}
        options={UNITS.map(({ value, label }) => ({ value, label: t(label) }))}
        onChange={(unit) => change({ unit: unit === 'bytes' ? undefined : unit }, 'replace')}
      />
    </div>
  );
}

/** What is sent in the range, how much of it is estimated, and what the store's files take. */
function Extent({ state, cost }: { readonly state: CostState; readonly cost: CostResponse | undefined }): ReactNode {
  if (cost === undefined) return null;
  const own = cost.signals.filter(({ signal }) => state.signal === undefined || signal === state.signal);
  const sum = (key: 'items' | 'bytes' | 'sizedItems' | 'storedBytes'): number =>
    own.reduce((total, one) => total + one[key], 0);
  const [items, sized] = [sum('items'), sum('sizedItems')];
  const beyond = cost.senderCount - cost.senders.length;
  return (
    <span className="t3 s12 cut" role="status">
      {rich('{bytes} in {items} items', { bytes: <Measure of={bytesOf(sum('bytes'))} />, items: formatCount(items) })}
      {sized < items && (
        <>
          {', '}
          {t('sizes of {share} % estimated from the others', { share: formatPercent((items - sized) / items, 1) })}
        </>
      )}
      {sum('storedBytes') > 0 && `, ${t('{size} of files on disk', { size: formatBytes(sum('storedBytes')) })}`}
      {beyond > 0 && `, ${t('the {count} smallest are not listed', { count: beyond })}`}
    </span>
  );
}

function NoRows({ filtered }: { readonly filtered: boolean }): ReactNode {
  if (filtered) return <EmptyState title={t('No row contains this text')} />;
  return (
    <EmptyState title={t('Nothing was sent in this range')}>
      <p>{t('Choose a longer range, or another signal.')}</p>
    </EmptyState>
  );
}

function isOf(signal: CostSignal | undefined): (one: { readonly signal: string }) => boolean {
  return (one) => signal === undefined || one.signal === signal;
}

/** Returns the rows that contain a text, those with most items or bytes first. */
function arrange(rows: readonly CostRow[], typed: string, unit: CostUnit): readonly CostRow[] {
  const wanted = typed.trim().toLowerCase();
  return rows
    .filter(({ id }) => id.toLowerCase().includes(wanted))
    .toSorted((a, b) => volumeOf(b)[unit] - volumeOf(a)[unit]);
}

function totalOf(cost: CostResponse | undefined, { signal, unit }: CostState): number {
  return (cost?.signals ?? []).filter(isOf(signal)).reduce((sum, one) => sum + one[unit], 0);
}
