import type { ErrorCause } from '@otelier/query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { timeOf } from '../../../data/search.ts';
import { usePageSearch } from '../../../data/use-search.ts';
import { formatMillis, millisOf } from '../../../format/time.ts';
import { t } from '../../../locale/t.ts';
import { Icon } from '../../../parts/icon.tsx';
import { recordsOf, tracesOf } from './traces-of.ts';

/** The latest occurrences. One of them is selected, whose stack trace and logs are shown. */
export function CauseTraces({
  cause,
  selected,
  onSelect,
}: {
  readonly cause: ErrorCause;
  readonly selected: string | undefined;
  readonly onSelect: (traceId: string) => void;
}): ReactNode {
  const time = timeOf(usePageSearch());
  return (
    <section aria-label={t('Traces')}>
      <h3 className="er-sub">
        {t('Latest')}
        {cause.samples.some(({ isLog }) => isLog) ? (
          <Link to="/logs" search={{ ...time, where: recordsOf(cause) }} className="push s12">
            {t('Open in Logs')}
          </Link>
        ) : (
          <Link to="/traces" search={{ ...time, ...tracesOf(cause) }} className="push s12">
            {t('Open in Traces')}
          </Link>
        )}
      </h3>
      <ul>
        {cause.samples.map(({ traceId, spanId, timeNanos, message }) => (
          <li key={`${traceId} ${spanId} ${timeNanos}`} className={`er-sample ${traceId === selected ? 'sel' : ''}`}>
            <button type="button" className="row" aria-pressed={traceId === selected} onClick={() => onSelect(traceId)}>
              <span className="nowrap">{formatMillis(millisOf(timeNanos))}</span>
              <bdi className="cut t2">{message}</bdi>
            </button>
            {traceId !== '' && (
              <Link
                to="/traces"
                search={{ ...time, trace: traceId, span: spanId }}
                className="btn small bare icononly"
                aria-label={t('Open the trace of {time}', { time: formatMillis(millisOf(timeNanos)) })}
              >
                <Icon name="link" />
              </Link>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
