import type { Clock } from '@otelier/transport/clock';
import { FileError, readNamedFile, reloadableValue } from '@otelier/transport/reloadable-files';

/**
 * Reads the content of a file without surrounding space. Throws `FileError` if it cannot be read or is empty. `option` is
 * the key of the option with the path.
 */
export function readFileValue(option: string, path: string): string {
  const content = readNamedFile(option, path).toString('utf8').trim();
  if (content === '') throw new FileError(`${option}: expected a file with content, got ${path}, which is empty`);
  return content;
}

/** Returns a function that returns the content of a file as `readFileValue` does, and reloads it when the file changes. */
export function createFileValue(option: string, path: string, clock: Clock): () => string {
  return reloadableValue(path, () => readFileValue(option, path), clock);
}

/** Returns the content of a file if there is one, or a fixed value. */
export function fileOrValue(
  option: string,
  { path, value = '' }: { readonly path: string | undefined; readonly value: string | undefined },
  clock: Clock,
): () => string {
  return path === undefined ? () => value : createFileValue(option, path, clock);
}
