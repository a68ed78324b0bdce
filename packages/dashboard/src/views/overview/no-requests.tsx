import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { timeOf } from '../../data/search.ts';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { usePageWindow } from '../../time/page-window.tsx';
import { describeRange } from '../../time/range.ts';

/** The empty result, with a link to a longer range. */
export function NoRequests({ what }: { readonly what: string }): ReactNode {
  const search = usePageSearch();
  const change = useChangeSearch();
  const { bounds } = describeRange(search, usePageWindow());
  return (
    <EmptyState
      tight
      title={`No ${what} in this range`}
      actions={
        search.last === '24h' && search.from === undefined ? undefined : (
          <button
            type="button"
            className="btn small"
            onClick={() => change({ last: '24h', at: undefined, from: undefined, to: undefined })}
          >
            Search the last 24 h
          </button>
        )
      }
    >
      <p>
        No request spans were received for {bounds}. Other telemetry is in{' '}
        <Link to="/traces" search={timeOf(search)}>
          Traces
        </Link>
        ,{' '}
        <Link to="/logs" search={timeOf(search)}>
          Logs
        </Link>{' '}
        and{' '}
        <Link to="/metrics" search={timeOf(search)}>
          Metrics
        </Link>
        .
      </p>
    </EmptyState>
  );
}
