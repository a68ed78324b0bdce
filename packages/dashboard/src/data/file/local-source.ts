import { useSyncExternalStore } from 'react';

/**
 * Returns the response to a request without the API, or `undefined`. Responses that consist of lines are lists of
 * strings.
 */
export type LocalSource = (path: string, params: LocalParams) => unknown;

/** The parameters of a request. */
type LocalParams = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** An opened file, whose traces the page shows without storing them. */
export interface OpenedFile {
  readonly name: string;
  readonly source: LocalSource;
}

let opened: OpenedFile | undefined;
const listeners = new Set<() => void>();

/** Shows the traces of a file instead of the stored ones, or the stored ones again. */
export function setOpenedFile(file: OpenedFile | undefined): void {
  opened = file;
  for (const listener of listeners) listener();
}

/** Returns the response of the opened file to a request, if it has one. */
export function localResponse(path: string, params: LocalParams): unknown {
  return opened?.source(path, params);
}

/** Returns the opened file. */
export function useOpenedFile(): OpenedFile | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => opened,
  );
}
