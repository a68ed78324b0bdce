import type { ReactNode } from 'react';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { formatCount } from '../../format/number.ts';
import { t } from '../../locale/t.ts';

export type LogTab = 'records' | 'patterns';

/** Returns what the view shows of the matching records. */
export function useLogTab(): LogTab {
  return usePageSearch().tab === 'patterns' ? 'patterns' : 'records';
}

/** Switches between the records and their patterns. */
export function LogTabs({
  records,
  patterns,
}: {
  /** Number of records and patterns, if known. */
  readonly records: number | undefined;
  readonly patterns?: number | undefined;
}): ReactNode {
  const tab = useLogTab();
  const change = useChangeSearch();
  const tabs = [
    { id: 'records', title: t('Records'), count: records },
    { id: 'patterns', title: t('Patterns'), count: patterns },
  ] as const;
  return (
    <div className="tabs lo-tabs" role="tablist" aria-label={t('Matching records')}>
      {tabs.map(({ id, title, count }) => (
        <button
          key={id}
          type="button"
          role="tab"
          aria-selected={tab === id}
          onClick={() => change({ tab: id === 'records' ? undefined : id, record: undefined })}
        >
          {title}
          <span className="n">{count === undefined ? '' : formatCount(count)}</span>
        </button>
      ))}
    </div>
  );
}
