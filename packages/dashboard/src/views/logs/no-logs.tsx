import type { ReactNode } from 'react';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { t } from '../../locale/t.ts';
import { EmptyState } from '../../parts/empty-state.tsx';

/** The empty result, with suggestions for finding records. */
export function NoLogs({ live }: { readonly live: boolean }): ReactNode {
  const { where = [], text, trace, last, from } = usePageSearch();
  const change = useChangeSearch();
  const conditions = where.length + (text === undefined ? 0 : 1) + (trace === undefined ? 0 : 1);
  return (
    <EmptyState
      title={
        conditions === 0
          ? t('No log records in this range')
          : conditions === 1
            ? t('No record matches the condition')
            : t('No record matches all {conditions} conditions', { conditions })
      }
      actions={
        <>
          {conditions > 0 && (
            <button
              type="button"
              className="btn small"
              onClick={() => change({ where: undefined, text: undefined, trace: undefined, span: undefined })}
            >
              {t('Remove all conditions')}
            </button>
          )}
          {(last !== '24h' || from !== undefined) && (
            <button
              type="button"
              className="btn small"
              onClick={() => change({ last: '24h', at: undefined, from: undefined, to: undefined })}
            >
              {t('Search the last 24 h')}
            </button>
          )}
        </>
      }
    >
      {live && <p>{t('New ones appear here as they arrive.')}</p>}
    </EmptyState>
  );
}
