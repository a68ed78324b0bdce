import { plural } from '../../format/number.ts';
import { formatDuration } from '../../format/quantity.ts';
import { t } from '../../locale/t.ts';
import type { QueryResultData } from '../../query/result.ts';
import type { QueryRun } from '../../query/use-query-run.ts';

/** Describes a finished run for the history: `9 rows, 84 ms`, or the reason of its failure. */
export function outcomeOf({
  data,
  failure,
  error,
}: Pick<QueryRun, 'data' | 'failure' | 'error'>): { readonly outcome: string; readonly failed: boolean } | undefined {
  if (failure !== undefined) {
    return { outcome: ((error ?? failure).message.split('\n')[0] ?? '').slice(0, 200), failed: true };
  }
  if (data === undefined) return undefined;
  const { result } = data;
  return { outcome: `${countOf(result)}, ${formatDuration(result.elapsedMillis * 1e6)}`, failed: false };
}

/** Returns the size of a result: `9 rows`, `3 series`. */
export function countOf(result: QueryResultData): string {
  switch (result.kind) {
    case 'rows':
      return result.truncated
        ? t('first {rows}', { rows: plural(result.rows.length, 'row') })
        : plural(result.rows.length, 'row');
    case 'series':
      return plural(result.response.total, 'series', 'series');
    case 'logs':
      return plural(result.entries.length, 'entry', 'entries');
    case 'traces':
      return plural(result.traces.length, 'trace');
  }
}
