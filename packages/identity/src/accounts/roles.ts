import type { DatabaseSync } from 'node:sqlite';
import { PERMISSIONS, type Permission, ROLES } from '../access.ts';
import { IdentityChangeError, IdentityMissingError } from './errors.ts';
import { builtInRole, type RoleLookup } from './grants.ts';

/** A role, with what it permits. */
export interface Role {
  readonly name: string;
  readonly permissions: readonly Permission[];
  /** Patterns of attributes, such as `enduser.*`, whose values the role hides. */
  readonly masked: readonly string[];
  readonly isBuiltIn: boolean;
}

const MAX_PATTERNS = 50;

/** The roles: those that exist without being defined, and custom ones. */
export class Roles {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Returns the permissions of a role; `undefined` if there is none of this name. */
  readonly permissionsOf: RoleLookup = (role) => builtInRole(role) ?? this.#custom(role)?.permissions;

  /** Returns the patterns of attributes that a role hides. */
  readonly maskedBy = (role: string): readonly string[] => this.#custom(role)?.masked ?? [];

  list(): readonly Role[] {
    const builtIn = Object.entries(ROLES).map(([name, permissions]) => ({
      ...{ name, permissions, masked: [], isBuiltIn: true },
    }));
    return [...builtIn, ...this.#database.prepare('SELECT * FROM roles ORDER BY name').all().map(roleOf)];
  }

  /** Adds or changes a custom role. */
  define(name: string, permissions: readonly string[], masked: readonly string[] = []): void {
    if (!/^[a-z][a-z0-9_-]{0,62}$/.test(name))
      throw new IdentityChangeError(`role: expected lowercase letters, digits, _ and -, got ${JSON.stringify(name)}`);
    if (builtInRole(name) !== undefined) throw new IdentityChangeError(`role: ${name} exists and cannot be changed`);
    const unknown = permissions.find((one) => !isPermission(one));
    if (unknown !== undefined)
      throw new IdentityChangeError(`permissions: expected ${PERMISSIONS.join(', ')}, got ${JSON.stringify(unknown)}`);
    checkMasked(masked, permissions);
    this.#database
      .prepare(
        'INSERT INTO roles (name, permissions, masked) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET permissions = excluded.permissions, masked = excluded.masked',
      )
      .run(name, permissions.join(' '), masked.join(' '));
  }

  /** Removes a custom role that no account and no key has. */
  remove(name: string): void {
    if (builtInRole(name) !== undefined) throw new IdentityChangeError(`role: ${name} exists always`);
    const owners = this.#database
      .prepare(
        'SELECT (SELECT count(*) FROM grants WHERE role = ?) + (SELECT count(*) FROM keys WHERE role = ?) AS count',
      )
      .get(name, name);
    const count = Number(owners?.['count'] ?? 0);
    if (count > 0)
      throw new IdentityChangeError(`role: expected one that is not in use, got ${name}, used by ${count}`);
    const { changes } = this.#database.prepare('DELETE FROM roles WHERE name = ?').run(name);
    if (changes === 0) throw new IdentityMissingError(`role: there is no ${JSON.stringify(name)}`);
  }

  /** Throws an `IdentityChangeError` unless there is a role. */
  require(role: string): void {
    if (this.permissionsOf(role) === undefined)
      throw new IdentityChangeError(
        `role: expected admin, editor, viewer, ingest or a custom role, got ${JSON.stringify(role)}`,
      );
  }

  #custom(name: string): Role | undefined {
    const row = this.#database.prepare('SELECT * FROM roles WHERE name = ?').get(name);
    return row && roleOf(row);
  }
}

/** Permissions of roles that hide values. Others change pipelines, read the memory of the process, or give access. */
const WITH_MASKED: ReadonlySet<string> = new Set<Permission>([
  ...(['telemetry:read', 'telemetry:write', 'telemetry:export', 'documents:write', 'operations:read'] as const),
]);

/** Attributes from which stores derive columns of their own, so that masking them would hide nothing. */
const NEEDED_ATTRIBUTES = [
  ...['service.name', 'service.namespace', 'service.version', 'service.instance.id', 'host.name'],
  ...['http.route', 'http.request.method', 'http.response.status_code', 'url.path', 'rpc.method'],
  ...['exception.type', 'exception.message', 'exception.stacktrace', 'error.type', 'db.system.name'],
] as const;

function matches(pattern: string, key: string): boolean {
  const parts = pattern.split('*').map((part) => RegExp.escape(part));
  return new RegExp(`^${parts.join('.*')}$`, 'i').test(key);
}

function checkMasked(masked: readonly string[], permissions: readonly string[]): void {
  const invalid = masked.find((one) => !/^[\w-][\w.\-/*]{0,199}$/.test(one));
  if (invalid !== undefined)
    throw new IdentityChangeError(`masked: expected attributes such as enduser.*, got ${JSON.stringify(invalid)}`);
  if (masked.length > MAX_PATTERNS)
    throw new IdentityChangeError(`masked: expected at most ${MAX_PATTERNS} patterns, got ${masked.length}`);
  const shows = permissions.find((one) => !WITH_MASKED.has(one));
  if (masked.length > 0 && shows !== undefined)
    throw new IdentityChangeError(`masked: expected no patterns together with ${shows}, which can show all values`);
  const needed = NEEDED_ATTRIBUTES.find((key) => masked.some((pattern) => matches(pattern, key)));
  if (needed !== undefined)
    throw new IdentityChangeError(`masked: expected patterns that do not match ${needed}, which every view shows`);
}

function roleOf(row: Readonly<Record<string, unknown>>): Role {
  const valuesIn = (column: string): string[] => String(row[column]).split(' ').filter(Boolean);
  return {
    name: String(row['name']),
    permissions: valuesIn('permissions').filter(isPermission),
    masked: valuesIn('masked'),
    isBuiltIn: false,
  };
}

function isPermission(text: string): text is Permission {
  return (PERMISSIONS as readonly string[]).includes(text);
}
