import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { inTransaction } from '../database/open-database.ts';
import { SHARED_TABLES } from './schema.ts';

/** The state of a database of which there is a copy. */
export interface CopyPosition {
  /** ID of the database. */
  readonly source: string;
  readonly version: number;
  /** Identifies the change that made this version, so that a database that was restored from a backup is noticed. */
  readonly head: string;
}

/** Rows of a table by the names of columns. */
export type TableRows = readonly Readonly<Record<string, unknown>>[];

/** What a change does, which was tried on the copy and taken back. */
export type Attempt<T> =
  | { readonly kind: 'made'; readonly result: T; readonly patchset: Uint8Array }
  | { readonly kind: 'failed'; readonly error: unknown };

const CONFIRM_MILLIS = 30_000;

/**
 * A copy of a PostgreSQL database in SQLite, from which callers are identified. Its tables change only by `apply` and `replaceAll`; a
 * change by anything else fails.
 */
export class LocalCopy {
  readonly #database: DatabaseSync;
  #position: CopyPosition | undefined;
  #confirmedMillis = 0;
  #storedMillis = 0;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(TABLES);
    database.exec('PRAGMA query_only = ON');
    this.refresh();
  }

  /** Returns what it is a copy of; `undefined` before the first one. */
  get position(): CopyPosition | undefined {
    return this.#position;
  }

  /** Returns when it was known to be complete, in milliseconds since the Unix epoch. */
  get confirmedMillis(): number {
    return this.#confirmedMillis;
  }

  /** Reads what another process or thread has applied. */
  refresh(): void {
    const row = this.#database.prepare('SELECT * FROM copy_of').get();
    this.#position = row && {
      ...{ source: String(row['source']), version: Number(row['version']), head: String(row['head']) },
    };
    this.#storedMillis = Number(row?.['confirmed_millis'] ?? 0);
    this.#confirmedMillis = Math.max(this.#storedMillis, this.#confirmedMillis);
  }

  /** Notes that the copy is complete. */
  confirm(nowMillis: number): void {
    this.#confirmedMillis = nowMillis;
    if (nowMillis - this.#storedMillis < CONFIRM_MILLIS && nowMillis >= this.#storedMillis) return;
    this.#storedMillis = nowMillis;
    this.#writing(() => this.#database.prepare('UPDATE copy_of SET confirmed_millis = ?').run(nowMillis));
  }

  /** Runs a change, takes it back, and returns what it did. */
  attempt<T>(change: () => T): Attempt<T> {
    return this.#writing(() => {
      this.#database.exec('BEGIN IMMEDIATE');
      const session = this.#database.createSession();
      try {
        const result = change();
        return { kind: 'made', result, patchset: session.patchset() };
      } catch (error) {
        return { kind: 'failed', error };
      } finally {
        session.close();
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      }
    });
  }

  /** Applies the change that follows. Returns `false` if the copy is not what the change was made on, and then changes nothing. */
  apply(patchset: Uint8Array, position: CopyPosition, nowMillis: number): boolean {
    return this.#replacing(() => {
      this.refresh();
      // Another process with the same copy was faster.
      if (this.#position?.source === position.source && this.#position.version >= position.version) return true;
      if (!this.#database.applyChangeset(patchset)) return false;
      this.#store(position, nowMillis);
      return true;
    });
  }

  /** Replaces everything. */
  replaceAll(tables: ReadonlyMap<string, TableRows>, position: CopyPosition, nowMillis: number): void {
    this.#replacing(() => {
      for (const table of SHARED_TABLES) {
        this.#database.exec(`DELETE FROM ${table}`);
        const columns = this.columnsOf(table);
        const insert = this.#database.prepare(
          `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
        );
        for (const row of tables.get(table) ?? []) insert.run(...columns.map((name) => row[name] as SQLInputValue));
      }
      this.#store(position, nowMillis);
      return true;
    });
  }

  /** Returns the names of the columns of a table. */
  columnsOf(table: string): readonly string[] {
    const rows = this.#database.prepare('SELECT name FROM pragma_table_info(?) ORDER BY cid').all(table);
    return rows.map(({ name }) => String(name));
  }

  /** Keeps when keys were used, for the thread that can change the database. */
  keepUses(times: ReadonlyMap<string, number>): void {
    this.#writing(() =>
      inTransaction(this.#database, () => {
        const insert = this.#database.prepare(
          'INSERT INTO key_uses VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET millis = max(millis, excluded.millis)',
        );
        for (const [id, millis] of times) insert.run(id, millis);
      }),
    );
  }

  /** Returns when keys were used, as other threads kept it. */
  keptUses(): ReadonlyMap<string, number> {
    const rows = this.#database.prepare('SELECT * FROM key_uses').all();
    return new Map(rows.map(({ id, millis }) => [String(id), Number(millis)]));
  }

  /** Forgets kept uses that are stored. */
  forgetUses(times: ReadonlyMap<string, number>): void {
    if (times.size === 0) return;
    this.#writing(() => {
      const remove = this.#database.prepare('DELETE FROM key_uses WHERE id = ? AND millis <= ?');
      for (const [id, millis] of times) remove.run(id, millis);
    });
  }

  #store({ source, version, head }: CopyPosition, nowMillis: number): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO copy_of VALUES (1, ?, ?, ?, ?)')
      .run(source, version, head, nowMillis);
  }

  /** Changes tables together with the position. Foreign keys were checked where the changes were made. */
  #replacing(change: () => boolean): boolean {
    return this.#writing(() => {
      this.#database.exec('PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE');
      try {
        const isDone = change();
        this.#database.exec(isDone ? 'COMMIT' : 'ROLLBACK');
        return isDone;
      } finally {
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
        this.#database.exec('PRAGMA foreign_keys = ON');
        this.refresh();
      }
    });
  }

  #writing<T>(write: () => T): T {
    this.#database.exec('PRAGMA query_only = OFF');
    try {
      return write();
    } finally {
      this.#database.exec('PRAGMA query_only = ON');
    }
  }
}

const TABLES = `
CREATE TABLE IF NOT EXISTS copy_of (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  source TEXT NOT NULL,
  version INTEGER NOT NULL,
  head TEXT NOT NULL,
  confirmed_millis INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS key_uses (
  id TEXT PRIMARY KEY,
  millis INTEGER NOT NULL
) STRICT;`;
