import { Link } from '@tanstack/react-router';
import { type ReactNode, useCallback, useRef, useState } from 'react';
import { useChangeDocuments, useDocuments } from '../../data/documents/documents.ts';
import { timeOf } from '../../data/search.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { formatBytes } from '../../format/quantity.ts';
import { formatDay, formatMinute } from '../../format/time.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Icon } from '../../parts/icon.tsx';
import { LoadingRows } from '../../parts/loading.tsx';
import { Popover } from '../../parts/popover.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import { useKeys } from '../../shell/keys.ts';
import { useCreateBoard } from './edit/use-create-board.ts';
import { useImport } from './import/use-import.ts';
import { EMPTY_BOARD } from './model/board.ts';

/** All boards of the server. A file that is dropped here is imported. */
export function BoardList(): ReactNode {
  const result = useDocuments('board');
  const time = timeOf(usePageSearch());
  const { remove } = useChangeDocuments();
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const { open, failure, dropHandlers } = useImport();
  const documents = result.data?.documents ?? [];
  const message = problem ?? failure;
  return (
    <section className="pane bo-list" aria-label="All boards" {...dropHandlers}>
      <div className="bo-bar bb">
        <h2 className="med">All boards</h2>
        <span className="t3 s12">kept by this server, shared by everyone who uses it</span>
        <span className="push row">
          <button type="button" className="btn" onClick={open}>
            <Icon name="download" />
            Import<kbd>I</kbd>
          </button>
          <NewBoard />
        </span>
      </div>
      {message !== undefined && (
        <p className="bo-problem err bb" role="alert">
          <Icon name="warn" />
          {message}
        </p>
      )}
      <QueryResult result={result} loading={<LoadingRows rows={8} />}>
        {() =>
          documents.length === 0 ? (
            <EmptyState title="No board yet">
              <p>
                A board shows charts of any view side by side. Press <kbd>N</kbd> for an empty one, or choose <b>Pin</b>{' '}
                at a chart of Overview, Traces, Logs, Metrics, Query or a service.
              </p>
              <p>
                <b>Import</b> takes boards of otelier and dashboards of Grafana as JSON. Files can also be dropped here.
              </p>
            </EmptyState>
          ) : (
            <div className="scroll">
              <table aria-label="Boards">
                <thead>
                  <tr>
                    <th>Name</th>
                    <th>Saved</th>
                    <th className="num">Size</th>
                    <th aria-label="Actions" />
                  </tr>
                </thead>
                <tbody>
                  {documents.map(({ id, name, revision, updatedMillis, sizeBytes }) => (
                    <tr key={id}>
                      <td>
                        <Link to="/boards" search={{ ...time, board: id }} className="med">
                          {name}
                        </Link>
                      </td>
                      <td className="t2">
                        {formatDay(updatedMillis)} {formatMinute(updatedMillis)}
                      </td>
                      <td className="num t2">{formatBytes(sizeBytes)}</td>
                      <td className="num">
                        <button
                          type="button"
                          className="btn small bare icononly"
                          aria-label={`Remove ${name}`}
                          title="Remove"
                          onClick={() =>
                            void remove({ kind: 'board', id, revision }).catch((error: Error) =>
                              setProblem(error.message),
                            )
                          }
                        >
                          <Icon name="close" />
                        </button>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </QueryResult>
    </section>
  );
}

function NewBoard(): ReactNode {
  const [shown, setShown] = useState(false);
  const [name, setName] = useState('');
  const [failure, setFailure] = useState<string | undefined>(undefined);
  const create = useCreateBoard();
  const field = useRef<HTMLInputElement>(null);
  const close = useCallback(() => setShown(false), []);
  useKeys('Boards', [{ press: 'n', does: 'new board', hint: 'new board', run: () => setShown(true) }]);
  const submit = async (): Promise<void> => {
    try {
      await create(name.trim(), EMPTY_BOARD, { edit: 'board' });
    } catch (error) {
      setFailure((error as Error).message);
    }
  };
  return (
    <span className="anchor">
      <button
        type="button"
        className="btn primary"
        aria-haspopup="dialog"
        aria-expanded={shown}
        onClick={() => setShown(!shown)}
      >
        <Icon name="plus" />
        New board<kbd>N</kbd>
      </button>
      {shown && (
        <Popover label="New board" align="right" onClose={close}>
          <form
            className="bo-form"
            onSubmit={(event) => {
              event.preventDefault();
              if (name.trim() !== '') void submit();
            }}
          >
            <label>
              Name
              <input
                ref={field}
                className="input"
                type="text"
                maxLength={120}
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
            </label>
            {failure !== undefined && (
              <p className="err" role="alert">
                {failure}
              </p>
            )}
            <button type="submit" className="btn small primary" disabled={name.trim() === ''}>
              Create
            </button>
          </form>
        </Popover>
      )}
    </span>
  );
}
