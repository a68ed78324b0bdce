import { statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setAside } from '@otelier/journal';

/** Directory below a store's for files that cannot be used. They are never deleted. */
export const DAMAGED = 'damaged';

/** Tells of damage: a sentence without its full stop. */
export type Report = (message: string) => void;

/** Moves a file of a store to `damaged/` and reports it with what is lost by that. Returns whether it could be moved. */
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
    const message = error instanceof Error ? error.message : String(error);
    report(`${path}: damaged and left alone: ${reason}; it cannot be moved (${message}); ${lost}`);
    return false;
  }
}
