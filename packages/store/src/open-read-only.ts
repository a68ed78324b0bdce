import { accessSync, constants, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { checkUnlocked, DirectoryLockedError } from '@otelier/journal';
import { backupStore } from './backup/backup.ts';
import { type Store, type StoreEvent, StoreOpenError } from './contract.ts';
import type { StoreEncryptionOptions } from './encryption/contract.ts';
import { type OpenKeys, openKeys, readerKeys, requireEncryption } from './encryption/open-encryption.ts';
import { openStore } from './open.ts';
import { createStoreReader, storeOf } from './read/reader.ts';
import { linkStore, type ReadOnlyCopy } from './read-only-copy.ts';
import { SCHEMA_VERSION } from './schema.ts';
import { ThreadClient } from './write/client.ts';
import { createSnapshotAccess } from './write/snapshots.ts';
import { isEncryptedVersion, readStoreVersion } from './write/version.ts';

/** A store that only serves queries. */
export type ReadOnlyStore = Omit<Store, 'append' | 'flush' | 'backup'>;

/** A retention period longer than the age of any telemetry, in milliseconds. */
const NEVER_MILLIS = Number.MAX_SAFE_INTEGER;
const KEEP_ALL = { retentionMillis: NEVER_MILLIS, maxFileAgeMillis: NEVER_MILLIS, maxBytes: Number.MAX_SAFE_INTEGER };

/**
 * Opens a store that no process has open, for queries. Rows that are only in the journal are included. A writable
 * directory is opened and locked as by a writer, but retention by age and size is disabled; any other directory is
 * opened as by `openUnwritableStore`. Rejects with `StoreOpenError` if the directory contains no store or a process has
 * it open (query that process instead).
 */
export async function openStoreReadOnly(
  directory: string,
  encryption?: StoreEncryptionOptions,
): Promise<ReadOnlyStore> {
  const path = resolve(directory);
  requireStore(path);
  const store = isWritable(path)
    ? await openStore({ directory: path, ...KEEP_ALL, encryption })
    : await openUnwritableStore(path, undefined, encryption);
  const { append: _append, flush: _flush, backup: _backup, ...queried } = store;
  return queried;
}

/**
 * Opens a store without writing to its directory, which may be on a read-only file system or owned by another user.
 * Appends are rejected. Rejects with `StoreOpenError` if the directory contains no store, a process has it open, or it
 * was written by a newer version of the program.
 */
export async function openUnwritableStore(
  directory: string,
  onEvent: (event: StoreEvent) => void = () => undefined,
  encryption?: StoreEncryptionOptions,
): Promise<Store> {
  const path = resolve(directory);
  requireStore(path);
  checkOpenable(path);
  requireEncryption(path, encryption);
  const report = (message: string) => onEvent({ kind: 'error', message });
  const keys = encryption && (await openKeys(path, encryption, report, true));
  const copy = await linkStore(path);
  try {
    const { positions, firstPositions } = copy;
    const options = {
      ...KEEP_ALL,
      directory: copy.directory,
      rowsPerFile: 250_000,
      retryMillis: 5000,
      positions,
      firstPositions,
    };
    const thread = await ThreadClient.start(() => ({ ...options, cutBytes: 0, keys: keys?.ring.keys.all }), {
      event: onEvent,
      discard: () => undefined,
      obstacle: () => undefined,
    });
    return compose(path, copy, thread, { keys, encryption });
  } catch (error) {
    copy.remove();
    throw error;
  }
}

function compose(
  directory: string,
  { directory: copy, positions, remove }: ReadOnlyCopy,
  thread: ThreadClient,
  {
    keys,
    encryption,
  }: { readonly keys?: OpenKeys | undefined; readonly encryption?: StoreEncryptionOptions | undefined },
): Store {
  const access = createSnapshotAccess(thread, () => positions);
  const reader = createStoreReader({ directory: copy, access, ...readerKeys(keys, { encryption }) });
  let closing: Promise<void> | undefined;
  return storeOf(reader, {
    append: () => Promise.resolve({ kind: 'refused', reason: `the store in ${directory} is opened read-only` }),
    settled: () => Promise.resolve(),
    flush: () => Promise.resolve(),
    backup: (target) => backupStore(directory, target, { encryption }),
    stats: async () => {
      const stats = await thread.request('stats', { positions });
      return { ...stats, directory, maxBytes: Number.MAX_SAFE_INTEGER, journalBytes: 0 };
    },
    // Always healthy: queries work, and nothing is stored.
    health: () => ({ kind: 'ok' }),
    checkHealth: async () => ({ kind: 'ok' }),
    close: () => {
      closing ??= reader
        .close()
        .then(() => thread.close())
        .then(remove);
      return closing;
    },
  });
}

function requireStore(directory: string): void {
  if (existsSync(join(directory, 'store.json'))) return;
  throw new StoreOpenError(`${directory}: expected a store, found none`);
}

function checkOpenable(directory: string): void {
  const version = readStoreVersion(join(directory, 'store.json'));
  if (version !== SCHEMA_VERSION && !(version !== undefined && isEncryptedVersion(version))) {
    throw new StoreOpenError(
      `${directory}: expected a store of version ${SCHEMA_VERSION}, got version ${version}, which cannot be read without writing to it`,
    );
  }
  try {
    checkUnlocked(directory);
  } catch (error) {
    if (!(error instanceof DirectoryLockedError)) throw error;
    throw new StoreOpenError(`${error.message}. Query that process, or stop it.`, { cause: error });
  }
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
