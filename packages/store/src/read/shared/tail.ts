import { sep } from 'node:path';

const DIRECTORY = `${sep}tail${sep}`;

/**
 * Reports whether a file is a snapshot of pending rows. A store thread that is restarted uses the names of its
 * predecessor's snapshots again, so that their contents cannot be cached by path.
 */
export function isTail(path: string): boolean {
  return path.includes(DIRECTORY);
}
