import type { FailedSpan, FailedSpans, RangeQuery, SelectedLog, Store } from '@otelier/store';
import { logPages } from '../request/log-pages.ts';

/** Prefix of the IDs of records among those of spans, which are hexadecimal. */
const RECORD = 'log:';
/** Severity from which a record is an error. */
const ERROR = 17;
const MAX_MESSAGE = 1000;
const RECORDED = [{ field: 'attributes.exception.type', op: 'exists', value: true }] as const;

/**
 * Returns exceptions that are recorded as log records, as failed spans below the span of the record. A failed span with
 * such a record has that exception as its cause. If only some traces were read, returns the records of these only.
 */
export async function logExceptions(
  store: Store,
  range: RangeQuery,
  { spans, sampling }: FailedSpans,
  limit: number,
): Promise<readonly FailedSpan[]> {
  const read = new Set(spans.map(({ traceId }) => traceId));
  const found: FailedSpan[] = [];
  for await (const records of logPages(store, { ...range, conditions: RECORDED, order: 'newest' }, limit)) {
    for (const record of records) {
      if (sampling > 1 && !read.has(record.traceId ?? '')) continue;
      found.push(failedSpanOf(record, found.length));
    }
  }
  return found;
}

/** Returns whether a failed span is a log record. */
export function isLogException({ spanId }: Pick<FailedSpan, 'spanId'>): boolean {
  return spanId.startsWith(RECORD);
}

/** Returns the IDs of the trace and span of an occurrence; empty for a record outside of traces. */
export function occurrenceOf({ traceId, spanId, parentSpanId }: FailedSpan): {
  readonly traceId: string;
  readonly spanId: string;
} {
  if (!isLogException({ spanId })) return { traceId, spanId };
  return traceId.startsWith(RECORD) ? { traceId: '', spanId: '' } : { traceId, spanId: parentSpanId };
}

function failedSpanOf(record: SelectedLog, number: number): FailedSpan {
  const { traceId, spanId, severityNumber, attributes, resourceAttributes } = record;
  const own = `${RECORD}${number}`;
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  return {
    // A record outside of traces is a failure of its own.
    traceId: traceId ?? own,
    spanId: own,
    // Without a span, an error fails what the service does, and others were handled.
    parentSpanId: spanId ?? (severityNumber >= ERROR ? '' : `${RECORD}handled`),
    service: record.service,
    name: record.eventName ?? record.scopeName,
    kind: '',
    start: record.time,
    statusMessage: '',
    exceptionType: text(attributes['exception.type']),
    exceptionMessage: text(attributes['exception.message']).slice(0, MAX_MESSAGE) || record.body.slice(0, MAX_MESSAGE),
    httpStatus: '',
    peer: '',
    version: text(resourceAttributes['service.version']),
    instance: INSTANCE.map((key) => text(resourceAttributes[key])).find((value) => value !== '') ?? '',
    user: text(attributes['user.id']) || text(attributes['enduser.id']),
  };
}
const INSTANCE = ['service.instance.id', 'k8s.pod.name', 'host.name'];
