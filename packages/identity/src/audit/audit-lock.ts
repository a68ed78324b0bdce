import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';

const RETRY_MILLIS = 10;
const MAX_MILLIS = 10_000;

/**
 * Lets one process or thread at a time append to the audit log of a directory. The lock is that of SQLite on an empty database, which the
 * system releases when a process ends for any reason.
 */
export class AuditLock {
  readonly #database: DatabaseSync;

  constructor(directory: string) {
    this.#database = new DatabaseSync(join(directory, 'audit-lock.db'), { timeout: 0 });
  }

  /** Waits for the lock. Rejects if another process holds it for ten seconds. */
  async acquire(): Promise<void> {
    for (let waited = 0; !this.#tryAcquire(); waited += RETRY_MILLIS) {
      if (waited >= MAX_MILLIS) throw new Error('the audit log is locked by another process');
      await delay(RETRY_MILLIS);
    }
  }

  release(): void {
    this.#database.exec('ROLLBACK');
  }

  close(): void {
    this.#database.close();
  }

  #tryAcquire(): boolean {
    try {
      this.#database.exec('BEGIN EXCLUSIVE');
      return true;
    } catch (error) {
      if (/locked|busy/.test((error as Error).message)) return false;
      throw error;
    }
  }
}
