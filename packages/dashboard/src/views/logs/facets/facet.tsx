import type { FacetsResponse } from '@otelier/query';
import type { ReactNode } from 'react';
import { readAnyOf, readCondition, replaceField, writeAnyOf } from '../../../data/conditions.ts';
import { useChangeSearch, usePageSearch } from '../../../data/use-search.ts';
import { formatCount } from '../../../format/number.ts';
import { t } from '../../../locale/t.ts';
import { ServiceMark } from '../../../parts/service-mark.tsx';
import { FacetBox } from './facet-box.tsx';

/** The most frequent values of a field; selecting values filters the search. */
export function Facet({
  field,
  name,
  values,
  services = false,
  chosen = false,
}: {
  readonly field: string;
  readonly name: string;
  readonly values: FacetsResponse['facets'][number]['values'];
  readonly services?: boolean;
  readonly chosen?: boolean;
}): ReactNode {
  const { where = [] } = usePageSearch();
  const change = useChangeSearch();
  const conditions = where.map(readCondition).filter((condition) => condition?.field === field);
  const picked = conditions.flatMap((condition) => (condition === undefined ? [] : (readAnyOf(condition) ?? [])));
  const total = values.reduce((sum, { count }) => sum + count, 0);
  const toggle = (value: string): void => {
    const next = picked.includes(value) ? picked.filter((one) => one !== value) : [...picked, value];
    change({ where: replaceField(where, field, writeAnyOf(field, next)), record: undefined });
  };
  if (values.length === 0) return null;
  return (
    <section className={`lo-facet ${chosen ? 'chosen' : ''}`} aria-label={name}>
      <div className="h">
        <span className={services ? '' : 'mono cut'}>{name}</span>
        {chosen ? (
          <button type="button" className="push" onClick={() => change({ group: undefined }, 'replace')}>
            {t('ungroup')}
          </button>
        ) : (
          picked.length > 0 && (
            <span className="push">
              {t('{shown} of {count}', { shown: picked.length, count: formatCount(values.length) })}
            </span>
          )
        )}
      </div>
      {values.map(({ value, count }) => (
        <FacetBox
          key={value}
          label={value === '' ? t('(empty)') : value}
          checked={picked.includes(value)}
          count={formatCount(count)}
          share={total === 0 ? 0 : count / total}
          mark={services ? <ServiceMark service={value} /> : undefined}
          onToggle={() => toggle(value)}
        />
      ))}
    </section>
  );
}
