import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Moves an unusable file to a directory for damaged files and returns its new path. Never deletes a file. The file is
 * named `name`, with a number appended if that name exists.
 */
export function setAside(path: string, directory: string, name: string): string {
  mkdirSync(directory, { recursive: true });
  let target = join(directory, name);
  for (let number = 1; existsSync(target); number++) target = join(directory, `${name}.${number}`);
  renameSync(path, target);
  for (const changed of [dirname(path), directory]) syncDirectory(changed);
  return target;
}

/** Makes the creation and removal of files in a directory durable, without other work meanwhile. */
export function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
