import type { DatabaseSync } from 'node:sqlite';
import { type PasswordHasher, passwordError } from '../credentials/password.ts';
import { newId } from '../credentials/secret.ts';
import type { Changes } from '../database/changes.ts';
import { inTransaction } from '../database/open-database.ts';
import { IdentityChangeError, IdentityMissingError } from './errors.ts';
import type { Grant } from './grants.ts';

/** A person with an account, without credentials. */
export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly state: 'active' | 'locked';
  readonly grants: readonly Grant[];
}

/** A user as administrators see it. */
export interface UserReport extends User {
  readonly hasPassword: boolean;
  /** The issuer with which the person signs in, if it is another provider. */
  readonly issuer: string | undefined;
  /** Whether signing in needs a one-time password. */
  readonly hasSecondFactor: boolean;
  /** Whether the person can sign in with a passkey. */
  readonly hasPasskey: boolean;
  readonly createdMillis: number;
  /** When a session of the person was used last, to the minute. */
  readonly seenMillis: number | undefined;
}

/** How a provider identifies a person. */
export interface ProviderSubject {
  readonly issuer: string;
  readonly subject: string;
}

/** A user with what a sign-in verifies. */
export interface UserCredentials {
  readonly user: User;
  readonly passwordHash: string | undefined;
  readonly needsCode: boolean;
}

/** The accounts of people. */
export class Users {
  readonly #database: DatabaseSync;
  readonly #changes: Changes;
  readonly #hasher: PasswordHasher;

  constructor(database: DatabaseSync, changes: Changes, hasher: PasswordHasher) {
    this.#database = database;
    this.#changes = changes;
    this.#hasher = hasher;
  }

