import type { RelationName } from './relations.ts';

/** A view or table macro over the relations, for common questions. */
interface Derived {
  readonly reads: readonly RelationName[];
  /** The statement that creates it on a connection. */
  readonly create: string;
}

const REQUESTS = "kind IN ('SERVER', 'CONSUMER')";

/** Views, by name. */
export const DERIVED_VIEWS = {
  services: {
    reads: ['spans', 'logs'],
    create: `CREATE TEMP VIEW services AS
      SELECT
        coalesce(service_name, '') AS service_name,
        max_by(version, last_seen) FILTER (version IS NOT NULL) AS version,
        sum(spans)::BIGINT AS spans,
        sum(logs)::BIGINT AS logs,
        max(last_seen) AS last_seen
      FROM (
        SELECT service_name, resource_attributes->>'service.version' AS version, count(*) AS spans, 0 AS logs,
          max(start_time) AS last_seen
        FROM spans GROUP BY ALL
        UNION ALL
        SELECT service_name, resource_attributes->>'service.version' AS version, 0 AS spans, count(*) AS logs,
          max(time) AS last_seen
        FROM logs GROUP BY ALL
      )
      GROUP BY ALL`,
  },
} as const satisfies Readonly<Record<string, Derived>>;

/** Table macros, by name. Users call them as `FROM red()` or `FROM n_plus_one(min_calls := 20)`. */
export const MACROS = {
  /** Request rate, errors and durations of each service per step. */
  red: {
    reads: ['spans'],
    create: `CREATE TEMP MACRO red(step := INTERVAL 1 MINUTE) AS TABLE
      SELECT
        service_name,
        time_bucket(step, start_time::TIMESTAMP) AS time,
        count(*) AS requests,
        count(*) FILTER (status_code = 'ERROR') AS errors,
        quantile_cont(duration_ns, 0.5) / 1e6 AS p50_ms,
        quantile_cont(duration_ns, 0.95) / 1e6 AS p95_ms
      FROM spans WHERE ${REQUESTS} GROUP BY ALL ORDER BY time, service_name`,
  },
  /** Routes by their share of the total time. */
  slow_routes: {
    reads: ['spans'],
    create: `CREATE TEMP MACRO slow_routes(min_calls := 1) AS TABLE
      SELECT * FROM (
        SELECT
          service_name,
          name,
          count(*) AS calls,
          count(*) FILTER (status_code = 'ERROR') AS errors,
          quantile_cont(duration_ns, 0.95) / 1e6 AS p95_ms,
          max(duration_ns) / 1e6 AS max_ms,
          sum(duration_ns) / sum(sum(duration_ns)) OVER () AS time_share
        FROM spans WHERE ${REQUESTS} GROUP BY service_name, name
      ) WHERE calls >= min_calls ORDER BY time_share DESC, service_name, name`,
  },
  /** Spans that call the same operation many times. */
  n_plus_one: {
    reads: ['spans'],
    create: `CREATE TEMP MACRO n_plus_one(min_calls := 10) AS TABLE
      SELECT * FROM (
        SELECT
          trace_id,
          parent_span_id,
          any_value(service_name) AS service_name,
          name,
          count(*) AS calls,
          sum(duration_ns) / 1e6 AS total_ms
        FROM spans WHERE kind = 'CLIENT' AND parent_span_id IS NOT NULL GROUP BY trace_id, parent_span_id, name
      ) WHERE calls >= min_calls ORDER BY calls DESC, trace_id`,
  },
  /** Error rate of each version of a service. */
  error_rate_by_release: {
    reads: ['spans'],
    create: `CREATE TEMP MACRO error_rate_by_release() AS TABLE
      SELECT
        service_name,
        resource_attributes->>'service.version' AS version,
        count(*) AS requests,
        count(*) FILTER (status_code = 'ERROR') AS errors,
        count(*) FILTER (status_code = 'ERROR') / count(*) AS error_rate,
        min(start_time) AS first_seen,
        max(start_time) AS last_seen
      FROM spans WHERE ${REQUESTS} GROUP BY ALL ORDER BY service_name, first_seen`,
  },
  /** Log bodies with numbers and IDs replaced, most frequent first. */
  log_patterns: {
    reads: ['logs'],
    create: `CREATE TEMP MACRO log_patterns() AS TABLE
      SELECT
        service_name,
        severity_text,
        regexp_replace(body, '[0-9a-fA-F-]{16,}|[0-9]+([.:][0-9]+)*', '<*>', 'g') AS pattern,
        count(*) AS records,
        min(time) AS first_seen,
        max(time) AS last_seen,
        any_value(body) AS example
      FROM logs GROUP BY ALL ORDER BY records DESC, pattern`,
  },
} as const satisfies Readonly<Record<string, Derived>>;

const DERIVED: ReadonlyMap<string, Derived> = new Map(Object.entries({ ...DERIVED_VIEWS, ...MACROS }));

/** Names of the table macros. */
export const MACRO_NAMES: ReadonlySet<string> = new Set(Object.keys(MACROS));

/** Returns the relations that a view or macro reads; none for other names. */
export function derivedReads(name: string): readonly RelationName[] {
  return DERIVED.get(name)?.reads ?? [];
}

/** Returns the statements that create the named views and macros. Ignores other names. */
export function derivedStatements(names: Iterable<string>): readonly string[] {
  return [...names].flatMap((name) => DERIVED.get(name)?.create ?? []);
}
