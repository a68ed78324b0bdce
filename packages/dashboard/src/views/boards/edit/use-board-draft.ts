import type { DocumentResponse, JsonValue } from '@otelier/query';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { RequestFailure } from '../../../data/client.ts';
import { useChangeDocuments } from '../../../data/documents/documents.ts';
import type { Board } from '../model/board.ts';

/** A board as its user has changed it. */
export interface BoardDraft {
  readonly board: Board;
  readonly name: string;
  /** Number of changes that are not saved. */
  readonly changes: number;
  readonly canUndo: boolean;
  readonly failure: RequestFailure | undefined;
  readonly change: (board: Board) => void;
  readonly rename: (name: string) => void;
  readonly undo: () => void;
  readonly save: () => Promise<void>;
  /** Drops all changes. */
  readonly discard: () => void;
}

interface State {
  readonly board: Board;
  readonly name: string;
}

const MAX_UNDO = 200;

/** Changes that are not saved, by the ID of the board. They stay while other views are visited. */
const unsaved = new Map<string, { readonly states: readonly State[]; readonly revision: number }>();

/** Returns a board that can be changed, with all states before it. Changes are saved together. */
export function useBoardDraft(document: DocumentResponse, saved: Board): BoardDraft {
  const { save } = useChangeDocuments();
  const original = useMemo<State>(() => ({ board: saved, name: document.name }), [saved, document.name]);
  // The states up to the present one. Without any, the board is as the server keeps it.
  const kept = unsaved.get(document.id);
  const [states, setStates] = useState<readonly State[]>(kept?.states ?? []);
  const [failure, setFailure] = useState<RequestFailure | undefined>(undefined);
  const present = states.at(-1) ?? original;
  // Changes apply to the revision from which they started, even if someone else has saved another one since.
  const revision = useRef(kept?.revision ?? document.revision);
  if (states.length === 0) revision.current = document.revision;
  useEffect(() => {
    if (states.length === 0) {
      unsaved.delete(document.id);
      return;
    }
    unsaved.set(document.id, { states, revision: revision.current });
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [states, document.id]);
  const push = (next: State): void => setStates((before) => [...before, next].slice(-MAX_UNDO));
  return {
    ...present,
    changes: states.length,
    canUndo: states.length > 0,
    failure,
    change: (board) => push({ ...present, board }),
    rename: (name) => push({ ...present, name }),
    undo: () => setStates((before) => before.slice(0, -1)),
    discard: () => {
      setStates([]);
      setFailure(undefined);
    },
    async save() {
      try {
        await save({
          kind: 'board',
          id: document.id,
          name: present.name,
          content: present.board as unknown as JsonValue,
          revision: revision.current,
        });
        setStates([]);
        setFailure(undefined);
      } catch (error) {
        setFailure(error as RequestFailure);
      }
    },
  };
}
