import type { DocumentEntry, DocumentResponse, DocumentsResponse, JsonValue, SavedDocument } from '@otelier/query';
import { useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { t } from '../../locale/t.ts';
import { getJson, sendJson } from '../client.ts';
import { type QueryState, useApiQuery } from '../use-api-query.ts';
import { offerUndo } from './undo.ts';

export type DocumentKind = DocumentEntry['kind'];

/** A document to save. `revision` is the one that was read; 0 for a new document. */
export interface DocumentToSave {
  readonly kind: DocumentKind;
  readonly id: string;
  readonly name: string;
  readonly content: JsonValue;
  readonly revision: number;
}

/** Returns the documents of a kind that the server keeps. `batch` is that of an `ApiQuery`. */
export function useDocuments(kind: DocumentKind, batch = false): QueryState<DocumentsResponse> {
  return useApiQuery<DocumentsResponse>({ path: '/documents', params: { kind }, staleMillis: 5000, batch });
}

/** Reads a document with its content. */
export async function readDocument(kind: DocumentKind, id: string): Promise<DocumentResponse> {
  return await getJson<DocumentResponse>(pathOf(kind, id), {}, new AbortController().signal);
}

function pathOf(kind: DocumentKind, id: string): string {
  return `/documents/${kind}/${encodeURIComponent(id)}`;
}

/** Returns functions that change documents. They reject with a `RequestFailure`. */
export function useChangeDocuments(): {
  readonly save: (document: DocumentToSave) => Promise<SavedDocument>;
  /** Removes a document, and offers to undo it. */
  readonly remove: (document: Pick<DocumentToSave, 'kind' | 'id' | 'name' | 'revision'>) => Promise<void>;
} {
  const client = useQueryClient();
  const refresh = useCallback(
    (kind: DocumentKind, id: string) =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['/documents'] }),
        client.invalidateQueries({ queryKey: [pathOf(kind, id)] }),
      ]),
    [client],
  );
  const save = async (document: DocumentToSave): Promise<SavedDocument> => {
    const saved = (await sendJson('/documents/save', document)) as SavedDocument;
    await refresh(document.kind, document.id);
    return saved;
  };
  return {
    save,
    async remove({ kind, id, name, revision }) {
      const { content } = await readDocument(kind, id);
      await sendJson('/documents/remove', { kind, id, revision });
      await refresh(kind, id);
      offerUndo({
        text: t('Removed {name}', { name }),
        undo: async () => void (await save({ kind, id, name, content, revision: 0 })),
      });
    },
  };
}

/** Returns a short ID for a name, which no other document has. */
export function idFor(name: string, taken: readonly string[]): string {
  const base =
    name
      .toLowerCase()
      .normalize('NFKD')
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 40) || 'untitled';
  for (let count = 1; ; count += 1) {
    const id = count === 1 ? base : `${base}-${count}`;
    if (!taken.includes(id)) return id;
  }
}
