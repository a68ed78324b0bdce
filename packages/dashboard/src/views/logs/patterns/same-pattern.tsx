import type { LogPatternsResponse, LogRecord } from '@otelier/query';
import type { ReactNode } from 'react';
import { writeCondition } from '../../../data/conditions.ts';
import { useApiQuery } from '../../../data/use-api-query.ts';
import { useChangeSearch } from '../../../data/use-search.ts';
import { formatCount } from '../../../format/number.ts';
import { t } from '../../../locale/t.ts';
import { levelOf } from '../../../parts/severity.tsx';
import { useSettledRange } from '../use-settled-range.ts';

/** Number of characters of a body of which the server derives a pattern. */
const MAX_BODY = 2000;

/** A button that shows the records with the pattern of a record, and how many there are in the range. */
export function SamePattern({ record }: { readonly record: LogRecord }): ReactNode {
  const change = useChangeSearch();
  const isEvent = record.body === '' && typeof record.eventName === 'string' && record.eventName !== '';
  const { data } = useApiQuery<LogPatternsResponse>({
    path: '/logs/patterns',
    params: {
      ...useSettledRange(),
      where: sourceOf(record),
      body: record.body.slice(0, MAX_BODY),
      steps: 1,
      limit: 1,
    },
    enabled: !isEvent,
  });
  const pattern = data?.patterns[0];
  const where = isEvent
    ? [...sourceOf(record), writeCondition('body', '=', ''), writeCondition('event.name', '=', record.eventName ?? '')]
    : pattern?.where;
  return (
    <button
      type="button"
      className="btn small"
      disabled={where === undefined}
      onClick={() => change({ where, text: undefined, record: undefined })}
    >
      {t('Same pattern')}
      {pattern !== undefined && <span className="t3">{formatCount(pattern.count)}</span>}
    </button>
  );
}

/** Returns the conditions that select the records of the same service and severity. */
function sourceOf({ service, severityNumber }: LogRecord): readonly string[] {
  const level = levelOf(severityNumber);
  return [
    writeCondition('service', '=', service),
    writeCondition('severity', '=', level === 'unspecified' ? severityNumber : level),
  ];
}
