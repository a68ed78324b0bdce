import type { DocumentResponse } from '@otelier/query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useCallback, useState } from 'react';
import { useDocuments } from '../../data/documents/documents.ts';
import { timeOf } from '../../data/search.ts';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { plural } from '../../format/number.ts';
import { t } from '../../locale/t.ts';
import { Icon } from '../../parts/icon.tsx';
import { Popover } from '../../parts/popover.tsx';
import { AddPanel } from './edit/add-panel.tsx';
import { EditVariables } from './edit/load-variable-editor.tsx';
import type { BoardDraft } from './edit/use-board-draft.ts';
import { useCreateBoard } from './edit/use-create-board.ts';
import type { Panel } from './model/board.ts';
import { BOARD_FILE, saveJson } from './model/save-json.ts';

/** The name of the board, its state, and what can be done with it. */
export function BoardBar({
  document,
  draft,
  editing,
  onAdd,
}: {
  readonly document: DocumentResponse;
  readonly draft: BoardDraft;
  readonly editing: boolean;
  readonly onAdd: (panel: Panel) => void;
}): ReactNode {
  const change = useChangeSearch();
  const { board, name, changes, failure } = draft;
  const toggle = (): void => change({ edit: editing ? undefined : 'board', panel: undefined }, 'replace');
  return (
    <>
      <div className="bo-bar bb">
        <BoardMenu id={document.id} name={name} />
        <span className="t3 s12 nowrap">{plural(board.panels.length, 'panel')}</span>
        {changes > 0 && (
          <span className="tag warn" role="status">
            {plural(changes, 'unsaved change')}
          </span>
        )}
        <span className="push row">
          {editing && <Rename name={name} onRename={draft.rename} />}
          {editing && (
            <EditVariables variables={board.variables} onApply={(variables) => draft.change({ ...board, variables })} />
          )}
          {(editing || board.panels.length === 0) && <AddPanel panels={board.panels} onAdd={onAdd} />}
          {(editing || draft.canUndo) && (
            <button type="button" className="btn" disabled={!draft.canUndo} onClick={draft.undo}>
              <Icon name="undo" />
              {t('Undo')}
            </button>
          )}
          <button
            type="button"
            className="btn"
            onClick={() => saveJson({ kind: BOARD_FILE, name, ...board }, `${document.id}.json`)}
          >
            <Icon name="download" />
            {t('Export')}
          </button>
          <button type="button" className="btn" aria-pressed={editing} onClick={toggle}>
            {editing ? t('Editing') : t('Edit')}
            <kbd>E</kbd>
          </button>
          {(editing || changes > 0) && (
            <button
              type="button"
              className="btn primary"
              disabled={changes === 0}
              aria-keyshortcuts="Control+s"
              onClick={() => void draft.save()}
            >
              {t('Save')}
            </button>
          )}
        </span>
      </div>
      {failure !== undefined && <SaveProblem draft={draft} document={document} />}
    </>
  );
}

/** Why the board was not saved, and the ways out. */
function SaveProblem({
  draft,
  document,
}: {
  readonly draft: BoardDraft;
  readonly document: DocumentResponse;
}): ReactNode {
  const create = useCreateBoard();
  const { failure, name, board } = draft;
  return (
    <p className="bo-problem bb" role="alert">
      <span className="err row">
        <Icon name="warn" />
      </span>
      <span className="cut">
        {failure?.code === 'conflict'
          ? t('Someone else has saved this board since you opened it.')
          : t('The board was not saved: {message}', { message: failure?.message ?? '' })}
      </span>
      <span className="push row">
        <button
          type="button"
          className="btn small"
          onClick={() => void create(`${name} (copy)`, board).catch(() => undefined)}
        >
          {t('Save as a copy')}
        </button>
        <button
          type="button"
          className="btn small"
          onClick={() => saveJson({ kind: BOARD_FILE, name, ...board }, `${document.id}.json`)}
        >
          {t('Export')}
        </button>
        <button type="button" className="btn small" onClick={draft.discard}>
          {t('Drop my changes')}
        </button>
      </span>
    </p>
  );
}

function BoardMenu({ id, name }: { readonly id: string; readonly name: string }): ReactNode {
  const [open, setOpen] = useState(false);
  const close = useCallback(() => setOpen(false), []);
  const documents = useDocuments('board').data?.documents ?? [];
  const time = timeOf(usePageSearch());
  return (
    <span className="anchor bo-name">
      <button type="button" aria-haspopup="dialog" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span className="med cut">{name}</span>
        <Icon name="down" size={12} />
      </button>
      {open && (
        <Popover label={t('Boards')} onClose={close}>
          <div className="menu">
            {documents.map((one) => (
              <Link
                key={one.id}
                to="/boards"
                search={{ ...time, board: one.id }}
                className="option"
                aria-current={one.id === id ? 'page' : undefined}
                onClick={close}
              >
                <span className="cut">{one.name}</span>
              </Link>
            ))}
            <Link to="/boards" search={time} className="option t2" onClick={close}>
              {t('All boards')}
            </Link>
          </div>
        </Popover>
      )}
    </span>
  );
}

function Rename({ name, onRename }: { readonly name: string; readonly onRename: (name: string) => void }): ReactNode {
  const [text, setText] = useState(name);
  const commit = (): void => {
    if (text.trim() !== '' && text !== name) onRename(text.trim());
  };
  return (
    <input
      className="input"
      type="text"
      aria-label={t('Name of the board')}
      maxLength={120}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit();
      }}
    />
  );
}
