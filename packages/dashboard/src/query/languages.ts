/** A query language of the page. */
export type Language = 'sql' | 'promql' | 'logql' | 'traceql';

/** A language with its name and a query to begin with. */
export interface LanguageEntry {
  readonly id: Language;
  readonly title: string;
  /** A query that shows something in most stores. */
  readonly example: string;
}

/** All languages, in the order of their tabs. */
export const LANGUAGES: readonly LanguageEntry[] = [
  {
    id: 'sql',
    title: 'SQL',
    example: `SELECT $__timeGroup(start_time) AS time, service_name, count(*) AS spans,
       count(*) FILTER (status_code = 'ERROR') AS errors
FROM spans
WHERE $__timeFilter(start_time)
GROUP BY ALL ORDER BY time`,
  },
  {
    id: 'promql',
    title: 'PromQL',
    example: 'sum by (job) (rate(http_server_request_duration_seconds_count[$__rate_interval]))',
  },
  { id: 'logql', title: 'LogQL', example: '{service_name=~".+"} |= "error"' },
  { id: 'traceql', title: 'TraceQL', example: '{ status = error && duration > 100ms }' },
];

/** Returns the language with an ID, or SQL. */
export function languageOf(id: string | undefined): LanguageEntry {
  return LANGUAGES.find((language) => language.id === id) ?? (LANGUAGES[0] as LanguageEntry);
}
