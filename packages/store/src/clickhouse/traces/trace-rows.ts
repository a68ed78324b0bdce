import type { TraceIdQuery } from '../../contract.ts';
import { type ClickHouseContext, ofTenant } from '../shared/context.ts';
import { quoteList, quoteName } from '../shared/quote.ts';

/**
 * Returns conditions that select the spans of traces at any time. The view of the times of traces, which the
 * Collector's schema has, limits the parts that are read. Its seconds end in 2106, as those of the
 * primary key do: all parts are read for traces with later spans.
 */
export function ofTraces(context: ClickHouseContext, tenant: string, traceIds: readonly string[]): readonly string[] {
  const { database, tables } = context.names;
  const ids = quoteList(traceIds);
  const times = `FROM ${quoteName(database)}.${quoteName(`${tables.traces}_trace_id_ts`)} WHERE TraceId IN ${ids}`;
  const isLate = `(SELECT max(End) >= toDateTime(4291747200) ${times})`;
  return [
    ofTenant(tenant),
    `TraceId IN ${ids}`,
    // Not as DateTime, which has no second before 1970.
    `(${isLate} OR Timestamp >= (SELECT toDateTime64(min(Start), 0) - 1 ${times}))`,
    `(${isLate} OR Timestamp <= (SELECT toDateTime64(max(End), 0) + 1 ${times}))`,
  ];
}

export function ofTrace(context: ClickHouseContext, { tenant, traceId }: TraceIdQuery): readonly string[] {
  return ofTraces(context, tenant, [traceId]);
}
