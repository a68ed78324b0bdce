import { TIME_COLUMN } from '../../../schema.ts';
import type { SelectedSpan, SelectSpansQuery } from '../../../spans.ts';
import { type ReadContext, where } from '../../shared/context.ts';
import { Files } from '../../shared/files.ts';
import { compileFilter } from '../../shared/item-filter.ts';
import { ParameterBag } from '../../shared/parameters.ts';
import { rangeConditions } from '../../shared/steps.ts';
import { timeSlices } from '../../shared/time-slices.ts';
import type { TraceIndexes } from '../../shared/trace-indexes.ts';
import { SpanColumns } from './span-columns.ts';

/** Limits of a single part. */
const PIECE = { maxRows: 4096, maxResultBytes: 4 << 20 };

/** Streams the spans that a query selects. */
export async function* selectSpans(
  context: ReadContext,
  indexes: TraceIndexes,
  query: SelectSpansQuery,
): AsyncGenerator<readonly SelectedSpan[]> {
  const snapshot = await context.access.snapshot(query.tenant, 'traces');
  try {
    const all = new Files(snapshot.files.filter((file) => file.rows > 0));
    if (query.traceIds !== undefined) {
      const files = query.traceIds.length === 0 ? new Files([]) : await indexes.select(all, query.traceIds);
      if (!files.isEmpty) yield* read(context, query, files);
    } else if (query.order === 'newest') {
      for (const { start, end, files } of timeSlices(all, query, 'newest', context.countedRows)) {
        if (!files.isEmpty) yield* read(context, { ...query, start, end }, files);
      }
    } else {
      const files = all.overlapping(query.start, query.end);
      if (!files.isEmpty && query.start < query.end) yield* read(context, query, files);
    }
  } finally {
    context.access.release(snapshot);
  }
}

async function* read(
  context: ReadContext,
  query: SelectSpansQuery,
  files: Files,
): AsyncGenerator<readonly SelectedSpan[]> {
  const { traceIds, filter, parts, order, tenant } = query;
  const time = TIME_COLUMN.traces;
  const parameters = new ParameterBag();
  const columns = new SpanColumns(parts, files, parameters);
  const conditions = [
    ...(traceIds === undefined
      ? rangeConditions(time, query, files)
      : [`trace_id IN (${traceIds.map((id) => parameters.add(id)).join(', ')})`]),
    ...(filter === undefined ? [] : [compileFilter(filter, { signal: 'traces', files, parameters })]),
  ];
  const text =
    `SELECT ${columns.expressions.join(', ')} FROM ${files.relation} ${where(conditions)}` +
    (order === 'newest' ? ` ORDER BY ${time} DESC, trace_id, span_id` : '');
  const statement = { tenant, text, parameters: parameters.values, limits: { ...context.limits, ...PIECE } };
  for await (const result of context.duck.stream(statement)) yield columns.spansOf(result);
}
