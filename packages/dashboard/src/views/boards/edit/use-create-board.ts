import type { DocumentsResponse, JsonValue } from '@otelier/query';
import { useCallback } from 'react';
import { getJson } from '../../../data/client.ts';
import { idFor, useChangeDocuments } from '../../../data/documents/documents.ts';
import type { PageSearch } from '../../../data/search.ts';
import { useChangeSearch } from '../../../data/use-search.ts';
import type { Board } from '../model/board.ts';

/** Largest length of a name that the server takes. */
export const MAX_NAME = 120;

/** Returns a function that saves a new board and opens it. It rejects with a `RequestFailure`. */
export function useCreateBoard(): (name: string, board: Board, more?: PageSearch) => Promise<string> {
  const { save } = useChangeDocuments();
  const change = useChangeSearch();
  return useCallback(
    async (name, board, more = {}) => {
      const { documents } = await getJson<DocumentsResponse>(
        '/documents',
        { kind: 'board' },
        new AbortController().signal,
      );
      const id = idFor(
        name,
        documents.map((one) => one.id),
      );
      await save({
        kind: 'board',
        id,
        name: name.slice(0, MAX_NAME),
        content: board as unknown as JsonValue,
        revision: 0,
      });
      change({ board: id, ...more });
      return id;
    },
    [save, change],
  );
}
