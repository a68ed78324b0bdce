import type { LogRecord } from '@otelier/query';
import { useNavigate } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useRef } from 'react';
import { recordKey } from '../../data/record-key.ts';
import { timeOf } from '../../data/search.ts';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { t } from '../../locale/t.ts';
import { columnName } from '../../parts/columns/columns.ts';
import { ScrollRegion } from '../../parts/scroll/scroll-region.tsx';
import { useKeys } from '../../shell/keys.ts';
import { useListKeys } from '../../shell/use-list-keys.ts';
import { LogDetail } from './log-detail.tsx';
import { gridOf, LogRow } from './log-row.tsx';
import type { LogRecords } from './use-log-records.ts';

const ROW = 24;
const NEAR_END = 40;

/** A virtualized list of records. One record can be expanded in place. */
export function LogList({
  records,
  asked,
  open,
  wrap,
  onOpen,
  onScrolled,
  onHovered,
}: {
  readonly records: readonly LogRecord[];
  readonly asked: LogRecords;
  readonly open: string | undefined;
  readonly wrap: boolean;
  readonly onOpen: (key: string | undefined) => void;
  readonly onScrolled: (scrolled: boolean) => void;
  readonly onHovered: (hovered: boolean) => void;
}): ReactNode {
  const search = usePageSearch();
  const change = useChangeSearch();
  const navigate = useNavigate();
  const { columns = [] } = search;
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: records.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 16,
    getItemKey: (index) => records[index]?.cursor ?? index,
  });
  const current = records.findIndex((record) => recordKey(record) === search.record);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const { hasMore, loadingMore, more } = asked;
  // biome-ignore lint/correctness/useExhaustiveDependencies: requests the next page near the end of the list
  useEffect(() => {
    if (hasMore && !loadingMore && last > records.length - NEAR_END) more();
  }, [last, records.length, hasMore, loadingMore]);
  useEffect(() => () => onScrolled(false), [onScrolled]);
  const select = (index: number): void => {
    const record = records[index];
    change({ record: record && recordKey(record) }, 'replace');
    virtual.scrollToIndex(index, { align: 'auto' });
  };
  const toggle = (record: LogRecord | undefined): void => {
    if (record === undefined) return;
    const key = recordKey(record);
    onOpen(open === key ? undefined : key);
    change({ record: key }, 'replace');
  };
  const openTrace = (record: LogRecord | undefined): void => {
    if (record?.traceId === undefined || record.traceId === null) return;
    void navigate({
      to: '/traces',
      search: { ...timeOf(search), trace: record.traceId, span: record.spanId },
    } as never);
  };
  const toggleContext = (record: LogRecord | undefined): void => {
    if (record === undefined) return;
    const key = recordKey(record);
    const isShown = open === key && search.around !== undefined;
    onOpen(key);
    change({ record: key, around: isShown ? undefined : 'service' }, 'replace');
  };
  useListKeys({
    what: t('record'),
    count: records.length,
    index: current,
    onIndex: select,
    onOpen: (index) => toggle(records[index]),
    openHint: t('expand'),
    rows: { box, row: 'button.lo-main' },
  });
  useKeys(t('View'), [
    {
      press: 't',
      does: t('open the trace of the record'),
      hint: t('open trace'),
      run: () => openTrace(records[current]),
    },
    {
      press: 'x',
      does: t('show the records around the record'),
      hint: t('context'),
      run: () => toggleContext(records[current]),
    },
  ]);
  useKeys(
    t('Record'),
    open === undefined ? [] : [{ press: 'Escape', does: t('close the record'), run: () => onOpen(undefined) }],
    'detail',
  );
  return (
    <ScrollRegion
      scrollRef={box}
      className="scroll lo-list"
      label={t('Log records')}
      onScroll={(event) => onScrolled(event.currentTarget.scrollTop > 4)}
      onPointerEnter={() => onHovered(true)}
      onPointerLeave={() => onHovered(false)}
    >
      {columns.length > 0 && <ColumnHeads columns={columns} />}
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {items.map((item) => {
          const record = records[item.index];
          if (record === undefined) return null;
          return (
            <div
              key={item.key}
              data-index={item.index}
              ref={virtual.measureElement}
              style={{ position: 'absolute', top: 0, left: 0, right: 0, transform: `translateY(${item.start}px)` }}
            >
              <LogRow
                record={record}
                selected={recordKey(record) === search.record}
                open={recordKey(record) === open}
                wrap={wrap}
                columns={columns}
                searchText={search.text}
                onToggle={() => toggle(record)}
                onTrace={() => openTrace(record)}
              />
              {recordKey(record) === open && (
                <LogDetail
                  record={record}
                  onTrace={() => openTrace(record)}
                  onContext={() => toggleContext(record)}
                  onShow={onOpen}
                />
              )}
            </div>
          );
        })}
      </div>
      {loadingMore && (
        <div className="groupname" role="status">
          {t('Reading more')}
        </div>
      )}
      {!hasMore && records.length > 20 && <div className="groupname">{t('No more records in this range')}</div>}
    </ScrollRegion>
  );
}

/** Names the columns of the records. */
function ColumnHeads({ columns }: { readonly columns: readonly string[] }): ReactNode {
  return (
    <div className="lo-row lo-heads">
      <div className="lo-main" style={gridOf(columns)}>
        <span>{t('Time')}</span>
        <span />
        <span>{t('Service')}</span>
        {columns.map((column) => (
          <span key={column} className="cut mono" title={column}>
            {columnName(column)}
          </span>
        ))}
        <span>{t('Body')}</span>
      </div>
    </div>
  );
}
