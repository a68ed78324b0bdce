import type { TraceHit, TracesResponse } from '@otelier/query';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useHeld } from '../../data/use-held.ts';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { formatCount, plural } from '../../format/number.ts';
import { formatMillis, millisOf } from '../../format/time.ts';
import { t } from '../../locale/t.ts';
import { columnName } from '../../parts/columns/columns.ts';
import { Duration } from '../../parts/measure.tsx';
import { ServiceMark } from '../../parts/service-mark.tsx';
import { useKeys } from '../../shell/keys.ts';
import { useListKeys } from '../../shell/use-list-keys.ts';

/** The matching traces. While hovered or scrolled, the list is frozen and indicates that newer traces are available. */
export function HitsTable({
  result,
  selected,
  onSelect,
}: {
  readonly result: TracesResponse;
  readonly selected: string | undefined;
  readonly onSelect: (traceId: string) => void;
}): ReactNode {
  const search = usePageSearch();
  const change = useChangeSearch();
  const box = useRef<HTMLDivElement>(null);
  const [hovered, setHovered] = useState(false);
  const [scrolled, setScrolled] = useState(false);
  const [marked, setMarked] = useState(-1);
  const question = JSON.stringify([
    search.where,
    search.text,
    search.order,
    search.last,
    search.at,
    search.from,
    search.to,
    search.columns,
  ]);
  const { shown = result, waiting } = useHeld(result, hovered || scrolled, question);
  const hits = shown.traces;
  const at = hits.findIndex((hit) => hit.traceId === selected);
  const fresh = waiting ? countFresh(result, shown) : 0;
  const go = (index: number): void => {
    const hit = hits[index];
    if (hit !== undefined) onSelect(hit.traceId);
  };
  useListKeys({
    enabled: selected === undefined,
    what: t('trace'),
    count: hits.length,
    index: marked,
    onIndex: setMarked,
    onOpen: go,
    rows: { box, row: 'tbody button' },
  });
  useKeys(t('View'), [
    {
      press: ',',
      does: t('previous trace'),
      ...(selected === undefined ? {} : { hint: t('trace'), shown: [',', '.'] }),
      run: () => go(Math.max(0, at - 1)),
    },
    { press: '.', does: t('next trace'), run: () => go(Math.min(hits.length - 1, at + 1)) },
  ]);
  const current = selected === undefined ? marked : at;
  useEffect(() => {
    box.current?.querySelector(`[data-index="${current}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [current]);
  const isWide = selected === undefined;
  const columns = isWide ? (search.columns ?? []) : [];
  const order = search.order === 'duration' ? 'duration' : 'time';
  const longest = hits.reduce((max, hit) => Math.max(max, hit.durationNanos), 1);
  return (
    <div
      ref={box}
      className="scroll"
      onPointerEnter={() => setHovered(true)}
      onPointerLeave={() => setHovered(false)}
      onScroll={(event) => setScrolled(event.currentTarget.scrollTop > 4)}
    >
      <table aria-label={t('Traces found')}>
        <colgroup>
          <col style={{ width: isWide ? 116 : 104 }} />
          {isWide && <col style={{ width: 144 }} />}
          <col style={isWide ? { width: '22%' } : {}} />
          {columns.map((column) => (
            <col key={column} style={{ width: 132 }} />
          ))}
          <col />
          <col style={{ width: isWide ? 64 : 56 }} />
          <col style={{ width: isWide ? 252 : 116 }} />
        </colgroup>
        <thead>
          <tr>
            <OrderHeader name={t('Started')} by="time" order={order} onOrder={() => change({ order: undefined })} />
            {isWide && <th>{t('Service')}</th>}
            <th>{t('Root')}</th>
            {columns.map((column) => (
              <th key={column} className="mono cut" title={column}>
                {columnName(column)}
              </th>
            ))}
            <th aria-live="polite">
              {fresh > 0 ? (
                <NewOnes count={fresh} onShow={() => box.current?.scrollTo(0, 0)} hovered={hovered} />
              ) : (
                t('Error')
              )}
            </th>
            <th className="num">{t('Spans')}</th>
            <OrderHeader
              name={t('Duration')}
              by="duration"
              order={order}
              num
              onOrder={() => change({ order: 'duration' })}
            />
          </tr>
        </thead>
        <tbody>
          {hits.map((hit, index) => (
            <HitRow
              key={hit.traceId}
              hit={hit}
              index={index}
              current={index === current}
              longest={longest}
              isWide={isWide}
              columns={columns}
              onSelect={onSelect}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function HitRow({
  hit,
  index,
  current,
  longest,
  isWide,
  columns,
  onSelect,
}: {
  readonly hit: TraceHit;
  readonly index: number;
  readonly current: boolean;
  readonly longest: number;
  readonly isWide: boolean;
  readonly columns: readonly string[];
  readonly onSelect: (traceId: string) => void;
}): ReactNode {
  return (
    <tr data-index={index} className={current ? 'sel' : ''} onClick={() => onSelect(hit.traceId)}>
      <td>
        <button type="button" aria-pressed={current}>
          <span className="unseen">{t('Open trace {name}, started', { name: hit.rootName })} </span>
          {formatMillis(millisOf(hit.startNanos))}
        </button>
      </td>
      {isWide && (
        <td>
          <span className="row">
            <ServiceMark service={hit.rootService} />
            <span className="cut t2">{hit.rootService}</span>
          </span>
        </td>
      )}
      <td title={isWide ? undefined : `${hit.rootService}: ${hit.rootName}`}>
        <span className="row">
          {!isWide && (
            <>
              <ServiceMark service={hit.rootService} />
              <span className="cut t2" style={{ flex: 'none', maxWidth: '50%' }}>
                {hit.rootService}
              </span>
            </>
          )}
          <span className="cut">{hit.rootName}</span>
        </span>
      </td>
      {columns.map((column, at) => (
        <td key={column} className="mono t2" title={hit.columns?.[at]}>
          {hit.columns?.[at]}
        </td>
      ))}
      <FailureCell error={hit.error ?? undefined} />
      <td className="num t2">{formatCount(hit.spanCount)}</td>
      <td>
        <span className="row" style={{ justifyContent: 'flex-end' }}>
          <i className="bar" style={{ width: Math.max(1, (hit.durationNanos / longest) * (isWide ? 168 : 32)) }} />
          <span className="num" style={{ width: 52 }}>
            <Duration nanos={hit.durationNanos} />
          </span>
        </span>
      </td>
    </tr>
  );
}

/** Where the failure of a trace began: the service, and the exception with its message. */
function FailureCell({ error }: { readonly error: TraceHit['error'] }): ReactNode {
  if (error === undefined || error === null) return <td />;
  const { service, type, message } = error;
  const kind = type === '' ? message || t('Error') : type;
  return (
    <td title={`${service}: ${[type, message].filter((text) => text !== '').join(': ')}`}>
      <bdi className="err">
        {service}: {kind}
      </bdi>
      {type !== '' && <bdi className="t3"> {message}</bdi>}
    </td>
  );
}

function OrderHeader({
  name,
  by,
  order,
  num = false,
  onOrder,
}: {
  readonly name: string;
  readonly by: string;
  readonly order: string;
  readonly num?: boolean;
  readonly onOrder: () => void;
}): ReactNode {
  return (
    <th className={num ? 'num' : ''} aria-sort={order === by ? 'descending' : undefined}>
      <button type="button" className={order === by ? 'sort' : ''} onClick={onOrder}>
        {name}
        {order === by && ' ↓'}
      </button>
    </th>
  );
}

function NewOnes({
  count,
  hovered,
  onShow,
}: {
  readonly count: number;
  readonly hovered: boolean;
  readonly onShow: () => void;
}): ReactNode {
  if (hovered) return t('Error · {traces} when you leave', { traces: plural(count, 'newer trace') });
  return (
    <button type="button" className="sort" onClick={onShow}>
      {t('Show {traces} ↑', { traces: plural(count, 'newer trace') })}
    </button>
  );
}

function countFresh(newest: TracesResponse, shown: TracesResponse): number {
  const known = new Set(shown.traces.map((hit) => hit.traceId));
  return newest.traces.filter((hit) => !known.has(hit.traceId)).length;
}
