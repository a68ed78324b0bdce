import type { DatabaseSync } from 'node:sqlite';
import { IdentityChangeError, IdentityConflictError, IdentityMissingError } from '../accounts/errors.ts';
import { isEmail } from '../accounts/users.ts';
import { newId } from '../credentials/secret.ts';
import type { ProvisionedGroup, ProvisionedMembers, ProvisionedPerson, ProvisionedUser } from './provisioning.ts';

type Row = Readonly<Record<string, unknown>>;

const MAX_ATTRIBUTES = 16_384;
const MAX_MEMBERS = 10_000;

/** Reads and writes the accounts and groups that a provider manages. Callers provide the transaction. */
export class ProvisionedTable {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  users(): readonly ProvisionedUser[] {
    const groups = new Map<string, { id: string; name: string }[]>();
    for (const { user, id, name } of this.#database
      .prepare('SELECT user, id, name FROM members JOIN user_groups ON id = user_group ORDER BY name')
      .all())
      groups.set(String(user), [...(groups.get(String(user)) ?? []), { id: String(id), name: String(name) }]);
    return this.#database
      .prepare('SELECT * FROM users WHERE provisioned IS NOT NULL ORDER BY created_millis, id')
      .all()
      .map((row) => userOf(row, groups.get(String(row['id'])) ?? []));
  }

  /** Returns the account of an ID. Throws an `IdentityMissingError`. */
  user(id: string): ProvisionedUser {
    const row = this.#database.prepare('SELECT * FROM users WHERE id = ? AND provisioned IS NOT NULL').get(id);
    if (row === undefined) throw new IdentityMissingError(`user: there is no ${JSON.stringify(id.slice(0, 80))}`);
    const groups = this.#database
      .prepare('SELECT id, name FROM members JOIN user_groups ON id = user_group WHERE user = ? ORDER BY name')
      .all(id);
    return userOf(
      row,
      groups.map((one) => ({ id: String(one['id']), name: String(one['name']) })),
    );
  }

  /** Adds or replaces an account and returns its ID. */
  writeUser(id: string | undefined, person: ProvisionedPerson, nowMillis: number): string {
    const { userName, email, isActive, attributes } = person;
    if (!isEmail(email))
      throw new IdentityChangeError(`email: expected an address such as ada@example.com, got ${JSON.stringify(email)}`);
    const name = person.name.replace(/\p{Cc}/gu, ' ').trim();
    if (name === '' || name.length > 200) throw new IdentityChangeError('name: expected 1 to 200 characters');
    if (userName.trim() === '' || userName.length > 320)
      throw new IdentityChangeError('userName: expected 1 to 320 characters');
    const text = JSON.stringify(attributes);
    if (text.length > MAX_ATTRIBUTES)
      throw new IdentityChangeError(`user: expected attributes of at most ${MAX_ATTRIBUTES} characters`);
    const other = this.#database
      .prepare('SELECT id FROM users WHERE (email = ? OR provisioned = ?) AND id IS NOT ?')
      .get(email, userName, id ?? null);
    if (other !== undefined) throw new IdentityConflictError(`userName: ${userName} or its address has an account`);
    const values = [email, name, userName, text, isActive ? 'active' : 'locked', nowMillis];
    if (id !== undefined) {
      this.#database
        .prepare(
          'UPDATE users SET email = ?, name = ?, provisioned = ?, attributes = ?, state = ?, changed_millis = ? WHERE id = ?',
        )
        .run(...values, id);
      if (!isActive) this.#database.prepare('DELETE FROM sessions WHERE user = ?').run(id);
      return id;
    }
    const created = newId();
    this.#database
      .prepare(
        'INSERT INTO users (email, name, provisioned, attributes, state, changed_millis, id, created_millis) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      )
      .run(...values, created, nowMillis);
    return created;
  }

  groups(): readonly ProvisionedGroup[] {
    const members = new Map<string, string[]>();
    for (const row of this.#database.prepare('SELECT user_group, user FROM members ORDER BY user').all()) {
      const group = String(row['user_group']);
      const list = members.get(group) ?? [];
      list.push(String(row['user']));
      members.set(group, list);
    }
    return this.#database
      .prepare('SELECT * FROM user_groups ORDER BY created_millis, id')
      .all()
      .map((row) => groupOf(row, members.get(String(row['id'])) ?? []));
  }

  /** Returns the group of an ID. Throws an `IdentityMissingError`. */
  group(id: string): ProvisionedGroup {
    const row = this.#database.prepare('SELECT * FROM user_groups WHERE id = ?').get(id);
    if (row === undefined) throw new IdentityMissingError(`group: there is no ${JSON.stringify(id.slice(0, 80))}`);
    const members = this.#database.prepare('SELECT user FROM members WHERE user_group = ? ORDER BY user').all(id);
    return groupOf(
      row,
      members.map(({ user }) => String(user)),
    );
  }

  /** Adds or replaces a group and returns its ID. */
  writeGroup(id: string | undefined, { name, externalId, members }: ProvisionedMembers, nowMillis: number): string {
    if (name.trim() === '' || name.length > 200)
      throw new IdentityChangeError('displayName: expected 1 to 200 characters');
    if (members.length > MAX_MEMBERS) throw new IdentityChangeError(`members: expected at most ${MAX_MEMBERS}`);
    const other = this.#database
      .prepare('SELECT id FROM user_groups WHERE name = ? AND id IS NOT ?')
      .get(name, id ?? null);
    if (other !== undefined) throw new IdentityConflictError(`displayName: there is a group ${name}`);
    const written = id ?? newId();
    if (id === undefined)
      this.#database
        .prepare('INSERT INTO user_groups VALUES (?, ?, ?, ?, ?)')
        .run(written, name, externalId ?? null, nowMillis, nowMillis);
    else
      this.#database
        .prepare('UPDATE user_groups SET name = ?, external_id = ?, changed_millis = ? WHERE id = ?')
        .run(name, externalId ?? null, nowMillis, written);
    this.#database.prepare('DELETE FROM members WHERE user_group = ?').run(written);
    const insert = this.#database.prepare('INSERT OR IGNORE INTO members VALUES (?, ?)');
    for (const member of members) {
      this.user(member);
      insert.run(written, member);
    }
    return written;
  }

  removeGroup(id: string): void {
    this.#database.prepare('DELETE FROM user_groups WHERE id = ?').run(id);
  }
}

function userOf(row: Row, groups: ProvisionedUser['groups']): ProvisionedUser {
  return {
    id: String(row['id']),
    userName: String(row['provisioned']),
    email: String(row['email']),
    name: String(row['name']),
    isActive: row['state'] === 'active',
    attributes: JSON.parse(String(row['attributes'])) as Record<string, unknown>,
    createdMillis: Number(row['created_millis']),
    changedMillis: Number(row['changed_millis']),
    groups,
  };
}

function groupOf(row: Row, members: readonly string[]): ProvisionedGroup {
  return {
    id: String(row['id']),
    name: String(row['name']),
    externalId: row['external_id'] === null ? undefined : String(row['external_id']),
    createdMillis: Number(row['created_millis']),
    changedMillis: Number(row['changed_millis']),
    members,
  };
}
