import type { Signal } from '@otelier/otlp';
import type { RangeQuery, TraceIdQuery } from '../../contract.ts';
import type { TraceReferences } from '../../populations/contract.ts';
import { TIME_COLUMN } from '../../schema.ts';
import { jsonValue } from '../shared/attributes.ts';
import { asBigInt, asNumber, asText, type ReadContext, type Row, select, where, withRange } from '../shared/context.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { rangeConditions } from '../shared/steps.ts';

/** Maximum number of spans or data points that are returned. */
const MAX_ROWS = 200;

/** Returns the links and exemplars in a range that refer to a trace. */
export async function traceReferences(
  context: ReadContext,
  query: TraceIdQuery & RangeQuery,
): Promise<TraceReferences> {
  const [spans, points] = await Promise.all([
    containing(context, query, 'traces', 'links', [
      'trace_id',
      'lower(hex(span_id)) AS span_id',
      'service_name',
      'name',
    ]),
    containing(context, query, 'metrics', 'exemplars', ['service_name', 'name', 'unit']),
  ]);
  return {
    links: spans
      .filter((row) => row['trace_id'] !== query.traceId)
      .flatMap((row) =>
        ofTrace(row['listed'], query.traceId).map((link) => ({
          traceId: asText(row['trace_id']),
          spanId: asText(row['span_id']),
          service: asText(row['service_name']),
          name: asText(row['name']),
          start: asBigInt(row['at']),
          toSpanId: asText(link['span_id']),
        })),
      ),
    exemplars: points.flatMap((row) =>
      ofTrace(row['listed'], query.traceId).map((exemplar) => ({
        metric: asText(row['name']),
        unit: asText(row['unit']),
        service: asText(row['service_name']),
        time: BigInt((exemplar['time'] as number | bigint | undefined) ?? 0),
        value: asNumber(exemplar['value']),
        spanId: asText(exemplar['span_id']),
      })),
    ),
  };
}

/** Returns the latest rows of a signal whose JSON column mentions the trace. */
function containing(
  context: ReadContext,
  query: TraceIdQuery & RangeQuery,
  signal: Signal,
  listed: 'links' | 'exemplars',
  columns: readonly string[],
): Promise<readonly Row[]> {
  return withRange<readonly Row[]>(context, query, signal, [], async (files) => {
    const parameters = new ParameterBag();
    const time = TIME_COLUMN[signal];
    const conditions = [
      ...rangeConditions(time, query, files),
      `${listed} IS NOT NULL`,
      `contains(${listed}, ${parameters.add(query.traceId)})`,
    ];
    const text =
      `SELECT ${columns.join(', ')}, epoch_ns(${time}) AS at, ${listed} AS listed FROM ${files.relation} ` +
      `${where(conditions)} ORDER BY ${time} DESC LIMIT ${MAX_ROWS}`;
    return select(context, query.tenant, text, parameters);
  });
}

function ofTrace(listed: unknown, traceId: string): readonly Row[] {
  const found = jsonValue(asText(listed));
  return Array.isArray(found) ? (found as readonly Row[]).filter((one) => one['trace_id'] === traceId) : [];
}
