import { statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setAside } from '@otelier/journal';
import { errorMessage } from '../../error-message.ts';

/** Name of the subdirectory for unusable files. They are never deleted. */
export const DAMAGED = 'damaged';

/** Reports damage: a sentence without its final period. */
export type Report = (message: string) => void;

/** Moves a file of a store to `damaged/` and reports it with the resulting loss. Returns whether it could be moved. */
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
