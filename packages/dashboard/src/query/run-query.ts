import type { Language } from './languages.ts';
import { expandMacros, type QueryWindow, type Variables } from './macros.ts';
import type { QueryResultData } from './result.ts';
import { runLogql } from './run-logql.ts';
import { runPromql } from './run-promql.ts';
import { runSql } from './run-sql.ts';
import { runTraceql } from './run-traceql.ts';

/** A query with its time range. */
export interface QueryRequest {
  readonly language: Language;
  readonly text: string;
  readonly window: QueryWindow;
  readonly variables?: Variables;
  /** Whether lines of PromQL have exemplars, which are a second request. */
  readonly withExemplars?: boolean;
}

/** Runs a query in its language. Rejects with a `RequestFailure`, or with the signal's reason. */
export function runQuery(
  { language, text, window, variables, withExemplars }: QueryRequest,
  signal: AbortSignal,
): Promise<QueryResultData> {
  const expanded = expandMacros(text, window, variables);
  switch (language) {
    case 'sql':
      return runSql(expanded.text, signal);
    case 'promql':
      return runPromql(expanded.text, window, signal, withExemplars);
    case 'logql':
      return runLogql(expanded.text, window, signal);
    case 'traceql':
      return runTraceql(expanded.text, window, signal);
  }
}
