import type { TraceIdQuery } from '../../contract.ts';
import { rowObjects, withDirect } from '../lookup/direct.ts';
import { type RowLimits, traceRows } from '../lookup/trace-rows.ts';
import { attributeColumnNames } from '../shared/attributes.ts';
import { asBigInt, asOptionalText, type ReadContext, type Row } from '../shared/context.ts';
import { Files } from '../shared/files.ts';
import type { TraceIndexes } from '../shared/trace-indexes.ts';

/** Columns to read, and whether to read those of all attributes too. They include `start_time`, `duration_ns` and `span_id`. */
export interface OrderedColumns {
  readonly columns: readonly string[];
  readonly withAttributes: boolean;
}

/**
 * Returns a trace's rows in the order of `SPAN_ORDER`, with their start as `start`, read without the engine; `undefined`
 * if it must read them.
 */
export async function orderedRows(
  context: ReadContext,
  indexes: TraceIndexes,
  { tenant, traceId }: TraceIdQuery,
  limits: RowLimits,
  wanted: OrderedColumns,
): Promise<readonly Row[] | undefined> {
  const question = { traceRows: { traceIds: [traceId], ...wanted, ...limits } };
  return withDirect(context, tenant, 'traces', question, async ({ files: all, pending, reply }) => {
    if (pending !== undefined && reply.traceRows === undefined) return undefined;
    const files = await indexes.select(new Files(all.filter((file) => file.rows > 0)), [traceId]);
    const ofFiles = wanted.withAttributes
      ? [...new Set([...wanted.columns, ...attributeColumnNames(files)])]
      : wanted.columns;
    const rows = await traceRows(context, files, [traceId], ofFiles, limits);
    if (rows === undefined) return undefined;
    const found = [...rows, ...(reply.traceRows === undefined ? [] : rowObjects(reply.traceRows))];
    return found.map((row): Row => ({ ...row, start: row['start_time'] })).sort(inSpanOrder);
  });
}

function inSpanOrder(a: Row, b: Row): number {
  return (
    compare(asBigInt(a['start']), asBigInt(b['start'])) ||
    compare(asBigInt(b['duration_ns']), asBigInt(a['duration_ns'])) ||
    // As in the engine, nulls are last.
    compare(asOptionalText(a['span_id']) ?? '~', asOptionalText(b['span_id']) ?? '~')
  );
}

function compare<T extends bigint | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
