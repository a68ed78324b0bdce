import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { recordKey, timeOfKey } from '../../data/record-key.ts';
import type { PageSearch } from '../../data/search.ts';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { plural } from '../../format/number.ts';
import { t } from '../../locale/t.ts';
import { ColumnPicker } from '../../parts/columns/column-picker.tsx';
import { Failure } from '../../parts/failure.tsx';
import { Icon } from '../../parts/icon.tsx';
import { LoadingRows } from '../../parts/loading.tsx';
import { Segmented } from '../../parts/segmented.tsx';
import { useKeys } from '../../shell/keys.ts';
import { lengthOf } from '../../time/range.ts';
import { DownloadMenu } from './download-menu.tsx';
import { HeldBanner } from './held-banner.tsx';
import { LogList } from './log-list.tsx';
import { LogTabs } from './log-tabs.tsx';
import { arrivedSince, mergeTail } from './log-tail.ts';
import { NoLogs } from './no-logs.tsx';
import { useLogFilter } from './use-log-filter.ts';
import { type LogRecords, useLogRecords } from './use-log-records.ts';
import { useLogTail } from './use-log-tail.ts';

/** Maximum time for which a paused list counts new records. */
const PAUSE_MILLIS = 900_000;

/** The list of records with the state of the live tail above it. */
export function LogPane({
  total,
  heldMillis,
  onHold,
}: {
  readonly total: number | undefined;
  readonly heldMillis: number | undefined;
  readonly onHold: (held: boolean) => void;
}): ReactNode {
  const search = usePageSearch();
  const change = useChangeSearch();
  const filter = useLogFilter();
  const order = search.order === 'oldest' ? 'oldest' : 'newest';
  // Each epoch requests the records again and starts a new tail.
  const [epoch, setEpoch] = useState(0);
  const asked = useLogRecords(filter, order, epoch);
  const { live, paused } = followOf(search);
  const [scrolled, setScrolled] = useState(false);
  const [hovered, setHovered] = useState(false);
  const [open, setOpen] = useState<string | undefined>(search.record);
  useTimeOfRecord(open, live, asked);
  const [wrap, setWrap] = useState(false);
  const [resumed, setResumed] = useState(0);
  const still = scrolled || open !== undefined;
  const tail = useLogTail(filter, order === 'newest' && (live || paused), still || hovered || paused, epoch);
  const records = useMemo(
    () => (order === 'newest' ? mergeTail(tail.shown, asked.records) : asked.records),
    [order, tail.shown, asked.records],
  );
  const held = live && still && order === 'newest';
  useEffect(() => onHold(held), [held, onHold]);
  useEffect(() => () => onHold(false), [onHold]);
  const resume = (): void => {
    setOpen(undefined);
    // Changing the key makes the list start at the top.
    setResumed((count) => count + 1);
    tail.showWaiting();
    if (!live) change({ at: undefined, record: undefined }, 'replace');
  };
  useKeys(
    t('Logs'),
    held ? [{ press: ' ', does: t('show new records and resume'), hint: t('resume'), run: resume }] : [],
    'detail',
  );
  const why = paused ? 'paused' : open === undefined ? 'scrolled' : 'open';
  return (
    <section className="pane lo-pane" aria-label={t('Records')}>
      <PaneHead
        total={total}
        waiting={hovered && live && !still ? arrivedSince(tail) : 0}
        skipped={live ? tail.skipped : 0}
        filtered={search.where !== undefined || search.text !== undefined}
        onReadAll={() => setEpoch((count) => count + 1)}
        wrap={wrap}
        onWrap={setWrap}
        order={order}
      />
      {(held || (paused && order === 'newest')) && (
        <HeldBanner
          why={why}
          sinceMillis={search.at ?? heldMillis ?? Date.now()}
          waiting={arrivedSince(tail)}
          over={why === 'scrolled'}
          onResume={resume}
        />
      )}
      <Records asked={asked} empty={records.length === 0} live={live}>
        <LogList
          key={`${order} ${resumed}`}
          records={records}
          asked={asked}
          open={open}
          wrap={wrap}
          onOpen={setOpen}
          onScrolled={setScrolled}
          onHovered={setHovered}
        />
      </Records>
    </section>
  );
}

/** Moves a live view to the time of a linked record if the record is not among the newest. */
function useTimeOfRecord(record: string | undefined, live: boolean, { records, loading }: LogRecords): void {
  const change = useChangeSearch();
  const lengthMillis = lengthOf(usePageSearch());
  // Only a link can refer to a record that is not in the list.
  const [linked, setLinked] = useState(record);
  const isFound = linked !== undefined && records.some((one) => recordKey(one) === linked);
  useEffect(() => {
    if (linked === undefined || loading) return;
    setLinked(undefined);
    const millis = timeOfKey(linked);
    if (!live || isFound || millis === undefined) return;
    // `at` would end on a step boundary, with many newer records before this one.
    change({ from: millis + 1 - lengthMillis, to: millis + 1 }, 'replace');
  }, [linked, loading, live, isFound, lengthMillis, change]);
}

/** Returns whether the range follows the clock, or was paused so recently that new records are still counted. */
function followOf({ at, from }: PageSearch): { readonly live: boolean; readonly paused: boolean } {
  return {
    live: at === undefined && from === undefined,
    paused: at !== undefined && from === undefined && Date.now() - at < PAUSE_MILLIS,
  };
}

function Records({
  asked,
  empty,
  live,
  children,
}: {
  readonly asked: LogRecords;
  readonly empty: boolean;
  readonly live: boolean;
  readonly children: ReactNode;
}): ReactNode {
  if (asked.failure !== undefined) return <Failure failure={asked.failure} retry={asked.retry} />;
  if (asked.loading && empty) return <LoadingRows rows={20} height={22} />;
  return empty ? <NoLogs live={live} /> : children;
}

function PaneHead({
  total,
  waiting,
  skipped,
  filtered,
  onReadAll,
  wrap,
  onWrap,
  order,
}: {
  readonly total: number | undefined;
  readonly waiting: number;
  /** Number of records missing from the list because they arrived faster than it can show them. */
  readonly skipped: number;
  readonly filtered: boolean;
  readonly onReadAll: () => void;
  readonly wrap: boolean;
  readonly onWrap: (wrap: boolean) => void;
  readonly order: 'newest' | 'oldest';
}): ReactNode {
  const change = useChangeSearch();
  return (
    <div className="head bb">
      <LogTabs records={total} />
      {waiting > 0 && <span className="note">{t('{count} wait until the pointer leaves', { count: waiting })}</span>}
      {skipped > 0 && (
        <span className="note row" role="status">
          <Icon name="warn" size={13} />
          {/* Some of the records that the server skipped may not match the filter. */}
          {filtered
            ? t('up to {records} left out, too many to follow live', { records: plural(skipped, 'record') })
            : t('{records} left out, too many to follow live', { records: plural(skipped, 'record') })}
          <button type="button" className="btn small bare" onClick={onReadAll}>
            {t('Read them')}
          </button>
        </span>
      )}
      <span className="push row">
        <button type="button" className="btn small bare" aria-pressed={wrap} onClick={() => onWrap(!wrap)}>
          <Icon name="wrap" />
          {t('Wrap')}
        </button>
        <ColumnPicker signal="logs" />
        <DownloadMenu total={total} order={order} />
        <Segmented
          label={t('Order')}
          value={order}
          options={[
            { value: 'newest', label: t('Newest first') },
            { value: 'oldest', label: t('Oldest first') },
          ]}
          onChange={(value) => change({ order: value === 'newest' ? undefined : value, record: undefined })}
        />
      </span>
    </div>
  );
}
