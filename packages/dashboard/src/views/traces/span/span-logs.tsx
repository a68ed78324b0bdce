import type { LogsResponse, Span } from '@otelier/query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { attributeField, writeCondition } from '../../../data/conditions.ts';
import { recordKey } from '../../../data/record-key.ts';
import { timeOf } from '../../../data/search.ts';
import { useApiQuery } from '../../../data/use-api-query.ts';
import { usePageSearch } from '../../../data/use-search.ts';
import { formatOffset } from '../../../format/quantity.ts';
import { millisOf, nanosBetween } from '../../../format/time.ts';
import { t } from '../../../locale/t.ts';
import { Failure } from '../../../parts/failure.tsx';
import { Section } from '../../../parts/section.tsx';
import { SeverityLetter } from '../../../parts/severity.tsx';

const HOUR = 3_600_000;

/** The log records with a span's ID. */
export function SpanLogs({
  traceId,
  span,
}: {
  readonly traceId: string;
  readonly span: Pick<Span, 'spanId' | 'startNanos' | 'durationNanos' | 'service' | 'resourceAttributes'>;
}): ReactNode {
  const time = timeOf(usePageSearch());
  const start = millisOf(span.startNanos);
  // Clocks differ and records may be late, so the search covers an hour around the span.
  const result = useApiQuery<LogsResponse>({
    path: '/logs',
    params: {
      start: Math.floor(start - HOUR),
      end: Math.ceil(start + Math.max(0, span.durationNanos) / 1e6 + HOUR),
      trace_id: traceId,
      span_id: span.spanId,
      order: 'oldest',
      limit: 50,
    },
    keep: false,
  });
  if (result.failure !== undefined) return <Failure failure={result.failure} retry={result.retry} tight />;
  if (result.data === undefined) return null;
  const around = <LogsAround span={span} />;
  if (result.data.logs.length === 0)
    return (
      <p className="tr-note">
        {t('No logs in this span.')} {around}
      </p>
    );
  return (
    <Section
      title={t('Logs in this span')}
      count={result.data.logs.length}
      aside={
        <span className="push s11">
          <Link to="/logs" search={{ ...time, trace: traceId, span: span.spanId }}>
            {t('Open in Logs')}
          </Link>
        </span>
      }
    >
      {result.data.logs.map((log) => (
        <Link
          key={log.cursor}
          to="/logs"
          search={{ ...time, trace: traceId, span: span.spanId, order: 'oldest', record: recordKey(log) }}
          className="tr-line"
        >
          <span className="o">{formatOffset(nanosBetween(span.startNanos, log.timeNanos))}</span>
          <SeverityLetter number={log.severityNumber} />
          <span className="cut">{log.body}</span>
        </Link>
      ))}
      <p className="tr-note">{around}</p>
    </Section>
  );
}

/** Time before and after a span whose logs are shown, in milliseconds. */
const AROUND_MILLIS = 5_000;

/** A link to the logs of the span's time from its pod or host, or from its service. */
function LogsAround({
  span,
}: {
  readonly span: Pick<Span, 'startNanos' | 'durationNanos' | 'service' | 'resourceAttributes'>;
}): ReactNode {
  const start = millisOf(span.startNanos);
  const place = ['k8s.pod.name', 'service.instance.id', 'host.name'].find(
    (key) => typeof span.resourceAttributes[key] === 'string',
  );
  const where = [
    writeCondition('service', '=', span.service),
    ...(place === undefined
      ? []
      : [writeCondition(attributeField(place, 'resource'), '=', span.resourceAttributes[place] ?? '')]),
  ];
  return (
    <Link
      to="/logs"
      search={{
        where,
        from: Math.floor(start - AROUND_MILLIS),
        to: Math.ceil(start + Math.max(0, span.durationNanos) / 1e6 + AROUND_MILLIS),
      }}
    >
      {place === undefined ? t('Logs of the service at this time') : t('Logs of its resource at this time')}
    </Link>
  );
}
