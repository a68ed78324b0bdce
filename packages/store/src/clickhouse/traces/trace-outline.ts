import type { OutlineSpans, TraceIdQuery, TraceOperation, TraceOutlinePart } from '../../contract.ts';
import { VALUES } from '../schema/layout.ts';
import {
  asBigInt,
  asList,
  asNumber,
  asText,
  type ClickHouseContext,
  NANOS,
  partsOf,
  select,
  stream,
  tableOf,
  where,
} from '../shared/context.ts';
import { DURATION, KIND, STATUS } from '../shared/fields.ts';
import { ofTrace } from './trace-rows.ts';

/** Attributes that name the peer of a call, most specific first. */
const PEER_KEYS = ['peer.service', 'db.system.name', 'db.system', 'messaging.system'];
/** Maximum number of events of a span in an outline. */
const MAX_EVENTS = 100;
/** Number of spans in a part. */
const PART = 4_096;

const PEER = `if(SpanKind IN ('Client', 'Producer'), multiIf(${PEER_KEYS.flatMap((key) => {
  const text = `SpanAttributes['${key}']`;
  return [`${text} != '' AND ${VALUES}['${key}'] = ''`, text];
}).join(', ')}, ''), '')`;
const OPERATION = [
  'toString(ServiceName) AS service',
  'toString(SpanName) AS span_name',
  `${KIND} AS kind`,
  `${STATUS} AS status`,
  `${PEER} AS peer`,
];

/** Streams the outline of a trace: the head, then operations, then spans. */
export async function* traceOutline(context: ClickHouseContext, query: TraceIdQuery): AsyncGenerator<TraceOutlinePart> {
  const from = `FROM ${tableOf(context, 'traces')} ${where(ofTrace(context, query))}`;
  const [head] = await select(
    context,
    `SELECT min(${NANOS}) AS begin, max(${NANOS} + ${DURATION}) AS until, count() AS spans, ` +
      `countIf(StatusCode = 'Error') AS errors ${from}`,
  );
  const spanCount = asNumber(head?.['spans']);
  if (spanCount === 0) return;
  const start = asBigInt(head?.['begin']);
  const durationNanos = Number(asBigInt(head?.['until']) - start);
  yield { kind: 'head', start, durationNanos, spanCount, errorCount: asNumber(head?.['errors']) };
  const rows = await select(context, `SELECT DISTINCT ${OPERATION.join(', ')} ${from} ORDER BY ALL`);
  const operations = rows.map((row) => operationOf(Object.values(row)));
  yield { kind: 'operations', operations };
  const indexes = new Map(rows.map((row, index) => [keyOf(Object.values(row)), index]));
  const events = [
    `arrayMap(t -> toUnixTimestamp64Nano(t), arraySlice(\`Events.Timestamp\`, 1, ${MAX_EVENTS}))`,
    `arrayMap(n -> n = 'exception', arraySlice(\`Events.Name\`, 1, ${MAX_EVENTS}))`,
  ];
  const columns = [...OPERATION, 'SpanId', 'ParentSpanId', NANOS, DURATION, ...events];
  const text = `SELECT ${columns.join(', ')} ${from} ORDER BY Timestamp, Duration DESC, SpanId`;
  for await (const part of partsOf(stream(context, text), PART)) yield spansOf(part, indexes, start);
}

function keyOf(values: readonly unknown[]): string {
  return JSON.stringify(values);
}

function operationOf(values: readonly unknown[]): TraceOperation {
  const [service = '', name = '', spanKind = '', statusCode = '', peer] = values.map(asText);
  return { service, name, spanKind, statusCode, peer: peer || undefined };
}

function spansOf(
  rows: readonly (readonly unknown[])[],
  indexes: ReadonlyMap<string, number>,
  traceStart: bigint,
): OutlineSpans {
  const at = OPERATION.length;
  const startOf = (row: readonly unknown[]): bigint => asBigInt(row[at + 2]);
  return {
    kind: 'spans',
    spanIds: rows.map((row) => asText(row[at])),
    parentSpanIds: rows.map((row) => asText(row[at + 1])),
    operations: rows.map((row) => indexes.get(keyOf(row.slice(0, at))) ?? 0),
    offsets: rows.map((row) => Number(startOf(row) - traceStart)),
    durations: rows.map((row) => asNumber(row[at + 3])),
    events: rows.flatMap((row, span) => {
      const areExceptions = asList(row[at + 5]);
      return asList(row[at + 4]).map((time, index) => ({
        span,
        offset: Number(asBigInt(time) - startOf(row)),
        isException: areExceptions[index] === 1,
      }));
    }),
  };
}
