import type { OutlineEvent, OutlineSpans, TraceIdQuery, TraceOperation, TraceOutlinePart } from '../../contract.ts';
import type { StatementResult } from '../duck/protocol.ts';
import { asBigInt, asNumber, asOptionalText, asText, type ReadContext, rowsOf, select } from '../shared/context.ts';
import { attributePlaces, type Place } from '../shared/fields.ts';
import type { Files } from '../shared/files.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { statementText } from '../shared/statements.ts';
import type { TraceIndexes } from '../shared/trace-indexes.ts';
import { outlineFromRows, PEER_KEYS } from './outline-rows.ts';
import { SPAN_ORDER, withTraceFiles } from './trace-files.ts';

/** Limits of a single part. */
const PIECE = { maxRows: 8192, maxResultBytes: 2 << 20 };
const ID_DIGITS = 16;
const NO_ID = '0'.repeat(ID_DIGITS);

/** Streams the outline of a trace. */
export async function* traceOutline(
  context: ReadContext,
  indexes: TraceIndexes,
  query: TraceIdQuery,
): AsyncGenerator<TraceOutlinePart> {
  const small = await outlineFromRows(context, indexes, query);
  if (small !== undefined) return yield* small;
  yield* withTraceFiles(context, indexes, query, async function* (files) {
    const head = await headOf(context, query, files);
    if (head === undefined) return;
    yield head;
    const limits = { ...context.limits, ...PIECE };
    const stream = (columns: string, from: string): AsyncIterable<StatementResult> => {
      const parameters = new ParameterBag();
      parameters.set('trace_id', query.traceId);
      parameters.set('start', head.start);
      const rows = `SELECT *, ${peerColumn(files, parameters)} AS peer FROM ${files.relation} WHERE trace_id = $trace_id`;
      const text = `WITH rows AS (${rows}), ${statementText('trace-outline')} SELECT ${columns} FROM ${from}`;
      return context.duck.stream({ tenant: query.tenant, text, parameters: parameters.values, limits });
    };
    for await (const result of stream(OPERATION_COLUMNS, 'operations ORDER BY operation'))
      yield { kind: 'operations', operations: operationsOf(result) };
    for await (const result of stream(SPAN_COLUMNS, `spans ORDER BY ${SPAN_ORDER}`)) yield spansOf(result);
  });
}

async function headOf(context: ReadContext, query: TraceIdQuery, files: Files) {
  const parameters = new ParameterBag();
  const text =
    'SELECT count(*) AS spans, epoch_ns(min(start_time)) AS start, max(epoch_ns(start_time) + duration_ns) AS until, ' +
    `count(*) FILTER (WHERE status_code = 'ERROR') AS errors FROM ${files.relation} ` +
    `WHERE trace_id = ${parameters.add(query.traceId)}`;
  const [row] = await select(context, query.tenant, text, parameters);
  if (row === undefined || asNumber(row['spans']) === 0) return undefined;
  const start = asBigInt(row['start']);
  return {
    kind: 'head',
    start,
    durationNanos: Number(asBigInt(row['until']) - start),
    spanCount: asNumber(row['spans']),
    errorCount: asNumber(row['errors']),
  } as const;
}

/** Returns SQL for the peer named by a client or producer span's string attributes. */
function peerColumn(files: Files, parameters: ParameterBag): string {
  const texts = PEER_KEYS.flatMap((key) => attributePlaces(key, files, parameters)).flatMap(textOf);
  if (texts.length === 0) return 'NULL::VARCHAR';
  return `CASE WHEN kind IN ('CLIENT', 'PRODUCER') THEN coalesce(${texts.join(', ')}, NULL) END`;
}

function textOf({ type, expression }: Place): string | readonly string[] {
  if (type === 'text') return expression;
  if (type !== 'json') return [];
  return `CASE WHEN starts_with(${expression}, '"') THEN json_extract_string(${expression}, '$') END`;
}

const OPERATION_COLUMNS = 'service, name, kind, status_code, peer';

function operationsOf(result: StatementResult): readonly TraceOperation[] {
  return rowsOf(result).map((row) => ({
    service: asText(row['service']),
    name: asText(row['name']),
    spanKind: asText(row['kind']),
    statusCode: asText(row['status_code']),
    peer: asOptionalText(row['peer']),
  }));
}

/** SQL that returns both IDs as one string, because each value costs more than its digits. */
const IDS = ['span_id', 'parent_span_id'].map((column) => `coalesce(lower(hex(${column})), '${NO_ID}')`).join(' || ');
const SPAN_COLUMNS = `${IDS} AS ids, operation, span_offset, duration, marks`;

function spansOf({ columns, rowCount }: StatementResult): OutlineSpans {
  const [ids = [], operations = [], offsets = [], durations = [], marks = []] = columns.map(({ values }) => values);
  return {
    kind: 'spans',
    spanIds: Array.from({ length: rowCount }, (_, row) => idOf(asText(ids[row]).slice(0, -ID_DIGITS))),
    parentSpanIds: Array.from({ length: rowCount }, (_, row) => idOf(asText(ids[row]).slice(-ID_DIGITS))),
    operations: operations as readonly number[],
    offsets: offsets as readonly number[],
    durations: durations as readonly number[],
    events: marks.flatMap(eventsOf),
  };
}

function idOf(digits: string): string {
  return digits === NO_ID ? '' : digits;
}

function eventsOf(marks: unknown, span: number): readonly OutlineEvent[] {
  if (typeof marks !== 'string') return [];
  const pairs = JSON.parse(marks) as readonly (readonly [number, number])[];
  return pairs.map(([offset, isException]) => ({ span, offset, isException: isException === 1 }));
}
