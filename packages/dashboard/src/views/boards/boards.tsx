import type { DocumentResponse } from '@otelier/query';
import { type ReactNode, useMemo } from 'react';
import { useApiQuery } from '../../data/use-api-query.ts';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { rich, t } from '../../locale/t.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Failure } from '../../parts/failure.tsx';
import { LoadingRows } from '../../parts/loading.tsx';
import '../logs/logs.css';
import '../query/query.css';
import { BoardList } from './board-list.tsx';
import { BoardView } from './board-view.tsx';
import './boards.css';
import type { Board } from './model/board.ts';
import { BoardError, readBoard } from './model/read-board.ts';
import { saveJson } from './model/save-json.ts';

/** The view of boards: one of them, or the list. */
export function Boards(): ReactNode {
  const { board } = usePageSearch();
  return board === undefined ? <BoardList /> : <OpenBoard key={board} id={board} />;
}

function OpenBoard({ id }: { readonly id: string }): ReactNode {
  const change = useChangeSearch();
  const result = useApiQuery<DocumentResponse>({
    path: `/documents/board/${encodeURIComponent(id)}`,
    keep: false,
    staleMillis: 5000,
  });
  const { data } = result;
  const read = useMemo(() => (data === undefined ? undefined : tryRead(data.content)), [data]);
  const toList = (
    <button
      type="button"
      className="btn small"
      onClick={() => change({ board: undefined, panel: undefined, edit: undefined })}
    >
      {t('All boards')}
    </button>
  );
  if (result.failure?.code === 'not_found' || result.failure?.code === 'bad_request') {
    return (
      <section className="pane" aria-label={t('Board')}>
        <EmptyState title={t('There is no such board')} actions={toList}>
          <p>
            {rich('{board} was removed, or the link is incomplete.', { board: <span className="mono">{id}</span> })}
          </p>
        </EmptyState>
      </section>
    );
  }
  if (result.failure !== undefined) return <Failure failure={result.failure} retry={result.retry} />;
  if (data === undefined || read === undefined) return <LoadingRows rows={12} height={36} />;
  if (typeof read === 'string') {
    return (
      <section className="pane" aria-label={t('Board')}>
        <EmptyState
          title={t('“{name}” cannot be shown', { name: data.name })}
          actions={
            <>
              <button type="button" className="btn small" onClick={() => saveJson(data.content, `${data.id}.json`)}>
                {t('Download the document')}
              </button>
              {toList}
            </>
          }
        >
          <p>{t('The server keeps a document that is not a board of this version:')}</p>
          <pre className="code">{read}</pre>
        </EmptyState>
      </section>
    );
  }
  return <BoardView document={data} saved={read} />;
}

/** Returns the board, or why the document is none. */
function tryRead(content: unknown): Board | string {
  try {
    return readBoard(content);
  } catch (error) {
    if (error instanceof BoardError) return error.message;
    throw error;
  }
}
