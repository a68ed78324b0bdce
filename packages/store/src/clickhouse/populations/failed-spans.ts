import type { FailedSpan, FailedSpans, FailedSpansQuery } from '../../populations/contract.ts';
import {
  INSTANCE_KEYS,
  MAX_MESSAGE,
  STATUS_KEYS,
  USER_KEYS,
  VERSION_KEYS,
} from '../../read/populations/failure-keys.ts';
import { PEER_KEYS } from '../../read/populations/peer-keys.ts';
import {
  asBigInt,
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
import { fieldPlace, KIND } from '../shared/fields.ts';

/**
 * Returns the failed spans in a range. If there are more than the limit, only the traces whose ID has a certain hash are
 * read, so that chains of calls stay complete.
 */
export async function failedSpans(context: ClickHouseContext, query: FailedSpansQuery): Promise<FailedSpans> {
  if (query.end <= query.start) return { spans: [], sampling: 1 };
  const table = tableOf(context, 'traces');
  const conditions = [...rangeOf(query), "StatusCode = 'Error'"];
  const [counted] = await select(context, `SELECT count() AS spans FROM ${table} ${where(conditions)}`);
  const sampling = Math.max(1, Math.ceil(asNumber(counted?.['spans']) / query.limit));
  if (sampling > 1) conditions.push(`cityHash64(TraceId) % ${sampling} = 0`);
  const columns = [
    ...['TraceId AS trace', 'SpanId AS span', 'ParentSpanId AS parent', 'ServiceName AS service', 'SpanName AS name'],
    `${KIND} AS kind`,
    `${NANOS} AS begin`,
    `leftUTF8(StatusMessage, ${MAX_MESSAGE}) AS status_message`,
    `${EXCEPTION} AS exception`,
    "exception['exception.type'] AS type",
    `leftUTF8(exception['exception.message'], ${MAX_MESSAGE}) AS message`,
    `${firstText('attributes', STATUS_KEYS)} AS http_status`,
    `if(SpanKind IN ('Client', 'Producer'), ${firstText('attributes', PEER_KEYS)}, '') AS peer`,
    `${firstText('attributes', USER_KEYS)} AS user`,
    `${firstText('resource', VERSION_KEYS)} AS version`,
    `${firstText('resource', INSTANCE_KEYS)} AS instance`,
  ];
  const rows = await select(
    context,
    `SELECT * EXCEPT exception FROM (SELECT ${columns.join(', ')} FROM ${table} ${where(conditions)})`,
  );
  return { spans: rows.map(spanOf), sampling };
}

/** Returns SQL for the text of the first attribute that is not empty. */
function firstText(of: 'attributes' | 'resource', keys: readonly string[]): string {
  const texts = keys.map((key) => fieldPlace(`${of}.${key}`, 'traces')?.text ?? "''");
  return `multiIf(${[...texts.flatMap((text) => [`${text} != ''`, text]), "''"].join(', ')})`;
}

function spanOf(row: Row): FailedSpan {
  return {
    traceId: asText(row['trace']),
    spanId: asText(row['span']),
    parentSpanId: asText(row['parent']),
    service: asText(row['service']),
    name: asText(row['name']),
    kind: asText(row['kind']),
    start: asBigInt(row['begin']),
    statusMessage: asText(row['status_message']),
    exceptionType: asText(row['type']),
    exceptionMessage: asText(row['message']),
    httpStatus: asText(row['http_status']),
    peer: asText(row['peer']),
    version: asText(row['version']),
    instance: asText(row['instance']),
    user: asText(row['user']),
  };
}
