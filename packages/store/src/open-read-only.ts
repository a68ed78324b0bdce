import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Store, StoreOpenError } from './contract.ts';
import { openStore } from './open.ts';

/** A store that is only asked. */
export type ReadOnlyStore = Omit<Store, 'append' | 'flush' | 'backup'>;

/** Longer than any telemetry is old. */
const NEVER_MILLIS = Number.MAX_SAFE_INTEGER;

/**
 * Opens a store that no process has open, to ask it and close it again. Rows that are in the journal only are seen too:
 * for that the store is opened as its writer would, under its lock, with nothing removed for its age or the store's size.
 * Rejects with `StoreOpenError` when there is no store in the folder, a process has it open (ask that one), or the folder
 * cannot be written.
 */
export async function openStoreReadOnly(directory: string): Promise<ReadOnlyStore> {
  const folder = resolve(directory);
  if (!existsSync(join(folder, 'store.json'))) {
    throw new StoreOpenError(`${folder}: expected a store, found none`);
  }
  const {
    append: _append,
    flush: _flush,
    backup: _backup,
    ...asked
  } = await openStore({
    directory: folder,
    retentionMillis: NEVER_MILLIS,
    maxFileAgeMillis: NEVER_MILLIS,
    maxBytes: Number.MAX_SAFE_INTEGER,
  });
  return asked;
}
