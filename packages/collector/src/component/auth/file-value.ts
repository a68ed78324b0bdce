import { type Clock, FileError, ReloadableFiles, readNamedFile } from '@otelier/transport';

const RELOAD_INTERVAL_MILLIS = 5_000;

/**
 * Returns a function that returns the content of a file without surrounding space, and reloads it when the file changes. A
 * file that is missing or empty while it is replaced leaves the previous content in effect. Throws `FileError` if the file
 * cannot be read or is empty at first. `option` is the key of the option with the path.
 */
export function createFileValue(option: string, path: string, clock: Clock): () => string {
  let current = readNamedFile(option, path).toString('utf8').trim();
  if (current === '') throw new FileError(`${option}: expected a file with content, got ${path}, which is empty`);
  const files = new ReloadableFiles([path], RELOAD_INTERVAL_MILLIS, clock);
  return () => {
    if (files.changed()) current = readOrKeep(option, path, current);
    return current;
  };
}

function readOrKeep(option: string, path: string, current: string): string {
  try {
    return readNamedFile(option, path).toString('utf8').trim() || current;
  } catch {
    return current;
  }
}

/** Returns the content of a file if there is one, or a fixed value. */
export function fileOrValue(
  option: string,
  { path, value = '' }: { readonly path: string | undefined; readonly value: string | undefined },
  clock: Clock,
): () => string {
  return path === undefined ? () => value : createFileValue(option, path, clock);
}
