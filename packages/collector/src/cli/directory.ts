import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CommandFailure } from './failure.ts';

/**
 * Throws if a directory does not contain a store. Commands that only read call it first, because opening a store would
 * create one.
 */
export function requireStore(directory: string): void {
  if (!existsSync(join(directory, 'store.json')))
    throw new CommandFailure(
      `There is no store in ${directory}: expected the directory passed with --data, which contains store.json.`,
    );
}

/** Throws if a directory contains neither a store nor a backup. */
export function requireStoreOrBackup(directory: string): void {
  if (!existsSync(join(directory, 'backup.json'))) requireStore(directory);
}
