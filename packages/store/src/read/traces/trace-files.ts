import { QueryError, type TraceIdQuery } from '../../contract.ts';
import type { ReadContext } from '../shared/context.ts';
import { Files } from '../shared/files.ts';
import type { TraceIndexes } from '../shared/trace-indexes.ts';

/**
 * The order of a trace's spans: oldest first and, among spans with the same start time, longest first, so that callers
 * precede their callees.
 */
export const SPAN_ORDER = 'start_time, duration_ns DESC, span_id';

/**
 * Streams the values that `work` yields from the files that may contain a trace's spans. The files are not removed
 * until it ends.
 */
export async function* withTraceFiles<T>(
  { access }: ReadContext,
  indexes: TraceIndexes,
  { tenant, traceId }: TraceIdQuery,
  work: (files: Files) => AsyncIterable<T>,
): AsyncGenerator<T> {
  const snapshot = await access.snapshot(tenant, 'traces');
  try {
    const all = new Files(snapshot.files.filter((file) => file.rows > 0));
    const files = await indexes.select(all, [traceId]);
    if (!files.isEmpty) yield* work(files);
  } finally {
    access.release(snapshot);
  }
}

/** Validates a query's span ID. */
export function checkSpanId(spanId: string): string {
  if (/^[0-9a-f]{16}$/.test(spanId)) return spanId;
  throw new QueryError(`spanId: expected 16 lowercase hexadecimal digits, got ${JSON.stringify(spanId)}`);
}
