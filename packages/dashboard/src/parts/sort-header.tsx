import type { ReactNode } from 'react';
import { useChangeSearch } from '../data/use-search.ts';

/** A sortable column header. The sort order is in the URL. */
export function SortHeader({
  name,
  by,
  sort,
  num = false,
}: {
  readonly name: string;
  readonly by: string;
  readonly sort: string;
  readonly num?: boolean;
}): ReactNode {
  const change = useChangeSearch();
  const active = sort === by;
  return (
    <th className={num ? 'num' : ''} aria-sort={active ? (by === 'name' ? 'ascending' : 'descending') : undefined}>
      <button type="button" className={active ? 'sort' : ''} onClick={() => change({ sort: by }, 'replace')}>
        {name}
        {active && (by === 'name' ? ' ↑' : ' ↓')}
      </button>
    </th>
  );
}
