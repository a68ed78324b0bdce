import { statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setAside } from '@otelier/journal';
import { errorMessage } from '../../error-message.ts';

/** Name of the subdirectory for unusable files, which are never deleted. */
export const DAMAGED = 'damaged';

/** A function that reports damage, given as a sentence without the final period. */
export type Report = (message: string) => void;

/**
 * Moves one of a store's files to `damaged/` and reports it together with the resulting loss. Returns whether it could
 * be moved.
 */
export function setAsideDamaged(
  directory: string,
  path: string,
  reason: string,
  lost: string,
  report: Report,
): boolean {
  const name = relative(directory, path).replaceAll('/', '-').replaceAll('\\', '-');
  try {
    const { size } = statSync(path);
    const target = setAside(path, join(directory, DAMAGED), name);
    report(`${path}: damaged, now ${target} (${size} bytes): ${reason}; ${lost}`);
    return true;
  } catch (error) {
    const message = errorMessage(error);
    report(`${path}: damaged and left alone: ${reason}; it cannot be moved (${message}); ${lost}`);
    return false;
  }
}
