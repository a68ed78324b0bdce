import type { DatabaseSync } from 'node:sqlite';
import { newId } from '../credentials/secret.ts';
import { inTransaction } from '../database/open-database.ts';
import { IdentityChangeError, IdentityMissingError } from './errors.ts';
import type { Grant } from './grants.ts';
import type { Users } from './users.ts';

/** An account of a program. Its API keys have its roles. */
export interface ServiceAccount {
  readonly id: string;
  readonly name: string;
  readonly state: 'active' | 'locked';
  readonly grants: readonly Grant[];
  readonly createdMillis: number;
}

/** The accounts of programs. They are in the table of the accounts of people, with names that are no email addresses. */
export class ServiceAccounts {
  readonly #database: DatabaseSync;
  readonly #users: Users;

  constructor(database: DatabaseSync, users: Users) {
    this.#database = database;
    this.#users = users;
  }

  /** Creates an account and returns its ID. Throws an `IdentityChangeError`. */
  create(name: string, grants: readonly Grant[], nowMillis: number): string {
    if (!/^[a-z0-9][a-z0-9._-]{0,62}$/.test(name))
      throw new IdentityChangeError(
        `name: expected 1 to 63 characters of a-z, 0-9, ., _ and -, got ${JSON.stringify(name.slice(0, 80))}`,
      );
    const id = newId();
    inTransaction(this.#database, () => {
      const { changes } = this.#database
        .prepare(
          "INSERT INTO users (id, email, name, state, created_millis, kind) VALUES (?, ?, ?, 'active', ?, 'service') ON CONFLICT DO NOTHING",
        )
        .run(id, name, name, nowMillis);
      if (changes === 0) throw new IdentityChangeError(`name: there is a service account ${name}`);
      this.#users.grant(id, grants);
    });
    return id;
  }

  list(): readonly ServiceAccount[] {
    return this.#database
      .prepare("SELECT * FROM users WHERE kind = 'service' ORDER BY email")
      .all()
      .map((row) => this.#accountOf(row));
  }

  get(id: string): ServiceAccount | undefined {
    const row = this.#database.prepare("SELECT * FROM users WHERE id = ? AND kind = 'service'").get(id);
    return row && this.#accountOf(row);
  }

  /** Returns the account of an ID. Throws an `IdentityMissingError`. */
  require(id: string): ServiceAccount {
    const account = this.get(id);
    if (account === undefined) throw new IdentityMissingError(`service account: there is no ${JSON.stringify(id)}`);
    return account;
  }

  /** Removes an account and its keys. */
  remove(id: string): void {
    this.require(id);
    this.#database.prepare('DELETE FROM users WHERE id = ?').run(id);
  }

  #accountOf(row: Readonly<Record<string, unknown>>): ServiceAccount {
    const id = String(row['id']);
    return {
      id,
      name: String(row['email']),
      state: row['state'] === 'locked' ? 'locked' : 'active',
      grants: this.#users.grantsOf(id),
      createdMillis: Number(row['created_millis']),
    };
  }
}
