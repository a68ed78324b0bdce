import type { ReactNode } from 'react';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { formatCount } from '../../format/number.ts';
import { t } from '../../locale/t.ts';

export type LogTab = 'records' | 'patterns' | 'fields';

/** Returns what the view shows of the matching records. */
export function useLogTab(): LogTab {
  const { tab } = usePageSearch();
  return tab === 'patterns' || tab === 'fields' ? tab : 'records';
}

/** Switches between the records, their patterns and their fields. */
export function LogTabs({
  records,
  patterns,
  fields,
}: {
  /** Number of records, patterns and fields, if known. */
  readonly records: number | undefined;
  readonly patterns?: number | undefined;
  readonly fields?: number | undefined;
}): ReactNode {
  const tab = useLogTab();
  const change = useChangeSearch();
  const tabs = [
    { id: 'records', title: t('Records'), count: records },
    { id: 'patterns', title: t('Patterns'), count: patterns },
    { id: 'fields', title: t('Fields'), count: fields },
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