  /** Creates an account. Rejects with an `IdentityChangeError`. `together` makes a change that is durable only with the account. */
  async create(
    { email, name, password, grants }: Omit<User, 'id' | 'state'> & { readonly password: string },
    nowMillis: number,
    together: (user: User) => void = () => {},
  ): Promise<User> {
    if (!isEmail(email))
      throw new IdentityChangeError(`email: expected an address such as ada@example.com, got ${JSON.stringify(email)}`);
    checkedName(name);
    const error = passwordError(password, email);
    if (error !== undefined) throw new IdentityChangeError(`password: ${error}`);
    const hash = await this.#hasher.hash(password);
    const id = newId();
    return this.#changes.run(() => {
      if (this.findByEmail(email) !== undefined) throw new IdentityChangeError(`email: ${email} has an account`);
      this.#database
        .prepare(
          "INSERT INTO users (id, email, name, password, state, created_millis) VALUES (?, ?, ?, ?, 'active', ?)",
        )
        .run(id, email, name, hash, nowMillis);
      this.grant(id, grants);
      const user = { id, email, name, state: 'active', grants } as const;
      together(user);
      return user;
    });
  }

  list(): readonly UserReport[] {
    return this.#database
      .prepare(
        "SELECT *, (SELECT count(*) FROM passkeys WHERE user = users.id) AS passkeys FROM users WHERE kind = 'person' ORDER BY email",
      )
      .all()
      .map((row) => ({
        ...this.#userOf(row),
        hasPassword: row['password'] !== null,
        issuer: row['issuer'] === null ? undefined : String(row['issuer']),
        hasSecondFactor: row['totp_secret'] !== null,
        hasPasskey: Number(row['passkeys']) > 0,
        createdMillis: Number(row['created_millis']),
        seenMillis: row['seen_millis'] === null ? undefined : Number(row['seen_millis']),
      }));
  }

  /** Returns the account of an ID. Throws an `IdentityMissingError`. */
  require(id: string): User {
    const user = this.get(id);
    if (user === undefined) throw new IdentityMissingError(`user: there is no ${JSON.stringify(id)}`);
    return user;
  }

  get(id: string): User | undefined {
    const row = this.#database.prepare("SELECT * FROM users WHERE id = ? AND kind = 'person'").get(id);
    return row && this.#userOf(row);
  }

  findByEmail(email: string): UserCredentials | undefined {
    const row = this.#database.prepare("SELECT * FROM users WHERE email = ? AND kind = 'person'").get(email);
    if (row === undefined) return undefined;
    const { password, totp_secret: secret } = row;
    return {
      user: this.#userOf(row),
      passwordHash: password === null ? undefined : String(password),
      needsCode: secret !== null,
    };
  }

  /** Locks an account, which also ends its sessions, or unlocks it. */
  setState(id: string, state: User['state']): void {
    const { changes } = this.#database.prepare('UPDATE users SET state = ? WHERE id = ?').run(state, id);
    if (changes === 0) throw new IdentityMissingError(`user: there is no ${JSON.stringify(id)}`);
    if (state === 'locked') this.#database.prepare('DELETE FROM sessions WHERE user = ?').run(id);
  }

  /** Replaces a password and ends all sessions. Rejects with an `IdentityChangeError`. `together` makes a change that is durable only with it. */
  async setPassword<T>(id: string, password: string, together: () => T): Promise<T> {
    const error = passwordError(password, this.require(id).email);
    if (error !== undefined) throw new IdentityChangeError(`password: ${error}`);
    const hash = await this.#hasher.hash(password);
    return this.#changes.run(() => {
      this.require(id);
      this.#database.prepare('UPDATE users SET password = ? WHERE id = ?').run(hash, id);
      this.#database.prepare('DELETE FROM sessions WHERE user = ?').run(id);
      return together();
    });
  }

  /**
   * Returns the account of a person of a provider, with the roles that the provider gives now. Creates it at the first sign-in. An account
   * that was provisioned is that of the person with its address, and keeps the roles of its groups. Throws an `IdentityChangeError` if
   * the email address is that of another account.
   */
  fromProvider(
    { issuer, subject, email, name, grants }: Omit<User, 'id' | 'state'> & ProviderSubject,
    nowMillis: number,
  ): User {
    const found = this.#database.prepare('SELECT id FROM users WHERE issuer = ? AND subject = ?').get(issuer, subject);
    const other = this.findByEmail(email)?.user;
    if (found === undefined && other !== undefined && this.isProvisioned(email)) {
      const { changes } = this.#database
        .prepare('UPDATE users SET issuer = ?, subject = ? WHERE id = ? AND issuer IS NULL AND password IS NULL')
        .run(issuer, subject, other.id);
      if (changes === 1) return this.require(other.id);
    }
    const id = found === undefined ? newId() : String(found['id']);
    const known = found && this.require(id);
    if (known !== undefined && this.isProvisioned(known.email)) return known;
    if (other !== undefined && other.id !== id)
      throw new IdentityChangeError(
        `email: ${email} is the address of another account; an administrator must remove that account first`,
      );
    if (found === undefined)
      this.#database
        .prepare(
          "INSERT INTO users (id, email, name, state, created_millis, issuer, subject) VALUES (?, ?, ?, 'active', ?, ?, ?)",
        )
        .run(id, email, name, nowMillis, issuer, subject);
    else this.#database.prepare('UPDATE users SET email = ?, name = ? WHERE id = ?').run(email, name, id);
    this.setGrants(id, grants);
    return this.require(id);
  }

  /** Reports whether the account of an address was provisioned, so that its groups decide its roles. */
  isProvisioned(email: string): boolean {
    const row = this.#database.prepare("SELECT provisioned FROM users WHERE email = ? AND kind = 'person'").get(email);
    return typeof row?.['provisioned'] === 'string';
  }

  /** Returns how the provider of a person identifies this person; `undefined` for local accounts. */
  providerOf(id: string): ProviderSubject | undefined {
    const { issuer, subject } = this.#database.prepare('SELECT issuer, subject FROM users WHERE id = ?').get(id) ?? {};
    return typeof issuer === 'string' && typeof subject === 'string' ? { issuer, subject } : undefined;
  }

  /** Returns the person whom a provider identifies so; `undefined` if there is none. */
  findByProvider({ issuer, subject }: ProviderSubject): User | undefined {
    const found = this.#database.prepare('SELECT id FROM users WHERE issuer = ? AND subject = ?').get(issuer, subject);
    return found && this.get(String(found['id']));
  }

  /** Changes the name of a person. */
  rename(id: string, name: string): void {
    this.#database.prepare('UPDATE users SET name = ? WHERE id = ?').run(checkedName(name), id);
  }

  /** Replaces the roles of an account. */
  setGrants(id: string, grants: readonly Grant[]): void {
    inTransaction(this.#database, () => this.replaceGrants(id, grants));
  }

  /** Replaces the roles of an account, within a transaction. */
  replaceGrants(id: string, grants: readonly Grant[]): void {
    this.#database.prepare('DELETE FROM grants WHERE user = ?').run(id);
    this.grant(id, grants);
  }

  /** Removes an account, which also ends its sessions. */
  remove(id: string): void {
    this.require(id);
    this.#database.prepare('DELETE FROM users WHERE id = ?').run(id);
  }

  /** Adds roles to an account, within a transaction. */
  grant(id: string, grants: readonly Grant[]): void {
    const statement = this.#database.prepare('INSERT OR IGNORE INTO grants VALUES (?, ?, ?)');
    for (const { role, tenant } of grants) statement.run(id, role, tenant);
  }

  /** Returns the roles of an account. */
  grantsOf(id: string): readonly Grant[] {
    const rows = this.#database.prepare('SELECT role, tenant FROM grants WHERE user = ?').all(id);
    return rows.map(({ role, tenant }) => ({ role: String(role), tenant: String(tenant) }));
  }

  #userOf(row: Readonly<Record<string, unknown>>): User {
    const id = String(row['id']);
    return {
      id,
      email: String(row['email']),
      name: String(row['name']),
      state: row['state'] === 'locked' ? 'locked' : 'active',
      grants: this.grantsOf(id),
    };
  }
}

/** Reports whether a text can be an email address. */
export function isEmail(text: string): boolean {
  return /^[^\s@\p{Cc}]{1,64}@[^\s@\p{Cc}]{1,255}$/u.test(text);
}

function checkedName(name: string): string {
  if (name.trim() === '' || name.length > 200) throw new IdentityChangeError('name: expected 1 to 200 characters');
  return name;
}
