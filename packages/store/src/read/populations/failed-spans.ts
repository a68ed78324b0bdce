import type { FailedSpan, FailedSpans, FailedSpansQuery } from '../../populations/contract.ts';
import { TIME_COLUMN } from '../../schema.ts';
import { asBigInt, asNumber, asText, type ReadContext, type Row, select, where, withRange } from '../shared/context.ts';
import { attributePlaces, fieldPlaces, placesText } from '../shared/fields.ts';
import type { Files } from '../shared/files.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { rangeConditions } from '../shared/steps.ts';
import { INSTANCE_KEYS, MAX_MESSAGE, STATUS_KEYS, USER_KEYS, VERSION_KEYS } from './failure-keys.ts';
import { PEER_KEYS } from './peer-keys.ts';
import { scannedFailures } from './scanned-failures.ts';

const FAILED = "status_code = 'ERROR'";
const EMPTY: FailedSpans = { spans: [], sampling: 1 };

/**
 * Returns the failed spans in a range. They are counted first, in one column. If there are more than the limit, only
 * the traces whose ID has a certain hash are read, so that chains of calls stay complete.
 */
export async function failedSpans(context: ReadContext, query: FailedSpansQuery): Promise<FailedSpans> {
  const scanned = await scannedFailures(context, query);
  if (scanned !== undefined) return { spans: scanned, sampling: 1 };
  return withRange<FailedSpans>(context, query, 'traces', EMPTY, async (files) => {
    const conditions = [...rangeConditions(TIME_COLUMN.traces, query, files), FAILED];
    const counted = `SELECT count(*) AS spans FROM ${files.relation} ${where(conditions)}`;
    const [first] = await select(context, query.tenant, counted, new ParameterBag());
    const total = asNumber(first?.['spans']);
    if (total === 0) return EMPTY;
    const sampling = Math.max(1, Math.ceil(total / query.limit));
    const sample = sampling === 1 ? [] : [`hash(trace_id) % ${sampling} = 0`];
    const parameters = new ParameterBag();
    const text =
      `WITH failed AS (SELECT ${columnsOf(files, parameters).join(', ')} FROM ${files.relation} ` +
      `${where([...conditions, ...sample])}) SELECT * EXCLUDE (exception), ${EXCEPTION} FROM failed`;
    const rows = await select(context, query.tenant, text, parameters);
    return { spans: rows.map(spanOf), sampling };
  });
}

function columnsOf(files: Files, parameters: ParameterBag): readonly string[] {
  const attribute = (keys: readonly string[]): string =>
    `coalesce(${keys.map((key) => `nullif(${placesText(attributePlaces(key, files, parameters))}, '')`).join(', ')})`;
  const resource = (keys: readonly string[]): string =>
    `coalesce(${keys.map((key) => placesText(fieldPlaces(`resource.${key}`, 'traces', files, parameters))).join(', ')})`;
  return [
    'trace_id, lower(hex(span_id)) AS span_id, lower(hex(parent_span_id)) AS parent_span_id',
    'service_name, name, kind, epoch_ns(start_time) AS start',
    `left(status_message, ${MAX_MESSAGE}) AS status_message`,
    `${attribute(STATUS_KEYS)} AS http_status`,
    `CASE WHEN kind IN ('CLIENT', 'PRODUCER') THEN ${attribute(PEER_KEYS)} END AS peer`,
    `${attribute(USER_KEYS)} AS user_id`,
    `${resource(VERSION_KEYS)} AS version`,
    `${resource(INSTANCE_KEYS)} AS instance`,
    // Parsing the events is the most expensive part, and most spans with events have an exception.
    'CASE WHEN events IS NOT NULL AND contains(events, \'"exception"\') THEN ' +
      "json_extract(list_filter(json_extract(events, '$[*]'), " +
      "lambda event: json_extract_string(event, '$.name') = 'exception')[-1], '$.attributes') END AS exception",
  ];
}

const EXCEPTION =
  `json_extract_string(exception, '$."exception.type"') AS type, ` +
  `left(json_extract_string(exception, '$."exception.message"'), ${MAX_MESSAGE}) AS message`;

function spanOf(row: Row): FailedSpan {
  return {
    traceId: asText(row['trace_id']),
    spanId: asText(row['span_id']),
    parentSpanId: asText(row['parent_span_id']),
    service: asText(row['service_name']),
    name: asText(row['name']),
    kind: asText(row['kind']),
    start: asBigInt(row['start']),
    statusMessage: asText(row['status_message']),
    exceptionType: asText(row['type']),
    exceptionMessage: asText(row['message']),
    httpStatus: asText(row['http_status']),
    peer: asText(row['peer']),
    version: asText(row['version']),
    instance: asText(row['instance']),
    user: asText(row['user_id']),
  };
}
