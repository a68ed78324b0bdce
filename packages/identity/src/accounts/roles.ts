import type { DatabaseSync } from 'node:sqlite';
import { PERMISSIONS, type Permission } from '../access.ts';
import { IdentityChangeError } from './errors.ts';
import { builtInRole, type RoleLookup } from './grants.ts';

/** The roles: those that exist without being defined, and custom ones. */
export class Roles {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Returns the permissions of a role; `undefined` if there is none of this name. */
  readonly permissionsOf: RoleLookup = (role) => {
    const builtIn = builtInRole(role);
    if (builtIn !== undefined) return builtIn;
    const row = this.#database.prepare('SELECT permissions FROM roles WHERE name = ?').get(role);
    return row === undefined ? undefined : String(row['permissions']).split(' ').filter(isPermission);
  };

  /** Adds or changes a custom role. */
  define(name: string, permissions: readonly string[]): void {
    if (!/^[a-z][a-z0-9_-]{0,62}$/.test(name))
      throw new IdentityChangeError(`role: expected lowercase letters, digits, _ and -, got ${JSON.stringify(name)}`);
    if (builtInRole(name) !== undefined) throw new IdentityChangeError(`role: ${name} exists and cannot be changed`);
    const unknown = permissions.find((one) => !isPermission(one));
    if (unknown !== undefined)
      throw new IdentityChangeError(`permissions: expected ${PERMISSIONS.join(', ')}, got ${JSON.stringify(unknown)}`);
    this.#database
      .prepare('INSERT INTO roles VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET permissions = excluded.permissions')
      .run(name, permissions.join(' '));
  }

  /** Throws an `IdentityChangeError` unless there is a role. */
  require(role: string): void {
    if (this.permissionsOf(role) === undefined)
      throw new IdentityChangeError(
        `role: expected admin, editor, viewer, ingest or a custom role, got ${JSON.stringify(role)}`,
      );
  }
}

function isPermission(text: string): text is Permission {
  return (PERMISSIONS as readonly string[]).includes(text);
}
