import type { Condition, LogQuery } from '../../contract.ts';
import { areScannable } from '../../scan/scan-filter.ts';
import { anyText, isScannableText } from '../../scan/text-search.ts';
import { ATTRIBUTE_KEYS, ATTRIBUTES_MAP } from '../../schema.ts';
import { rowObjects, withDirect } from '../lookup/direct.ts';
import { sourcesOf } from '../scan/sources.ts';
import { attributeColumnNames } from '../shared/attributes.ts';
import type { ReadContext, Row } from '../shared/context.ts';
import { Files } from '../shared/files.ts';
import type { LogCursor } from './log-cursor.ts';

/**
 * Returns the conditions that the records of a query satisfy, with that on their texts; `undefined` if only the engine can
 * find them.
 */
export function scannableConditions({ conditions, text, traceId, spanId }: LogQuery): readonly Condition[] | undefined {
  if (traceId !== undefined || spanId !== undefined || !areScannable(conditions)) return undefined;
  if (!text) return conditions;
  return isScannableText(text) ? [...conditions, anyText(text)] : undefined;
}

/** Maximum number of records of a page that is read without the engine. */
const MAX_PAGE = 2000;

/** The columns of a record without its attributes. */
const COLUMNS = [
  ...['time', 'observed_time', 'severity_number', 'severity_text', 'body', 'service_name', 'scope_name'],
  ...['trace_id', 'span_id', 'event_name', 'resource_attributes', ATTRIBUTE_KEYS, ATTRIBUTES_MAP],
];

/**
 * Returns the first `count` matching records up to a cursor, newest first, without the engine and without first writing the
 * pending rows to a file. Returns `undefined` if that is not possible.
 */
export async function scannedLogs(
  context: ReadContext,
  query: LogQuery,
  after: LogCursor | undefined,
  count: number,
): Promise<readonly Row[] | undefined> {
  const { tenant, start, order } = query;
  const conditions = scannableConditions(query);
  if (order !== 'newest' || count < 1 || count > MAX_PAGE || conditions === undefined) return undefined;
  const end = after !== undefined && after.time < query.end ? after.time + 1n : query.end;
  if (end <= start) return [];
  const maxBytes = context.limits.maxResultBytes;
  const question = {
    newestRows: { start, end, conditions, limit: count, columns: COLUMNS, withAttributes: true, maxBytes },
  };
  return withDirect(context, tenant, 'logs', question, async ({ files: all, pending, reply }) => {
    if (pending !== undefined && reply.newestRows === undefined) return undefined;
    const ofPending = reply.newestRows === undefined ? [] : rowObjects(reply.newestRows);
    const files = new Files(all).overlapping(start, end);
    if (files.isEmpty) return firstRows(ofPending, count);
    const columns = [...new Set([...COLUMNS, ...attributeColumnNames(files)])];
    const times = ofPending.map((row) => row['time'] as bigint);
    const found = await context.duck.scan(
      {
        kind: 'newest-rows',
        signal: 'logs',
        ...{ sources: sourcesOf(files, conditions), ranges: [{ start, end }], conditions },
        ...{ limit: count, times, columns, maxBytes, timeoutMillis: context.limits.timeoutMillis },
      },
      context.caller,
    );
    if (found?.kind !== 'newest-rows') return undefined;
    return firstRows([...ofPending, ...rowObjects({ names: columns, ...found.rows })], count);
  });
}

/** Rows differ only in what the engine compares as text. */
class SameOrderError extends Error {
  override readonly name = 'SameOrderError';
}

/** Returns the first rows in the order of the engine; `undefined` if only the engine can order them. */
function firstRows(rows: readonly Row[], count: number): readonly Row[] | undefined {
  try {
    return rows.toSorted((a, b) => -compareRows(a, b)).slice(0, count);
  } catch (error) {
    if (error instanceof SameOrderError) return undefined;
    throw error;
  }
}

const ORDERED = ['time', 'service_name', 'body', 'trace_id', 'span_id', 'severity_number', ATTRIBUTE_KEYS] as const;

function compareRows(a: Row, b: Row): number {
  for (const column of ORDERED) {
    const order = compareCells(a[column], b[column]);
    if (order !== 0) return order;
  }
  const [mapA, mapB] = [textOfMap(a), textOfMap(b)];
  if (mapA !== mapB) throw new SameOrderError('expected records that differ in an ordered column');
  return 0;
}

/** Compares values: missing ones are first, and texts are compared by their bytes. */
function compareCells(a: unknown, b: unknown): number {
  const [isMissingA, isMissingB] = [a === null || a === undefined, b === null || b === undefined];
  if (isMissingA || isMissingB) return Number(isMissingB) - Number(isMissingA);
  if (typeof a === 'string' && typeof b === 'string') {
    return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
  }
  return (a as bigint) < (b as bigint) ? -1 : (a as bigint) > (b as bigint) ? 1 : 0;
}

function textOfMap(row: Row): string {
  const map = row[ATTRIBUTES_MAP];
  return map instanceof Map ? JSON.stringify([...map]) : '[]';
}
