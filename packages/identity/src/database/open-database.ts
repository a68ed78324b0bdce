import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MIGRATIONS } from './schema.ts';

/** The name of the database in its directory. */
export const DATABASE_FILE = 'identity.db';

/** The name of the copy of a PostgreSQL database. */
export const COPY_FILE = 'identity-copy.db';

/** A database that cannot be opened. The message says how to restore it. */
export class IdentityDatabaseError extends Error {
  override readonly name = 'IdentityDatabaseError';
}

/**
 * Opens the database of a directory, and creates both if they are missing. Each change is durable (fsync) before it returns. Throws
 * `IdentityDatabaseError` for a file that is damaged or of a newer version, without changing it.
 */
export function openDatabase(directory: string, name: string = DATABASE_FILE): DatabaseSync {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, name);
  const isNew = !existsSync(file);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { timeout: BUSY_MILLIS });
    if (isNew) chmodSync(file, 0o600);
    check(database, file);
    database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON',
    );
    migrate(database, file);
    return database;
  } catch (error) {
    if (database?.isOpen === true) database.close();
    if (error instanceof IdentityDatabaseError || (error as NodeJS.ErrnoException).code !== 'ERR_SQLITE_ERROR')
      throw error;
    throw damaged(file, (error as Error).message, error);
  }
}

/** How long a change waits for that of another process, such as the command line. */
const BUSY_MILLIS = 5000;

function check(database: DatabaseSync, file: string): void {
  const rows = database.prepare('PRAGMA quick_check(1)').all();
  const [first] = rows.map(({ quick_check: text }) => String(text));
  if (first !== 'ok') throw damaged(file, first ?? 'unknown');
}

function migrate(database: DatabaseSync, file: string): void {
  const version = versionOf(database);
  if (version > MIGRATIONS.length)
    throw new IdentityDatabaseError(
      `${file}: expected version ${MIGRATIONS.length} or older, got ${version}, which a newer otelier wrote; start that version, or restore a backup`,
    );
  if (version === MIGRATIONS.length) return;
  // Another thread may open the database at the same time.
  inTransaction(database, () => {
    for (const statements of MIGRATIONS.slice(versionOf(database))) database.exec(statements);
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
  });
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
}

function damaged(file: string, reason: string, cause?: unknown): IdentityDatabaseError {
  return new IdentityDatabaseError(
    `${file}: the identity database is damaged (${reason}); no one can sign in without it. Stop otelier and restore ${DATABASE_FILE} and its -wal file from a backup; without one, move them away and create an administrator with \`otelier identity create-user\``,
    { cause },
  );
}

/** Runs changes together: all of them are durable, or none is. Within a transaction, they are part of it. */
export function inTransaction<T>(database: DatabaseSync, change: () => T): T {
  if (database.isTransaction) return change();
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = change();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
