import type { ErrorGroup, RangeQuery } from '../../contract.ts';
import { type ErrorPart, MergedErrors } from '../../read/summaries/merge-errors.ts';
import { errorGroups } from '../../read/traces/error-groups.ts';
import { VALUES } from '../schema/layout.ts';
import {
  asBigInt,
  asList,
  asNumber,
  asText,
  type ClickHouseContext,
  NANOS,
  type Row,
  rangeOf,
  select,
  tableOf,
  where,
} from '../shared/context.ts';
import { EXCEPTION } from '../shared/exception.ts';
import { stepsOf } from '../shared/steps.ts';
import { serviceCondition } from './requests.ts';

const STATUS_KEY = "'http.response.status_code'";

/** Returns failed spans grouped by service, error and name, most frequent first. */
export async function errors(
  context: ClickHouseContext,
  query: RangeQuery & { readonly service?: string; readonly steps: number; readonly limit: number },
): Promise<readonly ErrorGroup[]> {
  const { indexOf, times } = stepsOf(query);
  const merged = new MergedErrors(times.length);
  if (query.end <= query.start) return [];
  const status = `${VALUES}[${STATUS_KEY}]`;
  const columns = [
    'toString(ServiceName) AS service',
    'toString(SpanName) AS span',
    'TraceId AS trace',
    `${NANOS} AS nanos`,
    `${indexOf(NANOS)} AS step`,
    `${EXCEPTION} AS exception`,
    `multiIf(exception['exception.type'] != '', exception['exception.type'], isNotNull(toFloat64OrNull(${status})), concat('HTTP ', ${status}), 'Error') AS type`,
    "if(exception['exception.message'] != '', exception['exception.message'], StatusMessage) AS message",
  ];
  const conditions = [...rangeOf(query), ...serviceCondition(query), "StatusCode = 'Error'"];
  const cells =
    'SELECT service, span, type, message, step, count() AS items, min(nanos) AS first, max(nanos) AS last, ' +
    `argMin(trace, nanos) AS sample FROM (SELECT ${columns.join(', ')} FROM ${tableOf(context, 'traces')} ${where(conditions)}) ` +
    'GROUP BY service, span, type, message, step';
  const text =
    'SELECT service, span, type, message, sum(items) AS failures, min(first) AS first_seen, max(last) AS last_seen, ' +
    `argMin(sample, first) AS sample_trace, groupArray(step) AS steps, groupArray(items) AS counts FROM (${cells}) ` +
    'GROUP BY service, span, type, message';
  for (const row of await select(context, text)) merged.add(partOf(row));
  return errorGroups(merged, query.limit);
}

function partOf(row: Row): ErrorPart {
  const counts = asList(row['counts']);
  return {
    service: asText(row['service']),
    type: asText(row['type']),
    message: asText(row['message']),
    name: asText(row['span']),
    count: asNumber(row['failures']),
    firstSeen: asBigInt(row['first_seen']),
    lastSeen: asBigInt(row['last_seen']),
    steps: new Map(asList(row['steps']).map((step, index) => [asNumber(step), asNumber(counts[index])])),
    traceId: asText(row['sample_trace']),
  };
}
