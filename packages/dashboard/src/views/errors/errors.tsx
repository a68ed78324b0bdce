import type { ErrorCause, ErrorCausesResponse } from '@otelier/query';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import { timeOf } from '../../data/search.ts';
import { assignServiceColors } from '../../data/service-colors.ts';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { formatCount, plural } from '../../format/number.ts';
import { msg, t } from '../../locale/t.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { FilterField } from '../../parts/filter-field.tsx';
import { Icon } from '../../parts/icon.tsx';
import { LoadingRows } from '../../parts/loading.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import { Segmented } from '../../parts/segmented.tsx';
import { useKeys } from '../../shell/keys.ts';
import { useListKeys } from '../../shell/use-list-keys.ts';
import { usePageWindow } from '../../time/page-window.tsx';
import { type Asides, type CauseState, stateOf } from './aside/aside.ts';
import { useAsides } from './aside/use-asides.ts';
import { CauseRow } from './cause-row.tsx';
import './errors.css';
import { CausePanel } from './panel/cause-panel.tsx';
import { type CauseOrder, compareCauses, isHandled, useCauses, useIsNew } from './use-causes.ts';

const ORDERS: readonly { readonly value: CauseOrder; readonly label: string }[] = [
  { value: 'new', label: msg('New first') },
  { value: 'count', label: msg('Count') },
  { value: 'users', label: msg('Users') },
];

/** The view of errors by root cause. */
export function Errors(): ReactNode {
  const search = usePageSearch();
  const change = useChangeSearch();
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const box = useRef<HTMLDivElement>(null);
  const result = useCauses(search.service);
  const isNew = useIsNew();
  const order = ORDERS.find(({ value }) => value === search.order)?.value ?? 'new';
  const { asides, set } = useAsides();
  const states = useMemo(() => statesOf(result.data?.causes ?? [], asides), [result.data, asides]);
  const causes = useMemo(
    () => arrange(result.data?.causes ?? [], typed, { order, isNew, states }),
    [result.data, typed, order, isNew, states],
  );
  useMemo(() => {
    const services = causes.flatMap(({ path }) => path.filter(({ isPeer }) => !isPeer));
    assignServiceColors([...new Set(services.map(({ service }) => service))].sort());
  }, [causes]);
  const selected = causes.find(({ fingerprint }) => fingerprint === search.cause) ?? causes[0];
  const select = (cause: ErrorCause | undefined): void =>
    change({ cause: cause?.fingerprint, trace: undefined }, 'replace');
  const openTrace = (cause: ErrorCause | undefined): void => {
    const sample = cause?.samples.find(({ traceId }) => traceId === search.trace) ?? cause?.samples[0];
    if (sample === undefined) return;
    void navigate({
      to: '/traces',
      search: { ...timeOf(search), trace: sample.traceId, span: sample.spanId },
    } as never);
  };
  useListKeys({
    what: t('cause'),
    count: causes.length,
    index: selected === undefined ? -1 : causes.indexOf(selected),
    onIndex: (index) => select(causes[index]),
    onOpen: (index) => openTrace(causes[index]),
    openHint: t('open a trace of'),
    rows: { box, row: '.er-row' },
  });
  useKeys(
    t('View'),
    search.service === undefined
      ? []
      : [{ press: 'Escape', does: t('show the errors of all services'), run: () => change({ service: undefined }) }],
  );
  return (
    <div className={`er ${selected === undefined ? '' : 'with-panel'}`}>
      <div className="er-bar bb">
        <FilterField label={t('Filter errors')} value={typed} onChange={setTyped} press="f" />
        {search.service !== undefined && (
          <span className="chip">
            <code>service = </code>
            <bdi className="cut">{search.service}</bdi>
            <button type="button" aria-label={t('Show all services')} onClick={() => change({ service: undefined })}>
              <Icon name="close" />
            </button>
          </span>
        )}
        <Extent data={result.data} shown={causes.length} filtered={typed !== ''} />
        <span className="push">
          <Segmented
            label={t('Order')}
            value={order}
            options={ORDERS.map(({ value, label }) => ({ value, label: t(label) }))}
            onChange={(next) => change({ order: next }, 'replace')}
          />
        </span>
      </div>
      <QueryResult result={result} loading={<LoadingRows rows={8} height={72} />}>
        {() =>
          causes.length === 0 ? (
            <NoErrors filtered={typed !== ''} />
          ) : (
            <CauseList box={box} causes={causes} selected={selected} isNew={isNew} states={states} onSelect={select} />
          )
        }
      </QueryResult>
      {selected !== undefined && result.data !== undefined && (
        <CausePanel
          cause={selected}
          isNew={isNew(selected)}
          state={states.get(selected.fingerprint) ?? 'open'}
          aside={asides.get(selected.fingerprint)}
          onAside={(state) => set(selected, state)}
          traceId={search.trace}
          onTrace={(traceId) => change({ cause: selected.fingerprint, trace: traceId }, 'replace')}
        />
      )}
    </div>
  );
}

type States = ReadonlyMap<string, CauseState>;

/** Returns the states of the causes that were set aside. */
function statesOf(causes: readonly ErrorCause[], asides: Asides): States {
  return new Map(causes.map((cause) => [cause.fingerprint, stateOf(cause, asides)]));
}

