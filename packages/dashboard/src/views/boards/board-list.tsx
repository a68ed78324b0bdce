import { Link } from '@tanstack/react-router';
import { type ReactNode, useCallback, useRef, useState } from 'react';
import { useChangeDocuments, useDocuments } from '../../data/documents/documents.ts';
import { timeOf } from '../../data/search.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { formatBytes } from '../../format/quantity.ts';
import { formatDay, formatMinute } from '../../format/time.ts';
import { rich, t } from '../../locale/t.ts';
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
    <section className="pane bo-list" aria-label={t('All boards')} {...dropHandlers}>
      <div className="bo-bar bb">
        <h2 className="med">{t('All boards')}</h2>
        <span className="t3 s12">{t('kept by this server, shared by everyone who uses it')}</span>
        <span className="push row">
          <button type="button" className="btn" onClick={open}>
            <Icon name="download" />
            {t('Import')}
            <kbd>I</kbd>
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
            <EmptyState title={t('No board yet')}>
              <p>
                {rich(
                  'A board shows charts of any view side by side. Press {key} for an empty one, or choose {pin} at a chart of Overview, Traces, Logs, Metrics, Query or a service.',
                  { key: <kbd>N</kbd>, pin: <b>{t('Pin')}</b> },
                )}
              </p>
              <p>
                {rich(
                  '{import} takes boards of otelier and dashboards of Grafana as JSON. Files can also be dropped here.',
                  { import: <b>{t('Import')}</b> },
                )}
              </p>
            </EmptyState>
          ) : (
            <div className="scroll">
              <table aria-label={t('Boards')}>
                <thead>
                  <tr>
                    <th>{t('Name')}</th>
                    <th>{t('Saved')}</th>
                    <th className="num">{t('Size')}</th>
                    <th aria-label={t('Actions')} />
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
                          aria-label={t('Remove {name}', { name })}
                          title={t('Remove')}
                          onClick={() =>
                            void remove({ kind: 'board', id, name, revision }).catch((error: Error) =>
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
  useKeys(t('Boards'), [{ press: 'n', does: t('new board'), hint: t('new board'), run: () => setShown(true) }]);
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
        {t('New board')}
        <kbd>N</kbd>
      </button>
      {shown && (
        <Popover label={t('New board')} align="right" onClose={close}>
          <form
            className="bo-form"
            onSubmit={(event) => {
              event.preventDefault();
              if (name.trim() !== '') void submit();
            }}
          >
            <label>
              {t('Name')}
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
              {t('Create')}
            </button>
          </form>
        </Popover>
      )}
    </span>
  );
}
