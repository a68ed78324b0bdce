import type { Condition, ErrorGroup } from '../../contract.ts';
import { TIME_COLUMN } from '../../schema.ts';
import { SECTIONS } from '../../summaries/encode.ts';
import { STATUS_CODE_KEY } from '../../summaries/errors.ts';
import { withDirect } from '../lookup/direct.ts';
import { sourcesOf } from '../scan/sources.ts';
import { asBigInt, asNumber, asText, type ReadContext, type Row, select, where, withRange } from '../shared/context.ts';
import { attributePlaces, placeText } from '../shared/fields.ts';
import { Files } from '../shared/files.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { SERVICE, type SpansQuery, serviceConditions } from '../shared/requests.ts';
import { statementText } from '../shared/statements.ts';
import { stepsOf } from '../shared/steps.ts';
import { type ErrorPart, MergedErrors } from '../summaries/merge-errors.ts';
import { mergeFiles } from '../summaries/merge-files.ts';
import { partConditions, type RowPart } from '../summaries/plan.ts';
import { errorGroups } from './error-groups.ts';

/** SQL for the attributes of a span's last exception event, as JSON. */
const EXCEPTION =
  "json_extract(list_filter(json_extract(events, '$[*]'), " +
  "lambda event: json_extract_string(event, '$.name') = 'exception')[-1], '$.attributes') AS exception";

type ErrorsQuery = SpansQuery & { readonly steps: number };

/** Returns failed spans grouped by service, error and name, most frequent first. */
export async function errors(
  context: ReadContext,
  query: ErrorsQuery & { readonly limit: number },
): Promise<readonly ErrorGroup[]> {
  stepsOf(query);
  const { tenant, start, end, steps } = query;
  if (end <= start) return [];
  const range = { start, end, steps };
  const question = { errors: { range, conditions: serviceOf(query) } };
  const direct = await withDirect(context, tenant, 'traces', question, async ({ files, pending, reply }) => {
    if (pending !== undefined && reply.errors === undefined) return undefined;
    return errorsOf(context, query, new Files(files).overlapping(start, end), reply.errors);
  });
  return direct ?? withRange(context, query, 'traces', [], (files) => errorsOf(context, query, files));
}

/** Returns the condition on a query's service. */
function serviceOf({ service }: SpansQuery): readonly Condition[] {
  return service === undefined ? [] : [{ field: 'service', op: '=', value: service }];
}

async function errorsOf(
  context: ReadContext,
  query: ErrorsQuery & { readonly limit: number },
  files: Files,
  ofPending: readonly ErrorPart[] = [],
): Promise<readonly ErrorGroup[]> {
  const { start, end, steps, service } = query;
  const merged = new MergedErrors(steps);
  for (const error of ofPending) merged.add(error);
  const wanted = { kind: 'errors', start, end, steps, service } as const;
  const { parts, rows } = await mergeFiles(context, files, wanted, SECTIONS.errors);
  for (const { steps: counts, ...error } of parts.flatMap((part) => part.errors ?? [])) {
    merged.add({ ...error, steps: new Map(counts.entries().filter(([, count]) => count > 0)) });
  }
  for (const part of rows) {
    const scanned = await scanPart(context, query, part);
    if (scanned === undefined) await addRows(merged, context, query, part);
    else for (const error of scanned) merged.add(error);
  }
  return errorGroups(merged, query.limit);
}

/** Counts the failed spans among rows without the engine; `undefined` if it must do it. */
async function scanPart(
  { duck, limits, caller }: ReadContext,
  query: ErrorsQuery,
  { files, ranges }: RowPart,
): Promise<readonly ErrorPart[] | undefined> {
  const { start, end, steps } = query;
  const conditions = serviceOf(query);
  const request = {
    kind: 'errors',
    sources: sourcesOf(files, conditions, [STATUS_CODE_KEY]),
    ranges: ranges.map((range) => ({ start: range.start, end: range.end })),
    range: { start, end, steps },
    conditions,
    timeoutMillis: limits.timeoutMillis,
  } as const;
  const found = await duck.scan(request, caller);
  return found?.kind === 'errors' ? found.errors : undefined;
}

async function addRows(merged: MergedErrors, context: ReadContext, query: ErrorsQuery, part: RowPart): Promise<void> {
  const { files } = part;
  const parameters = new ParameterBag();
  const columns = [
    SERVICE,
    'name',
    'trace_id',
    'start_time',
    `${stepsOf(query).indexOf(TIME_COLUMN.traces)} AS step`,
    `${httpStatus(files, parameters)} AS http_status`,
    'status_message',
    EXCEPTION,
  ];
  const conditions = [
    ...serviceConditions(query, parameters),
    ...partConditions(part, 'traces'),
    "status_code = 'ERROR'",
  ];
  const rows = `SELECT ${columns.join(', ')} FROM ${files.relation} ${where(conditions)}`;
  const text = `WITH rows AS (${rows}) ${statementText('errors')}`;
  for (const row of await select(context, query.tenant, text, parameters)) merged.add(partOf(row));
}

/** Returns SQL for a numeric status code as a string, or null if it is not numeric. */
function httpStatus(files: Files, parameters: ParameterBag): string {
  const numbers = attributePlaces('http.response.status_code', files, parameters).flatMap((place) => {
    if (place.type === 'integer' || place.type === 'double') return placeText(place);
    const isNumber = `TRY_CAST(${place.expression} AS DOUBLE) IS NOT NULL`;
    return place.type === 'json' ? `CASE WHEN ${isNumber} THEN ${placeText(place)} END` : [];
  });
  return numbers.length === 0 ? 'NULL::VARCHAR' : `coalesce(${numbers.join(', ')})`;
}

function partOf(row: Row): ErrorPart {
  const counts = row['steps'] as ReadonlyMap<string, bigint>;
  return {
    service: asText(row['service']),
    type: asText(row['type']),
    message: asText(row['message']),
    name: asText(row['name']),
    count: asNumber(row['failures']),
    firstSeen: asBigInt(row['first_seen']),
    lastSeen: asBigInt(row['last_seen']),
    steps: new Map([...counts].map(([step, count]) => [Number(step), Number(count)])),
    traceId: asText(row['sample_trace_id']),
  };
}
