import type { LogHistogramResponse } from '@otelier/query';
import type { ReactNode } from 'react';
import { sum } from '../../charts/rates.ts';
import { readCondition, replaceField } from '../../data/conditions.ts';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { formatCount } from '../../format/number.ts';
import { SeverityLetter } from '../../parts/severity.tsx';
import { FacetBox } from './facet-box.tsx';

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

/**
 * Severities, most severe first. Selecting a level filters by it and all more severe ones; selecting the lowest level
 * of the current filter removes the filter.
 */
export function SeverityFacet({ histogram }: { readonly histogram: LogHistogramResponse | undefined }): ReactNode {
  const { where = [] } = usePageSearch();
  const change = useChangeSearch();
  const condition = where.map(readCondition).find((one) => one?.field === 'severity' && one.op === '>=');
  const min = (LEVELS as readonly string[]).indexOf(condition?.value.toLowerCase() ?? '');
  const totals = LEVELS.map((level) => (histogram === undefined ? 0 : sum(histogram.severities[level])));
  const all = totals.reduce((total, count) => total + count, 0);
  return (
    <section className="lo-facet" aria-label="Severity">
      <div className="h">
        <span>Severity</span>
        {min >= 0 && <span className="push">and worse</span>}
      </div>
      {LEVELS.map((level, index) => {
        const total = totals[index] ?? 0;
        if (total === 0 && (level === 'trace' || level === 'debug') && min !== index) return null;
        return (
          <FacetBox
            key={level}
            label={level.charAt(0).toUpperCase() + level.slice(1)}
            checked={index <= min}
            count={total === 0 ? (min >= 0 && index > min ? '—' : '0') : formatCount(total)}
            share={all === 0 ? 0 : total / all}
            mark={<SeverityLetter number={(6 - index) * 4} />}
            onToggle={() =>
              change({
                where: replaceField(where, 'severity', index === min ? undefined : `severity >= ${level}`),
                record: undefined,
              })
            }
          />
        );
      })}
    </section>
  );
}
