import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useMemo, useRef, useState } from 'react';
import { useChangeSearch, usePageSearch } from '../../../data/use-search.ts';
import { beyondDigits, plural } from '../../../format/number.ts';
import { t } from '../../../locale/t.ts';
import { ScrollRegion } from '../../../parts/scroll/scroll-region.tsx';
import { cellText } from '../../../query/series-of-rows.ts';
import type { ValueFormat } from '../../../series/value-format.ts';
import { compareCells, type ResultRows } from './table-of.ts';

const ROW = 24;
const MIN_COLUMN = 120;
/** Longer text is cut before it reaches the document. */
const MAX_CELL = 1000;

/** Rows of a result. Only those in sight are in the document. */
export function ResultTable({
  table,
  ownSort = false,
}: {
  readonly table: ResultRows;
  /** Whether the order is its own instead of that in the URL, because there are several tables. */
  readonly ownSort?: boolean;
}): ReactNode {
  const search = usePageSearch();
  const change = useChangeSearch();
  const [own, setOwn] = useState<string | undefined>(undefined);
  const sort = ownSort ? own : search.sort;
  const setSort = (next: string): void => (ownSort ? setOwn(next) : change({ sort: next }, 'replace'));
  const box = useRef<HTMLDivElement>(null);
  const { columns, hiddenColumns } = table;
  const descending = sort?.startsWith('-') === true;
  const by = columns.findIndex(({ name }) => name === sort?.replace(/^-/, ''));
  const rows = useMemo(() => {
    if (by < 0) return table.rows;
    const direction = descending ? -1 : 1;
    return table.rows.toSorted((a, b) => direction * compareCells(a[by], b[by]));
  }, [table, by, descending]);
  const largest = useMemo(
    () =>
      columns.map(({ numeric }, index) =>
        numeric ? table.rows.reduce((max, row) => Math.max(max, Math.abs(Number(row[index])) || 0), 0) : 0,
      ),
    [table, columns],
  );
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <ScrollRegion scrollRef={box} className="qu-table" label={t('Rows')}>
      <table
        aria-label={t('Rows of the result')}
        aria-rowcount={rows.length}
        style={{ minWidth: columns.length * MIN_COLUMN }}
      >
        <thead>
          <tr>
            {columns.map(({ name, type, numeric }, index) => (
              <th
                key={`${name} ${index}`}
                className={numeric ? 'num' : ''}
                aria-sort={index === by ? (descending ? 'descending' : 'ascending') : undefined}
              >
                <button
                  type="button"
                  className={index === by ? 'sort' : ''}
                  title={type === '' ? name : `${name}, ${type}`}
                  onClick={() => setSort(index === by && !descending ? `-${name}` : name)}
                >
                  {name === '' ? t('(no name)') : name}
                  {index === by && (descending ? ' ↓' : ' ↑')}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && <Padding height={before} columns={columns.length} />}
          {items.map(({ index }) => (
            <tr key={index} aria-rowindex={index + 1}>
              {columns.map((column, at) => {
                const value = rows[index]?.[at];
                const shown = column.numeric ? numberText(value, column.format) : cellText(value).slice(0, MAX_CELL);
                return (
                  <td key={at} className={column.numeric ? 'num' : ''} title={shown}>
                    {column.numeric ? (
                      <span className="qu-cell">
                        <span>{shown}</span>
                        <Bar value={Math.abs(Number(value))} max={largest[at] ?? 0} />
                      </span>
                    ) : shown === '' ? (
                      <span className="t3">{value === '' ? '""' : '—'}</span>
                    ) : (
                      shown
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
          {after > 0 && <Padding height={after} columns={columns.length} />}
        </tbody>
      </table>
      {hiddenColumns > 0 && (
        <p className="groupname">
          {t('{columns} not shown; name those that you need', {
            columns: plural(hiddenColumns, 'more column'),
          })}
        </p>
      )}
    </ScrollRegion>
  );
}

function Padding({ height, columns }: { readonly height: number; readonly columns: number }): ReactNode {
  return (
    <tr className="pad">
      <td colSpan={columns} style={{ height }} />
    </tr>
  );
}

function Bar({ value, max }: { readonly value: number; readonly max: number }): ReactNode {
  return max > 0 && value > 0 && Number.isFinite(max) ? (
    <i className="bar" style={{ width: Math.max(1, (value / max) * 40) }} />
  ) : null;
}

/** Formats a number in its unit, or with all of its digits, up to six decimals. */
function numberText(value: unknown, format: ValueFormat | undefined): string {
  if (value === null || value === undefined || value === '') return '—';
  if (format !== undefined) {
    const { value: text, unit } = format.quantity(Number(value));
    return `${text} ${unit}`.trim();
  }
  // 64-bit integers beyond 2^53 are text.
  if (typeof value === 'string' && /^-?\d+$/.test(value)) return value;
  const number = Number(value);
  return (
    beyondDigits(number) ?? number.toLocaleString('en-US', { maximumSignificantDigits: 10, maximumFractionDigits: 6 })
  );
}
