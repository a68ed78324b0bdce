import type { DatabaseSync } from 'node:sqlite';
import { newSecret } from '../credentials/secret.ts';
import type { Changes } from './changes.ts';

/** Random secrets that all processes of a database share, such as that with which challenges are signed. */
export class SharedSecrets {
  readonly #database: DatabaseSync;
  readonly #changes: Changes;

  constructor(database: DatabaseSync, changes: Changes) {
    this.#database = database;
    this.#changes = changes;
  }

  /** Returns a secret; `undefined` if it was not created yet. */
  find(name: string): string | undefined {
    const row = this.#database.prepare('SELECT value FROM secrets WHERE name = ?').get(name);
    return row && String(row['value']);
  }

  /** Returns a secret, and creates it if it is missing. Rejects with an `IdentityUnavailableError`. */
  async create(name: string): Promise<string> {
    return (
      this.find(name) ??
      (await this.#changes.run(() => {
        const secret = newSecret();
        this.#database.prepare('INSERT INTO secrets VALUES (?, ?) ON CONFLICT DO NOTHING').run(name, secret);
        return this.find(name) ?? secret;
      }))
    );
  }
}
