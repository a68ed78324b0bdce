import type { FacetsResponse } from '@otelier/query';
import { type ReactNode, useState } from 'react';
import { attributeField, writeCondition } from '../../../data/conditions.ts';
import { useApiQuery } from '../../../data/use-api-query.ts';
import { useChangeSearch, usePageSearch } from '../../../data/use-search.ts';
import { formatCount, formatPercent } from '../../../format/number.ts';
import { t } from '../../../locale/t.ts';
import { toggleColumn } from '../../../parts/columns/columns.ts';
import { EmptyState } from '../../../parts/empty-state.tsx';
import { LoadingRows } from '../../../parts/loading.tsx';
import { QueryResult } from '../../../parts/query-result.tsx';
import { ScrollRegion } from '../../../parts/scroll/scroll-region.tsx';
import { LogTabs } from '../log-tabs.tsx';
import { useLogFilter } from '../use-log-filter.ts';
import { useSettledRange } from '../use-settled-range.ts';
import './fields.css';

const MAX_VALUES = 20;

/** The attributes of the log records in the range, with how many have them and their most frequent values. */
export function FieldPane({ total }: { readonly total: number | undefined }): ReactNode {
  const result = useApiQuery<FacetsResponse>({
    path: '/attributes',
    params: { ...useSettledRange(), signal: 'logs' },
  });
  const fields = result.data?.facets[0]?.values ?? [];
  const largest = Math.max(1, ...fields.map(({ count }) => count));
  const [open, setOpen] = useState<string | undefined>(undefined);
  return (
    <section className="pane lo-pane" aria-label={t('Fields')}>
      <div className="head bb">
        <LogTabs records={total} fields={result.data && fields.length} />
        <span className="note">{t('attributes of all records in the range, values of the matching ones')}</span>
      </div>
      <QueryResult result={result} loading={<LoadingRows rows={12} height={28} />}>
        {() =>
          fields.length === 0 ? (
            <EmptyState title={t('No record in this range has attributes')} />
          ) : (
            <ScrollRegion label={t('Fields')}>
              <ul>
                {fields.map(({ value: key, count }) => (
                  <li key={key}>
                    <button
                      type="button"
                      className="lo-field"
                      aria-expanded={open === key}
                      onClick={() => setOpen(open === key ? undefined : key)}
                    >
                      <bdi className="mono cut">{key}</bdi>
                      <i className="bar" style={{ width: `${(count / largest) * 100}%` }} />
                      <span className="num">
                        {formatCount(count)}
                        <span className="unseen"> {t('records')}</span>
                      </span>
                    </button>
                    {open === key && <FieldValues name={key} />}
                  </li>
                ))}
              </ul>
            </ScrollRegion>
          )
        }
      </QueryResult>
    </section>
  );
}

/** The most frequent values of a field among the matching records, each of which narrows the search. */
function FieldValues({ name }: { readonly name: string }): ReactNode {
  const { where = [], columns = [] } = usePageSearch();
  const change = useChangeSearch();
  const result = useApiQuery<FacetsResponse>({
    path: '/logs/facets',
    params: { ...useLogFilter(), ...useSettledRange(), field: `attributes.${name}`, limit: MAX_VALUES },
  });
  const values = result.data?.facets[0]?.values ?? [];
  const total = Math.max(
    1,
    values.reduce((sum, { count }) => sum + count, 0),
  );
  const field = attributeField(name);
  const column = `attributes.${name}`;
  return (
    <div className="lo-field-values">
      <p className="row">
        <button
          type="button"
          className="btn small"
          onClick={() => change({ where: [...where, writeCondition(field, 'exists', '')], tab: undefined })}
        >
          {t('Only records that have it')}
        </button>
        <button
          type="button"
          className="btn small"
          aria-pressed={columns.includes(column)}
          onClick={() => change({ columns: toggleColumn(columns, column) }, 'replace')}
        >
          {t('Show as a column')}
        </button>
      </p>
      <QueryResult result={result} tight>
        {() =>
          values.length === 0 ? (
            <EmptyState tight title={t('No matching record has it')} />
          ) : (
            <ul>
              {values.map(({ value, count }) => (
                <li key={value} className="row">
                  <button
                    type="button"
                    className="mono cut"
                    onClick={() => change({ where: [...where, writeCondition(field, '=', value)], tab: undefined })}
                  >
                    <bdi>{value === '' ? t('(empty)') : value}</bdi>
                  </button>
                  <span className="push num t2">
                    {formatCount(count)} · {formatPercent(count / total, 1)} %
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </QueryResult>
    </div>
  );
}
