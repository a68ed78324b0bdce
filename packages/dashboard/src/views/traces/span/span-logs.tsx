import type { LogsResponse, Span } from '@otelier/query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { recordKey } from '../../../data/record-key.ts';
import { timeOf } from '../../../data/search.ts';
import { useApiQuery } from '../../../data/use-api-query.ts';
import { usePageSearch } from '../../../data/use-search.ts';
import { formatOffset } from '../../../format/quantity.ts';
import { millisOf, nanosBetween } from '../../../format/time.ts';
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
  readonly span: Pick<Span, 'spanId' | 'startNanos' | 'durationNanos'>;
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
  if (result.data === undefined || result.data.logs.length === 0) return null;
  return (
    <Section
      title="Logs in this span"
      count={result.data.logs.length}
      aside={
        <Link to="/logs" search={{ ...time, trace: traceId, span: span.spanId }} className="push s11">
          Open in Logs
        </Link>
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
    </Section>
  );
}
