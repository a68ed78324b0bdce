import type { ServiceGraph, ServiceGraphEdge, ServiceGraphQuery } from '../../populations/contract.ts';
import { TIME_COLUMN } from '../../schema.ts';
import { asNumber, asOptionalText, asText, type ReadContext, select, where, withRange } from '../shared/context.ts';
import { attributePlaces, placesText } from '../shared/fields.ts';
import type { Files } from '../shared/files.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { rangeConditions } from '../shared/steps.ts';
import { PEER_KEYS } from './peer-keys.ts';
import { sampleTraces, type TraceSample } from './trace-sample.ts';

/** Number of spans up to which every trace is read. The joins of a million need more than the memory of a query. */
const MAX_SPANS = 300_000;

/**
 * Returns the calls between services, and those to peers that send no spans, which only their callers' client spans
 * show. A call's duration and failure are those of the called span, or of the client span if there is none.
 */
export async function serviceGraph(context: ReadContext, query: ServiceGraphQuery): Promise<ServiceGraph> {
  return withRange<ServiceGraph>(context, query, 'traces', EMPTY, async (files) => {
    const parameters = new ParameterBag();
    const sample = sampleTraces(files, MAX_SPANS);
    const { sampling } = sample;
    const rows = await select(
      context,
      query.tenant,
      `WITH spans AS (${spansText(query, files, sample, parameters)}), ${CALLS} LIMIT ${query.limit}`,
      parameters,
    );
    const edges = rows.map((row): ServiceGraphEdge => {
      const peerAttribute = asOptionalText(row['attribute']);
      return {
        caller: asText(row['caller']),
        called: asText(row['called']),
        ...(peerAttribute !== undefined && { peerAttribute }),
        isMessage: row['message'] === true,
        calls: asNumber(row['calls']) * sampling,
        errors: asNumber(row['errors']) * sampling,
        p50: asNumber(row['p50']),
        p95: asNumber(row['p95']),
      };
    });
    return { edges, total: asNumber(rows[0]?.['total']), sampling };
  });
}

const EMPTY: ServiceGraph = { edges: [], total: 0, sampling: 1 };

function spansText(query: ServiceGraphQuery, files: Files, sample: TraceSample, parameters: ParameterBag): string {
  const peers = PEER_KEYS.map((key) => {
    const value = `nullif(${placesText(attributePlaces(key, files, parameters))}, '')`;
    return { value, name: `CASE WHEN ${value} IS NOT NULL THEN '${key}' END` };
  });
  const conditions = [
    ...rangeConditions(TIME_COLUMN.traces, query, files),
    "service_name IS NOT NULL AND service_name <> ''",
    ...sample.conditions,
  ];
  const ofClient = (values: readonly string[]): string =>
    `CASE WHEN kind IN ('CLIENT', 'PRODUCER') THEN coalesce(${values.join(', ')}) END`;
  const columns = [
    // Joins of hashes need less memory than joins of IDs. With 64 bits, no two spans are expected to have the same.
    'CASE WHEN span_id IS NOT NULL THEN hash(trace_id, span_id) END AS id',
    'CASE WHEN parent_span_id IS NOT NULL THEN hash(trace_id, parent_span_id) END AS parent',
    'service_name, kind, duration_ns AS duration',
    "status_code = 'ERROR' AS failed",
    `${ofClient(peers.map(({ value }) => value))} AS peer`,
    `${ofClient(peers.map(({ name }) => name))} AS attribute`,
  ];
  return `SELECT ${columns.join(', ')} FROM ${files.relation} ${where(conditions)}`;
}

/** Reads the relation `spans`. A span whose child is of another service called that service, and no peer. */
const CALLS = `
  parents AS (SELECT id, any_value(service_name) AS caller FROM spans WHERE id IS NOT NULL GROUP BY id),
  served AS (
    SELECT parent AS id, caller, service_name AS called, kind = 'CONSUMER' AS message, failed, duration
    FROM spans JOIN parents ON spans.parent = parents.id WHERE caller <> service_name
  ),
  unserved AS (SELECT * FROM (SELECT * FROM spans WHERE peer IS NOT NULL) ANTI JOIN served USING (id)),
  calls AS (
    SELECT caller, called, NULL AS attribute, message, failed, duration FROM served
    UNION ALL
    SELECT service_name, peer, attribute, kind = 'PRODUCER', failed, duration FROM unserved
  )
  SELECT
    caller, called, attribute, bool_and(message) AS message, count(*) AS calls,
    count(*) FILTER (failed) AS errors, quantile_disc(greatest(duration, 0), 0.5) AS p50,
    quantile_disc(greatest(duration, 0), 0.95) AS p95, count(*) OVER () AS total
  FROM calls GROUP BY caller, called, attribute ORDER BY calls DESC, caller, called, attribute`;
