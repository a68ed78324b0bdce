import type { LogPattern, LogPatternsResponse } from '@otelier/query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { SparkBars } from '../../../charts/spark/spark.tsx';
import { timeOf } from '../../../data/search.ts';
import { useApiQuery } from '../../../data/use-api-query.ts';
import { usePageSearch } from '../../../data/use-search.ts';
import { formatCount } from '../../../format/number.ts';
import { t } from '../../../locale/t.ts';
import { EmptyState } from '../../../parts/empty-state.tsx';
import { QueryResult } from '../../../parts/query-result.tsx';
import { ScrollRegion } from '../../../parts/scroll/scroll-region.tsx';
import { levelOf, SeverityLetter } from '../../../parts/severity.tsx';
import { PatternText } from '../../logs/patterns/pattern-text.tsx';
import '../../logs/patterns/patterns.css';
import { isNewPattern } from '../../logs/patterns/use-patterns.ts';
import { useSettledRange } from '../../logs/use-settled-range.ts';
import type { LogsPanel } from '../model/board.ts';
import { expandWhere } from '../variables/chosen.ts';
import { useBoardContext } from './board-context.ts';

const STEPS = 20;
const MAX_PATTERNS = 50;

/** The patterns of the matching records with their trend, and their number in the earlier period. */
export function PatternList({ panel: { where, text } }: { readonly panel: LogsPanel }): ReactNode {
  const { variables, ready, shiftMillis } = useBoardContext();
  // Patterns take seconds to find, so that a query for each second would never end.
  const result = useApiQuery<LogPatternsResponse>({
    path: '/logs/patterns',
    params: {
      ...useSettledRange(),
      where: expandWhere(where, variables),
      text: text === '' ? undefined : text,
      steps: STEPS,
      limit: MAX_PATTERNS,
      compare: shiftMillis > 0 ? shiftMillis : undefined,
    },
    enabled: ready,
  });
  return (
    <QueryResult result={result} tight>
      {({ patterns }) =>
        patterns.length === 0 ? (
          <EmptyState tight title={t('No records in this range')} />
        ) : (
          <Patterns patterns={patterns} isCompared={shiftMillis > 0} />
        )
      }
    </QueryResult>
  );
}

function Patterns({
  patterns,
  isCompared,
}: {
  readonly patterns: readonly LogPattern[];
  readonly isCompared: boolean;
}): ReactNode {
  const time = timeOf(usePageSearch());
  return (
    <ScrollRegion label={t('Patterns of the records')} className="scroll bo-patterns">
      <table>
        <colgroup>
          <col style={{ width: 40 }} />
          <col />
          <col style={{ width: 92 }} />
          <col style={{ width: 80 }} />
          {isCompared && <col style={{ width: 72 }} />}
        </colgroup>
        <thead>
          <tr>
            <th aria-label={t('Severity')} />
            <th>{t('Pattern')}</th>
            <th aria-label={t('Trend')} />
            <th className="num">{t('Records')}</th>
            {isCompared && <th className="num">{t('before')}</th>}
          </tr>
        </thead>
        <tbody>
          {patterns.map((pattern, index) => {
            const level = levelOf(pattern.severityNumber);
            const token = `var(--sev-${level === 'unspecified' ? 'trace' : level})`;
            return (
              <tr key={index}>
                <td>
                  <SeverityLetter number={pattern.severityNumber} />
                </td>
                <td>
                  <Link to="/logs" search={{ ...time, where: pattern.where }} className="plain mono cut">
                    <PatternText parts={pattern.parts} />
                  </Link>
                </td>
                <td>
                  <SparkBars values={pattern.steps} width={72} height={14} color={token} />
                </td>
                <td className="num">{formatCount(pattern.count)}</td>
                {isCompared && (
                  <td className="num t2">
                    {isNewPattern(pattern) ? <span className="tag warn">{t('new')}</span> : formatCount(pattern.before)}
                  </td>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </ScrollRegion>
  );
}
