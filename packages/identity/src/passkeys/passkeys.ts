import type { DatabaseSync } from 'node:sqlite';
import { IdentityChangeError, IdentityMissingError } from '../accounts/errors.ts';
import type { VerifiedPasskey } from './verify-passkey.ts';

/** A passkey of a person, without its key. */
export interface Passkey {
  readonly id: string;
  readonly name: string;
  readonly createdMillis: number;
  readonly usedMillis: number | undefined;
}

/** A passkey with what a sign-in verifies. */
export interface StoredPasskey extends Passkey, VerifiedPasskey {
  readonly user: string;
}

const MAX_PASSKEYS = 20;

/** The passkeys of accounts. */
export class Passkeys {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  list(user: string): readonly Passkey[] {
    return this.#database
      .prepare('SELECT * FROM passkeys WHERE user = ? ORDER BY created_millis, id')
      .all(user)
      .map(passkeyOf);
  }

  find(id: string): StoredPasskey | undefined {
    const row = this.#database.prepare('SELECT * FROM passkeys WHERE id = ?').get(id);
    return row && passkeyOf(row);
  }

  /** Adds a passkey. Throws an `IdentityChangeError`. */
  add(user: string, id: string, name: string, { publicKey, signCount }: VerifiedPasskey, nowMillis: number): void {
    if (name.trim() === '' || name.length > 100 || /\p{Cc}/u.test(name))
      throw new IdentityChangeError('name: expected 1 to 100 characters');
    if (this.list(user).length >= MAX_PASSKEYS)
      throw new IdentityChangeError(`passkey: expected at most ${MAX_PASSKEYS}; remove one first`);
    const { changes } = this.#database
      .prepare('INSERT INTO passkeys VALUES (?, ?, ?, ?, ?, ?, NULL) ON CONFLICT DO NOTHING')
      .run(id, user, name, publicKey, signCount, nowMillis);
    if (changes === 0) throw new IdentityChangeError('passkey: it was added before');
  }

  /** Records a use. */
  used(id: string, signCount: number, nowMillis: number): void {
    this.#database
      .prepare('UPDATE passkeys SET sign_count = ?, used_millis = ? WHERE id = ?')
      .run(signCount, nowMillis, id);
  }

  /** Removes a passkey of a person. Throws an `IdentityMissingError`. */
  remove(user: string, id: string): void {
    const { changes } = this.#database.prepare('DELETE FROM passkeys WHERE id = ? AND user = ?').run(id, user);
    if (changes === 0) throw new IdentityMissingError(`passkey: there is no ${JSON.stringify(id.slice(0, 80))}`);
  }

  /** Removes all passkeys of a person. */
  removeAll(user: string): void {
    this.#database.prepare('DELETE FROM passkeys WHERE user = ?').run(user);
  }
}

function passkeyOf(row: Readonly<Record<string, unknown>>): StoredPasskey {
  const { public_key: key, used_millis: used } = row;
  return {
    id: String(row['id']),
    user: String(row['user']),
    name: String(row['name']),
    createdMillis: Number(row['created_millis']),
    usedMillis: used === null ? undefined : Number(used),
    publicKey: Buffer.from(key instanceof Uint8Array ? key : []),
    signCount: Number(row['sign_count']),
  };
}
