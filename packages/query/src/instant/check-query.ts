import { parseLogql } from '../logql/parse/parse.ts';
import { parseTraceql } from '../traceql/parse/parse.ts';

/** Checks a query whose result must be numbers. Throws an error that says what is expected. SQL is checked by the store. */
export function checkQuery(language: 'logql' | 'traceql' | 'sql', text: string): void {
  if (language === 'logql' && parseLogql(text).kind === 'log') {
    throw new Error('expected a metric query such as count_over_time({job="api"}[5m]), got a log query');
  }
  if (language === 'traceql' && parseTraceql(text).kind !== 'metrics') {
    throw new Error('expected a metrics query such as {status=error} | rate(), got a search');
  }
}
