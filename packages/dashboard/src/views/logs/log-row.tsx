import type { JsonAttributes, LogRecord } from '@otelier/query';
import type { CSSProperties, ReactNode } from 'react';
import { formatMillis, millisOf } from '../../format/time.ts';
import { t } from '../../locale/t.ts';
import { columnName, columnText } from '../../parts/columns/columns.ts';
import { Icon } from '../../parts/icon.tsx';
import { ServiceMark } from '../../parts/service-mark.tsx';
import { SeverityLetter } from '../../parts/severity.tsx';
import { withoutAnsi } from './ansi.ts';
import { Marked } from './marked.tsx';

const MAX_ATTRIBUTES = 8;

/** A record on a single line: time, severity, service, message and trace. */
export function LogRow({
  record,
  selected,
  open,
  wrap,
  columns,
  searchText,
  onToggle,
  onTrace,
}: {
  readonly record: LogRecord;
  readonly selected: boolean;
  readonly open: boolean;
  readonly wrap: boolean;
  readonly columns: readonly string[];
  readonly searchText: string | undefined;
  readonly onToggle: () => void;
  readonly onTrace: () => void;
}): ReactNode {
  const hasTrace = record.traceId !== undefined && record.traceId !== null && record.traceId !== '';
  return (
    <div className={`lo-row ${selected ? 'sel' : ''} ${wrap ? 'wrap' : ''}`}>
      <button type="button" className="lo-main" style={gridOf(columns)} aria-expanded={open} onClick={onToggle}>
        <span className="ts">{formatMillis(millisOf(record.timeNanos))}</span>
        <SeverityLetter number={record.severityNumber} />
        <span className="sv">
          <ServiceMark service={record.service} />
          <span className="cut">{record.service}</span>
        </span>
        {columns.map((column) => (
          <span key={column} className="cut" title={columnText(record, column)}>
            <span className="unseen">{columnName(column)} </span>
            {columnText(record, column)}
          </span>
        ))}
        <span className="body">
          <Marked
            text={record.body === '' ? (record.eventName ?? t('(empty body)')) : withoutAnsi(record.body)}
            searchText={searchText}
          />
          {columns.length === 0 && <Inline attributes={record.attributes} />}
        </span>
      </button>
      {hasTrace && (
        <button type="button" className="tc" title={t('Open its trace')} onClick={onTrace}>
          <Icon name="traces" size={12} />
          <span className="unseen">{t('Open trace')} </span>
          {record.traceId?.slice(0, 6)}
        </button>
      )}
    </div>
  );
}

/** Returns the grid of a row with columns for attributes. */
export function gridOf(columns: readonly string[]): CSSProperties | undefined {
  if (columns.length === 0) return undefined;
  return { gridTemplateColumns: `92px 16px 112px repeat(${columns.length}, minmax(64px, 132px)) minmax(160px, 1fr)` };
}

function Inline({ attributes }: { readonly attributes: JsonAttributes }): ReactNode {
  const entries = Object.entries(attributes).slice(0, MAX_ATTRIBUTES);
  if (entries.length === 0) return null;
  return (
    <span className="at">
      {entries.map(([key, value]) => (
        <span key={key}>
          {' '}
          {key}=<b>{typeof value === 'object' ? JSON.stringify(value) : String(value)}</b>
        </span>
      ))}
    </span>
  );
}
