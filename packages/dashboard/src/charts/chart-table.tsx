import type { ReactNode } from 'react';
import { t } from '../locale/t.ts';
import { ScrollRegion } from '../parts/scroll/scroll-region.tsx';

/** The data of a chart as rows. The first column is the row's name. */
export interface TableData {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A chart as an accessible table. */
export function ChartTable({
  label,
  table,
  height,
  onClose,
}: {
  readonly label: string;
  readonly table: TableData;
  readonly height: number;
  readonly onClose: () => void;
}): ReactNode {
  return (
    <ScrollRegion className="chart-table" style={{ maxHeight: height }} label={label}>
      <button
        type="button"
        className="btn small"
        style={{ margin: '0 16px 4px' }}
        onClick={onClose}
        ref={(button) => button?.focus()}
      >
        {t('Show as chart')}
      </button>
      <table>
        <thead>
          <tr>
            {table.columns.map((column, index) => (
              <th key={index} scope="col" className={index > 0 ? 'num' : ''}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, at) => (
            <tr key={at}>
              {row.map((cell, index) => (
                <td key={index} className={index > 0 ? 'num' : ''}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}
