import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { timeOf } from '../../data/search.ts';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { rich, t } from '../../locale/t.ts';
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
      title={t('No {what} in this range', { what })}
      actions={
        search.last === '24h' && search.from === undefined ? undefined : (
          <button
            type="button"
            className="btn small"
            onClick={() => change({ last: '24h', at: undefined, from: undefined, to: undefined })}
          >
            {t('Search the last 24 h')}
          </button>
        )
      }
    >
      <p>
        {rich('No request spans were received for {bounds}. Other telemetry is in {traces}, {logs} and {metrics}.', {
          bounds,
          traces: (
            <Link to="/traces" search={timeOf(search)}>
              {t('Traces')}
            </Link>
          ),
          logs: (
            <Link to="/logs" search={timeOf(search)}>
              {t('Logs')}
            </Link>
          ),
          metrics: (
            <Link to="/metrics" search={timeOf(search)}>
              {t('Metrics')}
            </Link>
          ),
        })}
      </p>
    </EmptyState>
  );
}
