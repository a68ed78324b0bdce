import type { DocumentResponse, DocumentsResponse, JsonValue } from '@otelier/query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { getJson, RequestFailure } from '../../../data/client.ts';
import { idFor, useChangeDocuments, useDocuments } from '../../../data/documents/documents.ts';
import { timeOf } from '../../../data/search.ts';
import { usePageSearch } from '../../../data/use-search.ts';
import { t } from '../../../locale/t.ts';
import { EMPTY_BOARD, newPanelId, type Panel, type PanelContent } from '../model/board.ts';
import { placeBelow } from '../model/layout.ts';
import { readBoard } from '../model/read-board.ts';
import './pin.css';

const NEW = '';
const MAX_TRIES = 3;

/** Chooses the board for a chart, and saves it there. */
export function PinForm({ title, content }: { readonly title: string; readonly content: PanelContent }): ReactNode {
  const documents = useDocuments('board').data?.documents ?? [];
  const { save } = useChangeDocuments();
  const time = timeOf(usePageSearch());
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const [name, setName] = useState('');
  const [panelTitle, setPanelTitle] = useState(title);
  const [failure, setFailure] = useState<string | undefined>(undefined);
  const [pinned, setPinned] = useState<string | undefined>(undefined);
  const board = chosen ?? documents[0]?.id ?? NEW;
  const add = async (): Promise<string> => {
    if (board === NEW) {
      const { documents: all } = await read<DocumentsResponse>('/documents', { kind: 'board' });
      const id = idFor(
        name,
        all.map((one) => one.id),
      );
      const panels = [panelFor(content, panelTitle, [])];
      await save({ kind: 'board', id, name: name.trim(), content: json({ ...EMPTY_BOARD, panels }), revision: 0 });
      return id;
    }
    // Someone else may save the board at the same time; the panel is then added to theirs.
    for (let tries = 1; ; tries += 1) {
      const document = await read<DocumentResponse>(`/documents/board/${encodeURIComponent(board)}`, {});
      const current = readBoard(document.content);
      const panels = [...current.panels, panelFor(content, panelTitle, current.panels)];
      const { id, name: own, revision } = document;
      try {
        await save({ kind: 'board', id, name: own, content: json({ ...current, panels }), revision });
        return id;
      } catch (error) {
        if (!(error instanceof RequestFailure) || error.code !== 'conflict' || tries === MAX_TRIES) throw error;
      }
    }
  };
  if (pinned !== undefined) {
    return (
      <div className="pn-form" role="status">
        <span>{t('Pinned.')}</span>
        <Link to="/boards" search={{ ...time, board: pinned }}>
          {t('Open the board')}
        </Link>
      </div>
    );
  }
  const isReady = board !== NEW || name.trim() !== '';
  return (
    <form
      className="pn-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) add().then(setPinned, (error: Error) => setFailure(error.message));
      }}
    >
      <label>
        {t('Board')}
        <select className="input" value={board} onChange={(event) => setChosen(event.target.value)}>
          {documents.map((one) => (
            <option key={one.id} value={one.id}>
              {one.name}
            </option>
          ))}
          <option value={NEW}>{t('New board')}</option>
        </select>
      </label>
      {board === NEW && (
        <label>
          {t('Name of the board')}
          <input
            className="input"
            type="text"
            maxLength={120}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </label>
      )}
      <label>
        {t('Title of the panel')}
        <input
          className="input"
          type="text"
          maxLength={200}
          value={panelTitle}
          onChange={(event) => setPanelTitle(event.target.value)}
        />
      </label>
      {failure !== undefined && (
        <p className="err" role="alert">
          {failure}
        </p>
      )}
      <button type="submit" className="btn small primary" disabled={!isReady}>
        {t('Pin')}
      </button>
    </form>
  );
}

function panelFor(content: PanelContent, title: string, panels: readonly Panel[]): Panel {
  return { id: newPanelId(panels), title: title.trim(), place: placeBelow(panels, 6, 7), ...content };
}

function read<Data>(path: string, params: Readonly<Record<string, string>>): Promise<Data> {
  return getJson<Data>(path, params, new AbortController().signal);
}

function json(value: unknown): JsonValue {
  return value as JsonValue;
}
