import type { LogHistogramResponse } from '@otelier/query';
import { type ReactNode, useState } from 'react';
import { sum } from '../../../charts/rates.ts';
import { readCondition, replaceField } from '../../../data/conditions.ts';
import { useChangeSearch, usePageSearch } from '../../../data/use-search.ts';
import { formatCount } from '../../../format/number.ts';
import { t } from '../../../locale/t.ts';
import { SeverityLetter } from '../../../parts/severity.tsx';
import { FacetBox } from './facet-box.tsx';

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

/**
 * Severities, most severe first. Selecting a level filters by it, and by all more severe ones unless `exact` is chosen;
 * selecting the level of the current filter removes the filter.
 */
export function SeverityFacet({ histogram }: { readonly histogram: LogHistogramResponse | undefined }): ReactNode {
  const { where = [] } = usePageSearch();
  const change = useChangeSearch();
  const condition = where.map(readCondition).find((one) => one?.field === 'severity' && /^>?=$/.test(one.op));
  const [exact, setExact] = useState(condition?.op === '=');
  const min = (LEVELS as readonly string[]).indexOf(condition?.value.toLowerCase() ?? '');
  const filter = (level: string | undefined, isExact: boolean): void =>
    change({
      where: replaceField(where, 'severity', level && `severity ${isExact ? '=' : '>='} ${level}`),
      record: undefined,
    });
  const toggleExact = (): void => {
    setExact(!exact);
    if (min >= 0) filter(LEVELS[min], !exact);
  };
  const totals = LEVELS.map((level) => (histogram === undefined ? 0 : sum(histogram.severities[level])));
  const all = totals.reduce((total, count) => total + count, 0);
  return (
    <section className="lo-facet" aria-label={t('Severity')}>
      <div className="h">
        <span>{t('Severity')}</span>
        <button
          type="button"
          className="push"
          aria-pressed={exact}
          title={exact ? t('Only the chosen level') : t('The chosen level and worse ones')}
          onClick={toggleExact}
        >
          {exact ? t('exact') : t('and worse')}
        </button>
      </div>
      {LEVELS.map((level, index) => {
        const checked = exact ? index === min : index <= min;
        const total = totals[index] ?? 0;
        if (total === 0 && (level === 'trace' || level === 'debug') && min !== index) return null;
        return (
          <FacetBox
            key={level}
            label={level.charAt(0).toUpperCase() + level.slice(1)}
            checked={checked}
            count={total === 0 && min >= 0 && !checked ? '—' : formatCount(total)}
            share={all === 0 ? 0 : total / all}
            mark={
              <span className={total === 0 ? 'lo-none' : ''}>
                <SeverityLetter number={(6 - index) * 4} />
              </span>
            }
            onToggle={() => filter(index === min ? undefined : level, exact)}
          />
        );
      })}
    </section>
  );
}
