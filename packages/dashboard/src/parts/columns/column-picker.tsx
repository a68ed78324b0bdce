import type { FacetsResponse } from '@otelier/query';
import { type ReactNode, useCallback, useState } from 'react';
import { useApiQuery } from '../../data/use-api-query.ts';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { formatCount } from '../../format/number.ts';
import { t } from '../../locale/t.ts';
import { useKeys } from '../../shell/keys.ts';
import { usePageWindow } from '../../time/page-window.tsx';
import { Icon } from '../icon.tsx';
import { Popover } from '../popover.tsx';
import './columns.css';
import { columnName, MAX_COLUMNS, toggleColumn } from './columns.ts';

/** Number of attributes that are listed. */
const MAX_LISTED = 40;
const MINUTE_MILLIS = 60_000;

/** A button that chooses attributes as columns of a list. */
export function ColumnPicker({ signal }: { readonly signal: 'traces' | 'logs' }): ReactNode {
  const { columns = [] } = usePageSearch();
  const [open, setOpen] = useState(false);
  const close = useCallback(() => setOpen(false), []);
  useKeys(t('View'), [{ press: 'o', does: t('choose columns'), run: () => setOpen(true) }]);
  return (
    <span className="anchor">
      <button
        type="button"
        className="btn small bare"
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name="table" />
        {t('Columns')}
        {columns.length > 0 && <span className="t3">{columns.length}</span>}
      </button>
      {open && (
        <Popover label={t('Columns')} onClose={close} align="right" className="cols">
          <Choices signal={signal} columns={columns} />
        </Popover>
      )}
    </span>
  );
}

function Choices({
  signal,
  columns,
}: {
  readonly signal: 'traces' | 'logs';
  readonly columns: readonly string[];
}): ReactNode {
  const change = useChangeSearch();
  const [sought, setSought] = useState('');
  const { startMillis, endMillis } = usePageWindow();
  const range = {
    start: Math.floor(startMillis / MINUTE_MILLIS) * MINUTE_MILLIS,
    end: Math.ceil(endMillis / MINUTE_MILLIS) * MINUTE_MILLIS,
  };
  const { data } = useApiQuery<FacetsResponse>({ path: '/attributes', params: { ...range, signal } });
  const known = (data?.facets[0]?.values ?? []).map(({ value, count }) => ({ column: `attributes.${value}`, count }));
  const chosen = columns.map((column) => known.find((one) => one.column === column) ?? { column, count: undefined });
  const wanted = sought.trim().toLowerCase();
  const others = known.filter(({ column }) => !columns.includes(column) && column.toLowerCase().includes(wanted));
  return (
    <>
      <label className="field small">
        <Icon name="filter" />
        <input
          type="search"
          aria-label={t('Find an attribute')}
          placeholder={t('Find an attribute')}
          value={sought}
          onChange={(event) => setSought(event.target.value)}
        />
      </label>
      <div className="cols-list">
        {[...chosen, ...others.slice(0, MAX_LISTED)].map(({ column, count }) => (
          <button
            key={column}
            type="button"
            role="checkbox"
            aria-checked={columns.includes(column)}
            className="option mono"
            onClick={() => change({ columns: toggleColumn(columns, column) }, 'replace')}
          >
            <span className={`box ${columns.includes(column) ? 'on' : ''}`}>
              {columns.includes(column) && <Icon name="check" />}
            </span>
            <bdi className="cut">{columnName(column)}</bdi>
            <span className="push t3 s11">{count === undefined ? '' : formatCount(count)}</span>
          </button>
        ))}
        {chosen.length + others.length === 0 && data !== undefined && (
          <p className="groupname">
            {sought === '' ? t('No attributes in this range') : t('No attribute with “{sought}”', { sought })}
          </p>
        )}
      </div>
      {columns.length >= MAX_COLUMNS && <p className="groupname">{t('Another column replaces the first one.')}</p>}
    </>
  );
}
