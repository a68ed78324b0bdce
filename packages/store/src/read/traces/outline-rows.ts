import type { OutlineEvent, TraceIdQuery, TraceOperation, TraceOutlinePart } from '../../contract.ts';
import { ATTRIBUTES_MAP, attributeColumn } from '../../schema.ts';
import type { RowLimits } from '../lookup/trace-rows.ts';
import { jsonValue } from '../shared/attributes.ts';
import { asBigInt, asNumber, asOptionalText, asText, type ReadContext, type Row } from '../shared/context.ts';
import type { TraceIndexes } from '../shared/trace-indexes.ts';
import { orderedRows } from './ordered-rows.ts';
import { eventsOf } from './span-rows.ts';

/** Attributes that name the peer of a call, most specific first. */
export const PEER_KEYS = ['peer.service', 'db.system.name', 'db.system', 'messaging.system'];
/** Maximum number of events of a span in an outline. */
const MAX_EVENTS = 100;
const NO_ID = '0'.repeat(16);
const MAX_TIME = 2n ** 63n - 1n;

const LIMITS: RowLimits = { maxRows: 4096, maxBytes: 4 << 20 };
const COLUMNS = [
  ...[
    'span_id',
    'parent_span_id',
    'name',
    'kind',
    'start_time',
    'duration_ns',
    'status_code',
    'service_name',
    'events',
  ],
  ...[ATTRIBUTES_MAP, ...PEER_KEYS.map((key) => attributeColumn(key, 's'))],
];

/** Returns the outline of a small trace, read without the engine; `undefined` if it must read the trace. */
export async function outlineFromRows(
  context: ReadContext,
  indexes: TraceIndexes,
  query: TraceIdQuery,
): Promise<readonly TraceOutlinePart[] | undefined> {
  const rows = await orderedRows(context, indexes, query, LIMITS, { columns: COLUMNS, withAttributes: false });
  if (rows === undefined) return undefined;
  const [first] = rows;
  if (first === undefined) return [];
  const start = asBigInt(first['start']);
  const operations = new Map<string, { readonly index: number; readonly operation: TraceOperation }>();
  const places = rows.map((row) => {
    const operation = operationOf(row);
    const key = JSON.stringify(Object.values(operation));
    const known = operations.get(key) ?? { index: operations.size, operation };
    operations.set(key, known);
    return known.index;
  });
  return [
    headOf(rows, start),
    { kind: 'operations', operations: [...operations.values()].map(({ operation }) => operation) },
    {
      kind: 'spans',
      spanIds: rows.map((row) => idOf(row['span_id'])),
      parentSpanIds: rows.map((row) => idOf(row['parent_span_id'])),
      operations: places,
      offsets: rows.map((row) => Number(asBigInt(row['start']) - start)),
      durations: rows.map((row) => asNumber(row['duration_ns'])),
      events: rows.flatMap(marksOf),
    },
  ];
}

function headOf(rows: readonly Row[], start: bigint): TraceOutlinePart {
  let until = start + asBigInt(rows[0]?.['duration_ns']);
  for (const row of rows) {
    const end = asBigInt(row['start']) + asBigInt(row['duration_ns']);
    if (end > until) until = end;
  }
  const errorCount = rows.filter((row) => row['status_code'] === 'ERROR').length;
  return { kind: 'head', start, durationNanos: Number(until - start), spanCount: rows.length, errorCount };
}

function operationOf(row: Row): TraceOperation {
  const spanKind = asText(row['kind']);
  return {
    service: asText(row['service_name']),
    name: asText(row['name']),
    spanKind,
    statusCode: asText(row['status_code']),
    peer: spanKind === 'CLIENT' || spanKind === 'PRODUCER' ? peerOf(row) : undefined,
  };
}

/** Returns the first attribute that names the peer and is a string. */
function peerOf(row: Row): string | undefined {
  const map = row[ATTRIBUTES_MAP] as ReadonlyMap<string, string> | null | undefined;
  for (const key of PEER_KEYS) {
    const own = row[attributeColumn(key, 's')];
    if (typeof own === 'string') return asOptionalText(own);
    const json = map?.get(key);
    if (json?.startsWith('"') === true) return asOptionalText(jsonValue(json));
  }
  return undefined;
}

function marksOf(row: Row, span: number): readonly OutlineEvent[] {
  const start = asBigInt(row['start']);
  return eventsOf(row['events'])
    .slice(0, MAX_EVENTS)
    .map(({ time, name }) => ({
      span,
      offset: Number((time > MAX_TIME ? MAX_TIME : time) - start),
      isException: name === 'exception',
    }));
}

function idOf(id: unknown): string {
  return typeof id === 'string' && id !== NO_ID ? id : '';
}
