import { accessSync, constants, existsSync, statSync, truncateSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { DirectoryLockedError } from './errors.ts';
import { describeOwner, isRunningOldVersion, OwnerFile, readOwner } from './lock-owner.ts';
import { setAside } from './set-aside.ts';

/** Options for `lockDirectory`. */
export interface LockOptions {
  /** Called once if another process opens the directory although this one still holds its lock. */
  readonly onStolen?: (message: string) => void;
  /** How often the owner file is checked and refreshed, in milliseconds. Defaults to 10,000. */
  readonly heartbeatMillis?: number;
}

/**
 * Locks a directory for the calling thread and returns a function that unlocks it. Throws `DirectoryLockedError` if
 * another thread or process holds the lock, and the system error if the directory is not writable.
 *
 * The lock is SQLite's exclusive lock on the empty file `lock.db`. It is held by the kernel (a POSIX record lock), so
 * it is independent of PID namespaces and released when the process exits for any reason. SQLite also rejects a second
 * lock within the same process. The accompanying `lock` file only names the owner. No other code in this process may
 * open `lock.db`: closing any descriptor of a file releases the process's POSIX locks on it.
 */
export function lockDirectory(directory: string, options: LockOptions = {}): () => void {
  const owner = OwnerFile.create(directory);
  let database: DatabaseSync | undefined;
  try {
    database = acquire(directory);
    const old = readOwner(directory);
    if (old !== undefined && isRunningOldVersion(old)) throw lockedError(directory);
    owner.publish();
  } catch (error) {
    database?.close();
    owner.discard();
    throw error;
  }
  const held = database;
  const heartbeat = setInterval(() => {
    const thief = owner.beat();
    if (thief === undefined) return;
    clearInterval(heartbeat);
    options.onStolen?.(
      `${directory}: expected to be the only process that has it open, but ${describeOwner(thief)} opened it too`,
    );
  }, options.heartbeatMillis ?? 10_000);
  heartbeat.unref();
  return () => {
    clearInterval(heartbeat);
    owner.remove();
    if (held.isOpen) held.close();
  };
}

function acquire(directory: string): DatabaseSync {
  const file = join(directory, 'lock.db');
  try {
    return lockFile(file);
  } catch (error) {
    if (isBusy(error)) throw lockedError(directory);
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SQLITE_ERROR') throw error;
    // No process can hold a lock on a file that SQLite does not recognize, and its contents are useless.
    if (statSync(file).isDirectory()) setAside(file, join(directory, 'damaged'), basename(file));
    else truncateSync(file);
    return lockFile(file);
  }
}

/**
 * Throws `DirectoryLockedError` if a process has locked the directory. Works in read-only directories and does not
 * prevent other processes from locking the directory afterwards.
 */
export function checkUnlocked(directory: string): void {
  const file = join(directory, 'lock.db');
  const old = readOwner(directory);
  if (!existsSync(file)) {
    if (old !== undefined && isRunningOldVersion(old)) throw lockedError(directory);
    return;
  }
  let database: DatabaseSync | undefined;
  try {
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
    database = new DatabaseSync(file, { readOnly: true, timeout: 0 });
    // Reading takes a shared lock, which is blocked by an exclusive lock.
    database.exec('SELECT count(*) FROM sqlite_schema');
  } catch (error) {
    // No process can hold a lock on a file that SQLite cannot read.
    if (isBusy(error)) throw lockedError(directory);
  } finally {
    database?.close();
  }
}

/** Opens and locks the file. The transaction stays open but writes nothing. */
function lockFile(file: string): DatabaseSync {
  // Imported lazily, so that programs without a lock do not pay for it and bundlers do not include it.
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    // On a read-only file, SQLite would begin a transaction that locks nothing.
    accessSync(file, constants.W_OK);
    database.exec('PRAGMA journal_mode = MEMORY');
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function isBusy(error: unknown): boolean {
  // Deno reports no errcode.
  const { errcode, message } = error as { errcode?: number; message?: string };
  return errcode === SQLITE_BUSY || message === 'database is locked';
}

const SQLITE_BUSY = 5;

function lockedError(directory: string): DirectoryLockedError {
  const other = readOwner(directory);
  return new DirectoryLockedError(
    `${directory}: expected a data directory that no process has open, but ${describeOwner(other)} has it open`,
    other?.pid,
  );
}
