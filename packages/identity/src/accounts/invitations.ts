import type { DatabaseSync } from 'node:sqlite';
import { hashSecret, newId, newSecret } from '../credentials/secret.ts';
import { inTransaction } from '../database/open-database.ts';
import { IdentityChangeError, IdentityMissingError } from './errors.ts';
import type { Grant } from './grants.ts';
import { isEmail, type User, type Users } from './users.ts';

/** An invitation to create an account, without its secret. */
export interface Invitation {
  readonly id: string;
  readonly email: string;
  readonly grants: readonly Grant[];
  readonly createdBy: string;
  readonly createdMillis: number;
  readonly expiresMillis: number;
}

/** The invitations by link. Each is valid once and for a time. Only hashes of their secrets are stored. */
export class Invitations {
  readonly #database: DatabaseSync;
  readonly #users: Users;

  constructor(database: DatabaseSync, users: Users) {
    this.#database = database;
    this.#users = users;
  }

  /** Invites a person, and withdraws an earlier invitation of the same address. Returns the secret of the link. */
  create(
    { email, grants, createdBy, expiresMillis }: Omit<Invitation, 'id' | 'createdMillis'>,
    nowMillis: number,
  ): { readonly id: string; readonly secret: string } {
    if (!isEmail(email))
      throw new IdentityChangeError(`email: expected an address such as ada@example.com, got ${JSON.stringify(email)}`);
    if (this.#users.findByEmail(email) !== undefined) throw new IdentityChangeError(`email: ${email} has an account`);
    const [id, secret] = [newId(), newSecret()];
    inTransaction(this.#database, () => {
      this.#database.prepare('DELETE FROM invitations WHERE email = ? OR expires_millis <= ?').run(email, nowMillis);
      this.#database
        .prepare('INSERT INTO invitations VALUES (?, ?, ?, ?, ?, ?, ?)')
        .run(hashSecret(secret), id, email, JSON.stringify(grants), createdBy, nowMillis, expiresMillis);
    });
    return { id, secret };
  }

  /** Returns the invitations that are valid. */
  list(nowMillis: number): readonly Invitation[] {
    return this.#database
      .prepare('SELECT * FROM invitations WHERE expires_millis > ? ORDER BY created_millis, id')
      .all(nowMillis)
      .map(invitationOf);
  }

  /** Returns the invitation of a secret; `undefined` if it is not valid, was used or has expired. */
  find(secret: string, nowMillis: number): Invitation | undefined {
    const row = this.#database
      .prepare('SELECT * FROM invitations WHERE hash = ? AND expires_millis > ?')
      .get(hashSecret(secret), nowMillis);
    return row && invitationOf(row);
  }

  /** Creates the account of an invitation, which is used up. Rejects with an `IdentityChangeError`. `together` makes a change that is durable only with it. */
  async accept(
    secret: string,
    { name, password }: { readonly name: string; readonly password: string },
    nowMillis: number,
    together: (user: User) => void = () => {},
  ): Promise<User> {
    const found = this.find(secret, nowMillis);
    if (found === undefined) throw new IdentityMissingError('invitation: it was used or withdrawn, or has expired');
    const { email, grants } = found;
    return this.#users.create({ email, name, password, grants }, nowMillis, (user) => {
      this.revoke(found.id);
      together(user);
    });
  }

  /** Withdraws an invitation. Throws an `IdentityMissingError`. */
  revoke(id: string): void {
    const { changes } = this.#database.prepare('DELETE FROM invitations WHERE id = ?').run(id);
    if (changes === 0) throw new IdentityMissingError(`invitation: there is no ${JSON.stringify(id)}`);
  }
}

function invitationOf(row: Readonly<Record<string, unknown>>): Invitation {
  return {
    id: String(row['id']),
    email: String(row['email']),
    grants: JSON.parse(String(row['grants'])) as Grant[],
    createdBy: String(row['created_by']),
    createdMillis: Number(row['created_millis']),
    expiresMillis: Number(row['expires_millis']),
  };
}
