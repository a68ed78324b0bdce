import type { ServiceGraph, ServiceGraphEdge, ServiceGraphQuery } from '../../populations/contract.ts';
import { PEER_KEYS } from '../../read/populations/peer-keys.ts';
import {
  asNumber,
  asText,
  type ClickHouseContext,
  type Row,
  rangeOf,
  select,
  tableOf,
  where,
} from '../shared/context.ts';
import { DURATION, fieldPlace } from '../shared/fields.ts';
import { sampleTraces } from './matching-traces.ts';

/** Number of spans up to which every trace is read. */
const MAX_SPANS = 5_000_000;

/** Returns the calls between services, and those to peers that send no spans. */
export async function serviceGraph(context: ClickHouseContext, query: ServiceGraphQuery): Promise<ServiceGraph> {
  if (query.end <= query.start) return { edges: [], total: 0, sampling: 1 };
  const { sampling, conditions } = await sampleTraces(context, query, MAX_SPANS);
  const spans = spansText(tableOf(context, 'traces'), [...rangeOf(query), "ServiceName != ''", ...conditions]);
  const rows = await select(context, `WITH spans AS (${spans}), ${CALLS} LIMIT ${query.limit}`);
  return { edges: rows.map((row) => edgeOf(row, sampling)), total: asNumber(rows[0]?.['total']), sampling };
}

function edgeOf(row: Row, sampling: number): ServiceGraphEdge {
  const peerAttribute = asText(row['attribute']);
  return {
    caller: asText(row['caller']),
    called: asText(row['called']),
    ...(peerAttribute !== '' && { peerAttribute }),
    isMessage: asNumber(row['is_message']) === 1,
    calls: asNumber(row['calls']) * sampling,
    errors: asNumber(row['errors']) * sampling,
    p50: asNumber(row['p50']),
    p95: asNumber(row['p95']),
  };
}

function spansText(table: string, conditions: readonly string[]): string {
  const peers = PEER_KEYS.map((key) => ({ key, text: fieldPlace(`attributes.${key}`, 'traces')?.text ?? "''" }));
  const ofClient = (values: readonly string[]): string =>
    `if(SpanKind IN ('Client', 'Producer'), multiIf(${[...values, "''"].join(', ')}), '')`;
  const columns = [
    // Joins of hashes need less memory than joins of IDs. With 64 bits, no two spans are expected to have the same.
    "if(SpanId = '', 0, cityHash64(TraceId, SpanId)) AS id",
    "if(ParentSpanId = '', 0, cityHash64(TraceId, ParentSpanId)) AS parent",
    'toString(ServiceName) AS service',
    'toString(SpanKind) AS kind',
    `greatest(${DURATION}, 0) AS nanos`,
    "StatusCode = 'Error' AS failed",
    `${ofClient(peers.flatMap(({ text }) => [`${text} != ''`, text]))} AS peer`,
    `${ofClient(peers.flatMap(({ key, text }) => [`${text} != ''`, `'${key}'`]))} AS attribute`,
  ];
  return `SELECT ${columns.join(', ')} FROM ${table} ${where(conditions)}`;
}

/** Reads the relation `spans`. A span whose child is of another service called that service, and no peer. */
const CALLS = `
  parents AS (SELECT id AS parent_id, any(service) AS caller FROM spans WHERE id != 0 GROUP BY id),
  served AS (
    SELECT parent AS served_id, caller, service AS called, kind = 'Consumer' AS message, failed, nanos
    FROM spans INNER JOIN parents ON spans.parent = parents.parent_id WHERE caller != service
  ),
  calls AS (
    SELECT caller, called, '' AS attribute, message, failed, nanos FROM served
    UNION ALL
    SELECT service AS caller, peer AS called, attribute, kind = 'Producer' AS message, failed, nanos FROM spans
    WHERE peer != '' AND id NOT IN (SELECT served_id FROM served)
  )
  SELECT
    caller, called, attribute, min(message) AS is_message, count() AS calls, countIf(failed) AS errors,
    quantileExact(0.5)(nanos) AS p50, quantileExact(0.95)(nanos) AS p95, count() OVER () AS total
  FROM calls GROUP BY caller, called, attribute ORDER BY calls DESC, caller, called, attribute`;
