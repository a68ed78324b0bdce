import type { ReactNode } from 'react';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
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
          ? 'No log records in this range'
          : conditions === 1
            ? 'No record matches the condition'
            : `No record matches all ${conditions} conditions`
      }
      actions={
        <>
          {conditions > 0 && (
            <button
              type="button"
              className="btn small"
              onClick={() => change({ where: undefined, text: undefined, trace: undefined, span: undefined })}
            >
              Remove all conditions
            </button>
          )}
          {(last !== '24h' || from !== undefined) && (
            <button
              type="button"
              className="btn small"
              onClick={() => change({ last: '24h', at: undefined, from: undefined, to: undefined })}
            >
              Search the last 24 h
            </button>
          )}
        </>
      }
    >
      {live && <p>New ones appear here as they arrive.</p>}
    </EmptyState>
  );
}
