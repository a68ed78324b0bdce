import type { LogRecord } from '@otelier/query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { recordKey } from '../../../data/record-key.ts';
import { useChangeSearch, usePageSearch } from '../../../data/use-search.ts';
import { formatMillis, millisOf } from '../../../format/time.ts';
import { t } from '../../../locale/t.ts';
import { QueryResult } from '../../../parts/query-result.tsx';
import { Segmented } from '../../../parts/segmented.tsx';
import { ServiceMark } from '../../../parts/service-mark.tsx';
import { SeverityLetter } from '../../../parts/severity.tsx';
import { withoutAnsi } from '../ansi.ts';
import './context.css';
import { type ContextScope, scopesOf, useContext } from './use-context.ts';

/** Number of records on each side at first, and how many more a button shows. */
const FEW = 10;
const MORE = 20;
/** Length of the range that the link of a record shows, in milliseconds. */
const LENGTH_MILLIS = 300_000;

/** The records around an opened one, whatever the search: of its service, its instance or its trace. */
export function LogContext({
  record,
  around,
  onShow,
}: {
  readonly record: LogRecord;
  readonly around: string;
  readonly onShow: (key: string) => void;
}): ReactNode {
  const change = useChangeSearch();
  const { order } = usePageSearch();
  const scopes = scopesOf(record);
  const scope = scopes.find(({ id }) => id === around) ?? (scopes[0] as ContextScope);
  const [before, setBefore] = useState(FEW);
  const [after, setAfter] = useState(FEW);
  const result = useContext(record, scope, before, after);
  const isOldestFirst = order === 'oldest';
  return (
    <section className="lo-context" aria-label={t('Records around')}>
      <div className="lo-context-head">
        <span className="groupname lo-first">{t('Around this record, same')}</span>
        <Segmented
          label={t('Scope')}
          value={scope.id}
          options={scopes.map(({ id, label }) => ({ value: id, label }))}
          onChange={(id) => change({ around: id }, 'replace')}
        />
      </div>
      <QueryResult result={result} tight>
        {(found) => {
          const rows = [...found.before, record, ...found.after];
          const ends = [
            <End
              key="before"
              name={t('earlier')}
              hasMore={found.hasMoreBefore}
              onMore={() => setBefore(before + MORE)}
            />,
            <End key="after" name={t('later')} hasMore={found.hasMoreAfter} onMore={() => setAfter(after + MORE)} />,
          ];
          return (
            <>
              {ends[isOldestFirst ? 0 : 1]}
              <ol>
                {(isOldestFirst ? rows : rows.toReversed()).map((one) => (
                  <ContextRow
                    key={recordKey(one)}
                    record={one}
                    scope={scope}
                    isCurrent={one === record}
                    onShow={onShow}
                  />
                ))}
              </ol>
              {ends[isOldestFirst ? 1 : 0]}
            </>
          );
        }}
      </QueryResult>
    </section>
  );
}

function End({
  name,
  hasMore,
  onMore,
}: {
  readonly name: string;
  readonly hasMore: boolean;
  readonly onMore: () => void;
}): ReactNode {
  if (!hasMore) return <p className="groupname">{t('No {direction} ones within an hour', { direction: name })}</p>;
  return (
    <button type="button" className="btn small bare" onClick={onMore}>
      {t('{count} {direction} ones', { count: MORE, direction: name })}
    </button>
  );
}

/** A record, as a link to it among those of the scope. */
function ContextRow({
  record,
  scope,
  isCurrent,
  onShow,
}: {
  readonly record: LogRecord;
  readonly scope: ContextScope;
  readonly isCurrent: boolean;
  readonly onShow: (key: string) => void;
}): ReactNode {
  const { order } = usePageSearch();
  const millis = millisOf(record.timeNanos);
  // The record is the first one of the list.
  const from = order === 'oldest' ? Math.floor(millis) : Math.ceil(millis + 1) - LENGTH_MILLIS;
  return (
    <li>
      <Link
        to="/logs"
        search={{ ...scope.filter, order, from, to: from + LENGTH_MILLIS, record: recordKey(record) }}
        onClick={() => onShow(recordKey(record))}
        className={`lo-context-row plain ${isCurrent ? 'sel' : ''}`}
        aria-current={isCurrent ? 'true' : undefined}
      >
        <span className="t3">{formatMillis(millis)}</span>
        <SeverityLetter number={record.severityNumber} />
        <span className="row">
          <ServiceMark service={record.service} />
          <bdi className="cut t2">{record.service}</bdi>
        </span>
        <bdi className="cut">
          {record.body === '' ? (record.eventName ?? t('(empty body)')) : withoutAnsi(record.body)}
        </bdi>
      </Link>
    </li>
  );
}
