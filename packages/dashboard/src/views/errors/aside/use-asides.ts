import type { DocumentResponse, DocumentsResponse, ErrorCause } from '@otelier/query';
import { useMemo } from 'react';
import { getJson, RequestFailure } from '../../../data/client.ts';
import { readDocument, useChangeDocuments, useDocuments } from '../../../data/documents/documents.ts';
import { offerUndo } from '../../../data/documents/undo.ts';
import { useApiQuery } from '../../../data/use-api-query.ts';
import { t } from '../../../locale/t.ts';
import { type AsideState, type Asides, readAsides, writeAsides } from './aside.ts';

const KIND = 'triage';
const ID = 'errors';
/** How often a change is repeated that someone else's change preceded. */
const ATTEMPTS = 4;

/** Errors that are set aside, which the server keeps, and functions that change them. */
export interface UseAsides {
  readonly asides: Asides;
  /** Sets an error aside, or with `undefined` takes it back. Rejects with a `RequestFailure`. */
  readonly set: (cause: ErrorCause, state: AsideState | undefined) => Promise<void>;
}

/** Returns the errors that are set aside. */
export function useAsides(): UseAsides {
  const { save } = useChangeDocuments();
  const asides = useKnownAsides();
  const change = async (edit: (asides: Asides) => Asides): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      const current = (await isKept()) ? await readDocument(KIND, ID) : undefined;
      const content = writeAsides(edit(readAsides(current?.content)));
      try {
        await save({ kind: KIND, id: ID, name: 'Errors', content, revision: current?.revision ?? 0 });
        return;
      } catch (error) {
        const isConflict = error instanceof RequestFailure && error.status === 409;
        if (!isConflict || attempt === ATTEMPTS) throw error;
      }
    }
  };
  return {
    asides,
    async set(cause, state) {
      const { fingerprint, type } = cause;
      const before = asides.get(fingerprint);
      const aside = state && { state, atMillis: Date.now(), versions: cause.versions.map(({ value }) => value) };
      const put = (entry: typeof before) =>
        change((all) => {
          const next = new Map(all);
          if (entry === undefined) next.delete(fingerprint);
          else next.set(fingerprint, entry);
          return next;
        });
      await put(aside);
      const text = state === undefined ? t('{type} is listed again', { type }) : t('{type} is set aside', { type });
      offerUndo({ text, undo: () => put(before) });
    },
  };
}

/** Returns the errors that are set aside, for views that do not change them. `batch` is that of an `ApiQuery`. */
export function useKnownAsides(batch = false): Asides {
  const known = useDocuments(KIND, batch).data?.documents.some(({ id }) => id === ID) === true;
  const { data } = useApiQuery<DocumentResponse>({
    path: `/documents/${KIND}/${ID}`,
    enabled: known,
    staleMillis: 5000,
  });
  return useMemo(() => readAsides(data?.content), [data]);
}

/** Returns whether the server keeps the document. */
async function isKept(): Promise<boolean> {
  const { signal } = new AbortController();
  const { documents } = await getJson<DocumentsResponse>('/documents', { kind: KIND }, signal);
  return documents.some(({ id }) => id === ID);
}