/** Returns the causes that contain the text, in an order: those that occurred again first, those set aside last. */
function arrange(
  causes: readonly ErrorCause[],
  typed: string,
  {
    order,
    isNew,
    states,
  }: { readonly order: CauseOrder; readonly isNew: (cause: ErrorCause) => boolean; readonly states: States },
): readonly ErrorCause[] {
  const wanted = typed.trim().toLowerCase();
  const textOf = ({ type, message, path, spanName, routes }: ErrorCause): string =>
    [type, ...message.map(({ text }) => text), spanName, ...path.flatMap((one) => [one.service, one.type])]
      .concat(routes.map(({ name }) => name))
      .join(' ')
      .toLowerCase();
  const rank = ({ fingerprint }: ErrorCause): number => RANKS[states.get(fingerprint) ?? 'open'];
  const compare = compareCauses(order, isNew);
  return causes
    .filter((cause) => wanted === '' || textOf(cause).includes(wanted))
    .sort((a, b) => rank(a) - rank(b) || compare(a, b));
}

/** The places of the states in every order. */
const RANKS: Readonly<Record<CauseState, number>> = { regressed: 0, open: 1, aside: 2 };

function Extent({
  data,
  shown,
  filtered,
}: {
  readonly data: ErrorCausesResponse | undefined;
  readonly shown: number;
  readonly filtered: boolean;
}): ReactNode {
  if (data === undefined) return null;
  const beyond = data.total - data.causes.length;
  return (
    <span className="t3 s12 cut" role="status">
      {filtered
        ? t('{shown} of {causes}', { shown, causes: plural(data.causes.length, 'cause') })
        : plural(data.total, 'cause')}
      , {plural(data.occurrences, 'occurrence')}
      {beyond > 0 && `, ${t('the {count} rarest are not listed', { count: beyond })}`}
      {data.sampling > 1 && `, ${t('from one in {sampling} traces', { sampling: data.sampling })}`}
    </span>
  );
}

function CauseList({
  box,
  causes,
  selected,
  isNew,
  states,
  onSelect,
}: {
  readonly box: RefObject<HTMLDivElement | null>;
  readonly causes: readonly ErrorCause[];
  readonly selected: ErrorCause | undefined;
  readonly isNew: (cause: ErrorCause) => boolean;
  readonly states: States;
  readonly onSelect: (cause: ErrorCause) => void;
}): ReactNode {
  const { nowMillis } = usePageWindow();
  const chosen = selected?.fingerprint;
  useEffect(() => {
    if (chosen !== undefined) box.current?.querySelector('.er-row.sel')?.scrollIntoView({ block: 'nearest' });
  }, [chosen, box]);
  const row = (cause: ErrorCause): ReactNode => (
    <CauseRow
      key={cause.fingerprint}
      cause={cause}
      index={causes.indexOf(cause)}
      isNew={isNew(cause)}
      isRegressed={states.get(cause.fingerprint) === 'regressed'}
      selected={cause.fingerprint === chosen}
      nowMillis={nowMillis}
      onSelect={() => onSelect(cause)}
    />
  );
  const isAside = ({ fingerprint }: ErrorCause): boolean => states.get(fingerprint) === 'aside';
  const aside = causes.filter(isAside);
  const listed = causes.filter((cause) => !isAside(cause));
  const handled = listed.filter(isHandled);
  const [showsAside, setShowsAside] = useState(false);
  return (
    <div className="er-list scroll" ref={box}>
      <div className="er-head" aria-hidden="true">
        <span>{t('Cause')}</span>
        <span />
        <span className="num">{t('Count')}</span>
        <span className="num">{t('Users')}</span>
        <span className="num">{t('Last, first')}</span>
      </div>
      <ul aria-label={t('Errors by cause')}>{listed.filter((cause) => !isHandled(cause)).map(row)}</ul>
      {handled.length > 0 && (
        <details open>
          <summary className="er-handled">
            <Icon name="right" size={12} />
            <b>{t('Handled')}</b>
            <span className="t3 cut">{t('a caller caught it, no request failed')}</span>
            <span className="push t3 nowrap">
              {plural(handled.length, 'cause')}, {formatCount(handled.reduce((sum, { count }) => sum + count, 0))}
            </span>
          </summary>
          <ul aria-label={t('Handled errors by cause')}>{handled.map(row)}</ul>
        </details>
      )}
      {aside.length > 0 && (
        <details
          open={showsAside || (selected !== undefined && isAside(selected))}
          onToggle={(event) => setShowsAside(event.currentTarget.open)}
        >
          <summary className="er-handled">
            <Icon name="right" size={12} />
            <b>{t('Set aside')}</b>
            <span className="t3 cut">{t('resolved ones come back when they occur again')}</span>
            <span className="push t3 nowrap">{plural(aside.length, 'cause')}</span>
          </summary>
          <ul aria-label={t('Errors set aside')}>{aside.map(row)}</ul>
        </details>
      )}
    </div>
  );
}

function NoErrors({ filtered }: { readonly filtered: boolean }): ReactNode {
  const change = useChangeSearch();
  const { last, from } = usePageSearch();
  if (filtered) return <EmptyState title={t('No cause contains this text')} />;
  const isDay = last === '24h' && from === undefined;
  return (
    <EmptyState
      title={t('No errors in this range')}
      actions={
        !isDay && (
          <button
            type="button"
            className="btn small"
            onClick={() => change({ last: '24h', at: undefined, from: undefined, to: undefined })}
          >
            {t('Search the last 24 h')}
          </button>
        )
      }
    >
      <p>{t('An error is a span with the status error. Its exceptions are events with the name “exception”.')}</p>
    </EmptyState>
  );
}
