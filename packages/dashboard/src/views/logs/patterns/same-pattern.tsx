import type { LogPattern, LogPatternsResponse, LogRecord } from '@otelier/query';
import type { ReactNode } from 'react';
import { readCondition, writeCondition } from '../../../data/conditions.ts';
import { useApiQuery } from '../../../data/use-api-query.ts';
import { useChangeSearch } from '../../../data/use-search.ts';
import { formatCount } from '../../../format/number.ts';
import { t } from '../../../locale/t.ts';
import { useSettledRange } from '../use-settled-range.ts';

/** Enough that the patterns of one service fit. */
const MAX_PATTERNS = 500;

/** A button that shows the records with the pattern of a record, and how many there are in the range. */
export function SamePattern({ record }: { readonly record: LogRecord }): ReactNode {
  const change = useChangeSearch();
  const { data } = useApiQuery<LogPatternsResponse>({
    path: '/logs/patterns',
    params: {
      ...useSettledRange(),
      where: [writeCondition('service', '=', record.service)],
      steps: 1,
      limit: MAX_PATTERNS,
    },
  });
  const pattern = data?.patterns.find((one) => hasPattern(record, one));
  return (
    <button
      type="button"
      className="btn small"
      disabled={pattern === undefined}
      onClick={() => change({ where: pattern?.where, text: undefined, record: undefined })}
    >
      {t('Same pattern')}
      {pattern !== undefined && <span className="t3">{formatCount(pattern.count)}</span>}
    </button>
  );
}

/** Reports whether a record has the severity and the body of a pattern. */
function hasPattern({ body, severityNumber }: LogRecord, pattern: LogPattern): boolean {
  if (pattern.severityNumber !== severityNumber) return false;
  return pattern.where.every((text) => {
    const { field, op, value } = readCondition(text) ?? { field: '', op: '', value: '' };
    if (field !== 'body' || op !== '~') return true;
    try {
      return new RegExp(value).test(body);
    } catch {
      // Syntax that only the server's engine knows.
      return false;
    }
  });
}
