import type { DatabaseSync } from 'node:sqlite';
import { type PasswordHasher, passwordError } from '../credentials/password.ts';
import { newId } from '../credentials/secret.ts';
import { inTransaction } from '../database/open-database.ts';
import { IdentityChangeError } from './errors.ts';
import type { Grant } from './grants.ts';

/** A person with an account, without credentials. */
export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly state: 'active' | 'locked';
  readonly grants: readonly Grant[];
}

/** A user with what a sign-in verifies. */
export interface UserCredentials {
  readonly user: User;
  readonly passwordHash: string | undefined;
  readonly totpSecret: Uint8Array | undefined;
  readonly totpStep: number;
}

/** The accounts of people. */
export class Users {
  readonly #database: DatabaseSync;
  readonly #hasher: PasswordHasher;

  constructor(database: DatabaseSync, hasher: PasswordHasher) {
    this.#database = database;
    this.#hasher = hasher;
  }

  /** Creates an account. Rejects with an `IdentityChangeError`. */
  async create(
    { email, name, password, grants }: Omit<User, 'id' | 'state'> & { readonly password: string },
    nowMillis: number,
  ): Promise<User> {
    if (!/^[^\s@]{1,64}@[^\s@]{1,255}$/.test(email))
      throw new IdentityChangeError(`email: expected an address such as ada@example.com, got ${JSON.stringify(email)}`);
    const error = passwordError(password);
    if (error !== undefined) throw new IdentityChangeError(`password: ${error}`);
    const hash = await this.#hasher.hash(password);
    const id = newId();
    return inTransaction(this.#database, () => {
      if (this.findByEmail(email) !== undefined) throw new IdentityChangeError(`email: ${email} has an account`);
      this.#database
        .prepare("INSERT INTO users VALUES (?, ?, ?, ?, NULL, 0, 'active', ?)")
        .run(id, email, name, hash, nowMillis);
      const grant = this.#database.prepare('INSERT INTO grants VALUES (?, ?, ?)');
      for (const { role, tenant } of grants) grant.run(id, role, tenant);
      return { id, email, name, state: 'active', grants } as const;
    });
  }

  list(): readonly User[] {
    return this.#database
      .prepare('SELECT * FROM users ORDER BY email')
      .all()
      .map((row) => this.#userOf(row));
  }

  get(id: string): User | undefined {
    const row = this.#database.prepare('SELECT * FROM users WHERE id = ?').get(id);
    return row && this.#userOf(row);
  }

  findByEmail(email: string): UserCredentials | undefined {
    const row = this.#database.prepare('SELECT * FROM users WHERE email = ?').get(email);
    if (row === undefined) return undefined;
    const { password, totp_secret: secret, totp_step: step } = row;
    return {
      user: this.#userOf(row),
      passwordHash: password === null ? undefined : String(password),
      totpSecret: secret instanceof Uint8Array ? secret : undefined,
      totpStep: Number(step),
    };
  }

  /** Locks an account, which also ends its sessions, or unlocks it. */
  setState(id: string, state: User['state']): void {
    const { changes } = this.#database.prepare('UPDATE users SET state = ? WHERE id = ?').run(state, id);
    if (changes === 0) throw new IdentityChangeError(`user: there is no ${JSON.stringify(id)}`);
    if (state === 'locked') this.#database.prepare('DELETE FROM sessions WHERE user = ?').run(id);
  }

  /** Replaces a password and ends all sessions. Rejects with an `IdentityChangeError`. */
  async setPassword(id: string, password: string): Promise<void> {
    const error = passwordError(password);
    if (error !== undefined) throw new IdentityChangeError(`password: ${error}`);
    const hash = await this.#hasher.hash(password);
    inTransaction(this.#database, () => {
      this.#database.prepare('UPDATE users SET password = ? WHERE id = ?').run(hash, id);
      this.#database.prepare('DELETE FROM sessions WHERE user = ?').run(id);
    });
  }

  /** Requires one-time passwords of a secret from now on; `undefined` requires none. */
  setTotp(id: string, secret: Uint8Array | undefined): void {
    this.#database.prepare('UPDATE users SET totp_secret = ?, totp_step = 0 WHERE id = ?').run(secret ?? null, id);
  }

  /** Records that a one-time password was used. Returns `false` if another request used it or a later one before. */
  useTotp(id: string, step: number): boolean {
    const { changes } = this.#database
      .prepare('UPDATE users SET totp_step = ? WHERE id = ? AND totp_step < ?')
      .run(step, id, step);
    return changes === 1;
  }

  #userOf(row: Readonly<Record<string, unknown>>): User {
    const id = String(row['id']);
    const grants = this.#database.prepare('SELECT role, tenant FROM grants WHERE user = ?').all(id);
    return {
      id,
      email: String(row['email']),
      name: String(row['name']),
      state: row['state'] === 'locked' ? 'locked' : 'active',
      grants: grants.map(({ role, tenant }) => ({ role: String(role), tenant: String(tenant) })),
    };
  }
}
