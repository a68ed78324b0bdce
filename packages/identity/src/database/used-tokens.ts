import type { DatabaseSync } from 'node:sqlite';
import { hashSecret } from '../credentials/secret.ts';

/** What is valid once, until it expires: challenges of passkeys, tokens of providers. */
export class UsedTokens {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Uses something up, within a change. Returns `false` if it was used. */
  use(token: string, untilMillis: number, nowMillis: number): boolean {
    this.#database.prepare('DELETE FROM used_challenges WHERE until_millis <= ?').run(nowMillis);
    const { changes } = this.#database
      .prepare('INSERT INTO used_challenges VALUES (?, ?) ON CONFLICT DO NOTHING')
      .run(hashSecret(token), untilMillis);
    return changes === 1;
  }
}
