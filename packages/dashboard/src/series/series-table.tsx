import type { MetricSeriesResponse } from '@otelier/query';
import type { ReactNode } from 'react';
import { useCursor } from '../charts/cursor/cursor.ts';
import { indexAt } from '../charts/cursor/time-index.ts';
import { t } from '../locale/t.ts';
import { Measure } from '../parts/measure.tsx';
import './series.css';
import { type SeriesLine, summaryOf } from './series.ts';
import type { ValueFormat } from './value-format.ts';

/** The legend: each line with its statistics and the value at the cursor. */
export function SeriesTable({
  lines,
  times,
  format,
  onFocus,
}: {
  readonly lines: readonly SeriesLine[];
  readonly times: MetricSeriesResponse;
  readonly format: ValueFormat;
  readonly onFocus: (index: number | undefined) => void;
}): ReactNode {
  return (
    <div className="se-table bt">
      <table aria-label={t('Series')}>
        <colgroup>
          <col style={{ width: 50 }} />
          <col />
          <col style={{ width: 84 }} />
          {['min', 'mean', 'max', 'last'].map((name) => (
            <col key={name} style={{ width: 92 }} />
          ))}
          <col style={{ width: 108 }} />
        </colgroup>
        <thead>
          <tr>
            <th aria-label={t('Line')} />
            <th>{t('Labels')}</th>
            <th>{t('Query')}</th>
            <th className="num">{t('Min')}</th>
            <th className="num">{t('Mean')}</th>
            <th className="num">{t('Max')}</th>
            <th className="num">{t('Last')}</th>
            <th className="num">{t('At cursor')}</th>
          </tr>
        </thead>
        <tbody onPointerLeave={() => onFocus(undefined)}>
          {lines.map((line, index) => {
            const summary = summaryOf(line.values);
            return (
              <tr key={line.key} onPointerEnter={() => onFocus(index)}>
                <td>
                  <svg width="18" height="8" aria-hidden="true">
                    <line
                      x1="0"
                      x2="18"
                      y1="4"
                      y2="4"
                      stroke={`var(${line.token})`}
                      strokeWidth="2"
                      strokeDasharray={line.dash?.join(' ')}
                    />
                  </svg>
                </td>
                <td>
                  <Labels line={line} />
                </td>
                <td className="t2">
                  {line.line}
                  {line.earlier === true ? `, ${t('before')}` : line.aggregate !== '' && `, ${line.aggregate}`}
                </td>
                <Cell value={summary?.min} format={format} quiet />
                <Cell value={summary?.mean} format={format} quiet />
                <Cell value={summary?.max} format={format} quiet />
                <Cell value={summary?.last} format={format} />
                <AtCursor line={line} times={times} format={format} />
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Labels({ line }: { readonly line: SeriesLine }): ReactNode {
  const entries = Object.entries(line.labels);
  if (line.name !== undefined) return <span className="mono">{line.name}</span>;
  if (entries.length === 0) return <span className="t2">{t('all series together')}</span>;
  return (
    <span className="mono">
      {entries.map(([key, value], index) => (
        <span key={key}>
          {index > 0 && ' '}
          <span className="t3">{key}=</span>
          {value === '' ? '""' : value}
        </span>
      ))}
    </span>
  );
}

function AtCursor({
  line,
  times,
  format,
}: {
  readonly line: SeriesLine;
  readonly times: MetricSeriesResponse;
  readonly format: ValueFormat;
}): ReactNode {
  const cursor = useCursor();
  const index = cursor === undefined ? undefined : indexAt(times.timesMillis, times.stepMillis, cursor);
  return <Cell value={index === undefined ? undefined : (line.held[index] ?? undefined)} format={format} />;
}

function Cell({
  value,
  format,
  quiet = false,
}: {
  readonly value: number | undefined;
  readonly format: ValueFormat;
  readonly quiet?: boolean;
}): ReactNode {
  return (
    <td className={`num ${quiet ? 't2' : ''}`}>
      {value === undefined ? <span className="t3">—</span> : <Measure of={format.quantity(value)} />}
    </td>
  );
}
