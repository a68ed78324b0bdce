import type { ReactNode } from 'react';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { Nothing } from '../../parts/nothing.tsx';
import { usePageWindow } from '../../time/page-window.tsx';
import { describeRange } from '../../time/range.ts';

/** Nothing in this range, with the way to a longer one. */
export function NoRequests({ what }: { readonly what: string }): ReactNode {
  const search = usePageSearch();
  const change = useChangeSearch();
  const { bounds } = describeRange(search, usePageWindow());
  return (
    <Nothing
      tight
      title={`No ${what} in this range`}
      actions={
        search.last === '24h' && search.from === undefined ? undefined : (
          <button
            type="button"
            className="btn small"
            onClick={() => change({ last: '24h', at: undefined, from: undefined, to: undefined })}
          >
            Look in the last 24 h
          </button>
        )
      }
    >
      <p>Nothing was received for {bounds}.</p>
    </Nothing>
  );
}
