import type { ErrorCause, LogsResponse } from '@otelier/query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { recordKey } from '../../../data/record-key.ts';
import { timeOf } from '../../../data/search.ts';
import { useApiQuery } from '../../../data/use-api-query.ts';
import { usePageSearch } from '../../../data/use-search.ts';
import { formatOffset } from '../../../format/quantity.ts';
import { formatClock, millisOf, nanosBetween } from '../../../format/time.ts';
import { rich, t } from '../../../locale/t.ts';
import { Failure } from '../../../parts/failure.tsx';
import { ServiceMark } from '../../../parts/service-mark.tsx';
import { SeverityLetter } from '../../../parts/severity.tsx';

/** Time around an occurrence in which logs of its trace are searched, in milliseconds. */
const AROUND_MILLIS = 600_000;
const SHOWN = 12;

/** The logs of an occurrence's trace, from all services. */
export function CauseLogs({ sample }: { readonly sample: ErrorCause['samples'][number] }): ReactNode {
  const time = timeOf(usePageSearch());
  const at = millisOf(sample.timeNanos);
  const result = useApiQuery<LogsResponse>({
    path: '/logs',
    params: {
      start: Math.floor(at - AROUND_MILLIS),
      end: Math.ceil(at + AROUND_MILLIS),
      trace_id: sample.traceId,
      order: 'oldest',
      limit: SHOWN,
    },
    keep: false,
  });
  return (
    <section aria-label={t('Logs')}>
      <h3 className="er-sub">
        {rich('Logs {note}', {
          note: <span className="t3 cut">{t('of the trace at {time}', { time: formatClock(at) })}</span>,
        })}
        <Link to="/logs" search={{ ...time, trace: sample.traceId }} className="push s12 nowrap">
          {t('Open in Logs')}
        </Link>
      </h3>
      {result.failure !== undefined && <Failure failure={result.failure} retry={result.retry} tight />}
      {result.data?.logs.length === 0 && <p className="er-none t3">{t('No logs in this trace.')}</p>}
      <ul>
        {result.data?.logs.map((log) => (
          <li key={log.cursor}>
            <Link
              to="/logs"
              search={{ ...time, trace: sample.traceId, order: 'oldest', record: recordKey(log) }}
              className="er-log plain"
            >
              <span className="num t3">{formatOffset(nanosBetween(sample.timeNanos, log.timeNanos))}</span>
              <SeverityLetter number={log.severityNumber} />
              <ServiceMark service={log.service} />
              <bdi className="mono cut">{log.body}</bdi>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
