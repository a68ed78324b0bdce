import type { ApiKeys } from '../accounts/api-keys.ts';
import { IdentityChangeError, IdentityForbiddenError } from '../accounts/errors.ts';
import type { Roles } from '../accounts/roles.ts';
import type { Administration } from './administration.ts';
import type { RecordChange } from './change-log.ts';
import { requireAll, requireHeld } from './held-permissions.ts';
import { checkGrants } from './people.ts';

/** Creates what administrators do with roles. */
export function createRoleChanges(roles: Roles, record: RecordChange): Administration['roles'] {
  return {
    list: () => roles.list(),
    save(by, { name, permissions, masked }) {
      // Both what the role gave and what it is to give.
      requireAll(by, roles.permissionsOf(name) ?? []);
      const before = roles.list().find((role) => role.name === name);
      const shown = by.masked.find((pattern) => !masked.includes(pattern));
      if (shown !== undefined)
        throw new IdentityForbiddenError(`masked: expected ${shown} as well, whose values the caller cannot see`);
      const known = roles.list().flatMap((role) => role.permissions);
      requireAll(
        by,
        known.filter((one) => permissions.includes(one)),
      );
      roles.define(name, permissions, masked);
      const described = `${name}: ${permissions.join(' ')}${masked.length === 0 ? '' : `; masked ${masked.join(' ')}`}`;
      record(by, { action: before === undefined ? 'role.create' : 'role.change', target: described });
    },
    remove(by, name) {
      requireAll(by, roles.permissionsOf(name) ?? []);
      roles.remove(name);
      record(by, { action: 'role.remove', target: name });
    },
  };
}

const MAX_OVERLAP_MILLIS = 90 * 24 * 3_600_000;

/** Creates what administrators do with API keys. */
export function createKeyChanges(
  keys: ApiKeys,
  roles: Roles,
  { record, now, flush }: { readonly record: RecordChange; readonly now: () => number; readonly flush: () => void },
): Administration['keys'] {
  return {
    list() {
      flush();
      return keys.list();
    },
    create(by, key) {
      checkGrants(by, [key], roles);
      if (key.expiresMillis !== undefined && key.expiresMillis <= now())
        throw new IdentityChangeError('expiresMillis: expected a time in the future');
      const created = keys.create({ ...key, createdBy: by.subject }, now());
      record(by, { action: 'key.create', target: `${created.id} ${key.name}: ${key.role}`, tenant: key.tenant });
      return created;
    },
    rotate(by, id, overlapMillis) {
      if (overlapMillis < 0 || overlapMillis > MAX_OVERLAP_MILLIS)
        throw new IdentityChangeError('overlapSeconds: expected 0 to 90 days');
      const key = keys.get(id);
      requireHeld(by, [key], roles);
      const nowMillis = now();
      const created = keys.rotate(id, {
        createdBy: by.subject,
        overlapUntilMillis: nowMillis + overlapMillis,
        nowMillis,
      });
      record(by, { action: 'key.rotate', target: `${id} ${created.id}`, tenant: key.tenant });
      return created;
    },
    revoke(by, id) {
      const key = keys.get(id);
      requireHeld(by, [key], roles);
      keys.revoke(id);
      record(by, { action: 'key.revoke', target: id, tenant: key.tenant });
    },
  };
}
