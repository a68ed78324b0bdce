import type { ErrorGroup } from '../../contract.ts';
import { TIME_COLUMN } from '../../schema.ts';
import { asBigInt, asNumber, asText, type ReadContext, type Row, select, where, withRange } from '../shared/context.ts';
import { attributePlaces, placeText } from '../shared/fields.ts';
import type { Files } from '../shared/files.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { SERVICE, type SpansQuery, spanConditions } from '../shared/requests.ts';
import { statementText } from '../shared/statements.ts';
import { stepsOf } from '../shared/steps.ts';

/** SQL for the attributes of a span's last exception event, as JSON. */
const EXCEPTION =
  "json_extract(list_filter(json_extract(events, '$[*]'), " +
  "lambda event: json_extract_string(event, '$.name') = 'exception')[-1], '$.attributes') AS exception";

/** Returns failed spans grouped by service, error and name, most frequent first. */
export async function errors(
  context: ReadContext,
  query: SpansQuery & { readonly steps: number; readonly limit: number },
): Promise<readonly ErrorGroup[]> {
  const steps = stepsOf(query);
  return withRange(context, query, 'traces', [], async (files) => {
    const parameters = new ParameterBag();
    parameters.set('limit', BigInt(query.limit));
    const columns = [
      SERVICE,
      'name',
      'trace_id',
      'start_time',
      `${steps.indexOf(TIME_COLUMN.traces)} AS step`,
      `${httpStatus(files, parameters)} AS http_status`,
      'status_message',
      EXCEPTION,
    ];
    const conditions = [...spanConditions(query, files, parameters), "status_code = 'ERROR'"];
    const rows = `SELECT ${columns.join(', ')} FROM ${files.relation} ${where(conditions)}`;
    const text = `WITH rows AS (${rows}) ${statementText('errors')}`;
    const groups = await select(context, query.tenant, text, parameters);
    return groups.map((row) => groupOf(row, steps.times.length));
  });
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

function groupOf(row: Row, stepCount: number): ErrorGroup {
  const counts = row['steps'] as ReadonlyMap<string, bigint>;
  return {
    service: asText(row['service']),
    type: asText(row['type']),
    message: asText(row['message']),
    spanName: asText(row['name']),
    count: asNumber(row['failures']),
    firstSeen: asBigInt(row['first_seen']),
    lastSeen: asBigInt(row['last_seen']),
    steps: Array.from({ length: stepCount }, (_, step) => asNumber(counts.get(String(step)))),
    sampleTraceId: asText(row['sample_trace_id']),
  };
}
