import type { JsonValue, LogRecord } from '@otelier/query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { attributeField, writeCondition } from '../../data/conditions.ts';
import { type PageSearch, timeOf } from '../../data/search.ts';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { formatOffset } from '../../format/quantity.ts';
import { formatNanos, nanosBetween } from '../../format/time.ts';
import { t } from '../../locale/t.ts';
import { type AttributeActions, AttributeList } from '../../parts/attribute-list.tsx';
import { toggleColumn } from '../../parts/columns/columns.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Icon } from '../../parts/icon.tsx';
import { levelOf } from '../../parts/severity.tsx';
import { LogContext } from './context/log-context.tsx';
import { LogBody } from './log-body.tsx';
import { SamePattern } from './patterns/same-pattern.tsx';

/** Maximum number of attributes that are listed without group headings. */
const FEW = 12;

/** An expanded record, with attributes on the left and the record and its source on the right. */
export function LogDetail({
  record,
  onTrace,
  onContext,
  onShow,
}: {
  readonly record: LogRecord;
  readonly onTrace: () => void;
  readonly onContext: () => void;
  /** Opens another record, after a link to it. */
  readonly onShow: (key: string) => void;
}): ReactNode {
  const { where = [], columns = [], around } = usePageSearch();
  const change = useChangeSearch();
  const narrow = (op: '=' | '!=', of: 'attributes' | 'resource') => (key: string, value: JsonValue) =>
    change({ where: [...where, writeCondition(attributeField(key, of), op, value)], record: undefined });
  const actions = (of: 'attributes' | 'resource'): AttributeActions => ({
    only: narrow('=', of),
    without: narrow('!=', of),
    groupBy: (key) => change({ group: attributeField(key, of) }, 'replace'),
    column: (key) => change({ columns: toggleColumn(columns, `${of}.${key}`) }, 'replace'),
  });
  const hasTrace = record.traceId !== undefined && record.traceId !== null && record.traceId !== '';
  return (
    <div className="lo-detail">
      <div className="acts">
        {hasTrace && (
          <button type="button" className="btn small" onClick={onTrace}>
            <Icon name="traces" />
            {t('Open trace')}
            <kbd>T</kbd>
          </button>
        )}
        <button type="button" className="btn small" aria-pressed={around !== undefined} onClick={onContext}>
          <Icon name="logs" />
          {t('Context')}
          <kbd>X</kbd>
        </button>
        <SamePattern record={record} />
        <CopyButton text={JSON.stringify(record, undefined, 2)} label={t('Copy as JSON')}>
          {t('Copy as JSON')}
        </CopyButton>
        <span className="push t3 s11">
          <code>otel.scope</code> <span className="mono t2">{record.scopeName}</span>
        </span>
      </div>
      {around !== undefined && <LogContext record={record} around={around} onShow={onShow} />}
      <div>
        <LogBody body={record.body} />
        <div className="groupname lo-first">{t('Attributes')}</div>
        <AttributeList
          attributes={record.attributes}
          actions={actions('attributes')}
          of="log record"
          flat={Object.keys(record.attributes).length <= FEW}
        />
      </div>
      <div className="bl">
        <div className="groupname">{t('Record')}</div>
        <dl className="kv">
          <Pair name={t('time')} value={formatNanos(record.timeNanos)} />
          {record.observedTimeNanos && <Pair name={t('observed')} value={observedOf(record)} />}
          <Pair
            name={t('severity')}
            value={`${record.severityText || levelOf(record.severityNumber).toUpperCase()} ${record.severityNumber}`}
          />
          {record.eventName && <Pair name={t('event')} value={record.eventName} />}
          {hasTrace && <Pair name="trace_id" value={record.traceId ?? ''} to={{ trace: record.traceId ?? '' }} />}
          {record.spanId && (
            <Pair name="span_id" value={record.spanId} to={{ trace: record.traceId ?? '', span: record.spanId }} />
          )}
        </dl>
        <div className="groupname">{t('Resource')}</div>
        <AttributeList attributes={record.resourceAttributes} actions={actions('resource')} flat />
      </div>
    </div>
  );
}

function Pair({
  name,
  value,
  to,
}: {
  readonly name: string;
  readonly value: string;
  /** What the value links to in the traces view. */
  readonly to?: PageSearch;
}): ReactNode {
  const time = timeOf(usePageSearch());
  return (
    <div className="pair">
      <dt>{name}</dt>
      <dd title={value}>
        {to === undefined || to.trace === '' ? (
          value
        ) : (
          <Link to="/traces" search={{ ...time, ...to }}>
            {value}
          </Link>
        )}
      </dd>
    </div>
  );
}

function observedOf({ timeNanos, observedTimeNanos }: LogRecord): string {
  const nanos = nanosBetween(timeNanos, observedTimeNanos ?? timeNanos);
  return formatOffset(nanos);
}
