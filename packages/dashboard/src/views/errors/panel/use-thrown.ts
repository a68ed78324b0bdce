import type { ErrorCause, JsonAttributes, LogsResponse, TraceResponse } from '@otelier/query';
import { writeCondition } from '../../../data/conditions.ts';
import { type QueryState, useApiQuery } from '../../../data/use-api-query.ts';
import { millisOf } from '../../../format/time.ts';

/** An exception as it was recorded. */
export interface Thrown {
  readonly stack: string;
  readonly version: string;
  /** Whether the span or record is still stored. */
  readonly isStored: boolean;
}

/** The API's times are in microseconds. */
const MICRO = 0.001;

/** Queries the exception of an occurrence: that of a span, or of a log record. */
export function useThrown(sample: ErrorCause['samples'][number], service: string): QueryState<Thrown> {
  const spans = useApiQuery<TraceResponse>({
    path: `/traces/${sample.traceId}`,
    params: { span_id: sample.spanId },
    enabled: !sample.isLog,
    keep: false,
  });
  const start = Math.floor(millisOf(sample.timeNanos) * 1000) / 1000;
  const logs = useApiQuery<LogsResponse>({
    path: '/logs',
    params: {
      start: start - MICRO,
      end: start + 2 * MICRO,
      where: [writeCondition('service', '=', service), 'attributes.exception.type exists'],
      limit: 20,
    },
    enabled: sample.isLog,
    keep: false,
  });
  if (sample.isLog) {
    const record = logs.data?.logs.find(({ timeNanos }) => timeNanos === sample.timeNanos);
    return { ...logs, data: logs.data && thrownOf(record, record?.attributes) };
  }
  const span = spans.data?.spans.find(({ spanId }) => spanId === sample.spanId);
  const event = span?.events.findLast(({ name }) => name === 'exception');
  return { ...spans, data: spans.data && thrownOf(span, event?.attributes) };
}

function thrownOf(
  item: { readonly resourceAttributes: JsonAttributes } | undefined,
  attributes: JsonAttributes | undefined,
): Thrown {
  return {
    stack: String(attributes?.['exception.stacktrace'] ?? ''),
    version: String(item?.resourceAttributes['service.version'] ?? ''),
    isStored: item !== undefined,
  };
}
