import type { TraceIdQuery } from '../../contract.ts';
import { type ClickHouseContext, ofTenant } from '../shared/context.ts';
import { quoteList, quoteName } from '../shared/quote.ts';

/**
 * Returns conditions that select the spans of traces at any time. The view of the times of traces, which the
 * Collector's schema has, limits the parts that are read. Its seconds end in 2106; later spans are always read.
 */
export function ofTraces(context: ClickHouseContext, tenant: string, traceIds: readonly string[]): readonly string[] {
  const { database, tables } = context.names;
  const ids = quoteList(traceIds);
  const times = `FROM ${quoteName(database)}.${quoteName(`${tables.traces}_trace_id_ts`)} WHERE TraceId IN ${ids}`;
  return [
    ofTenant(tenant),
    `TraceId IN ${ids}`,
    `Timestamp >= (SELECT min(Start) - 1 ${times})`,
    `(Timestamp <= (SELECT max(End) + 1 ${times}) OR Timestamp >= toDateTime(4291747200))`,
  ];
}

export function ofTrace(context: ClickHouseContext, { tenant, traceId }: TraceIdQuery): readonly string[] {
  return ofTraces(context, tenant, [traceId]);
}
