import type { Access } from '../access.ts';
import type { ApiKey, ApiKeys } from '../accounts/api-keys.ts';
import { IdentityChangeError, IdentityForbiddenError } from '../accounts/errors.ts';
import { ALL_TENANTS, type Grant } from '../accounts/grants.ts';
import type { Roles } from '../accounts/roles.ts';
import type { ServiceAccounts } from '../accounts/service-accounts.ts';
import type { Changes } from '../database/changes.ts';
import type { Administration, NewKey } from './administration.ts';
import type { RecordChange } from './change-log.ts';
import { requireAll, requireHeld } from './held-permissions.ts';
import { checkGrants } from './people.ts';

/** Creates what administrators do with roles. */
export function createRoleChanges(
  roles: Roles,
  { changes, record }: { readonly changes: Changes; readonly record: RecordChange },
): Administration['roles'] {
  return {
    list: () => roles.list(),
    save: (by, { name, permissions, masked }) =>
      changes.run(() => {
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
        const hidden = masked.length === 0 ? '' : `; masked ${masked.join(' ')}`;
        const target = `${name}: ${permissions.join(' ')}${hidden}`;
        record(by, { action: before === undefined ? 'role.create' : 'role.change', target });
      }),
    remove: (by, name) =>
      changes.run(() => {
        requireAll(by, roles.permissionsOf(name) ?? []);
        roles.remove(name);
        record(by, { action: 'role.remove', target: name });
      }),
  };
}

const MAX_OVERLAP_MILLIS = 90 * 24 * 3_600_000;

interface KeyOptions {
  readonly keys: ApiKeys;
  readonly roles: Roles;
  readonly serviceAccounts: ServiceAccounts;
  readonly changes: Changes;
  readonly record: RecordChange;
  readonly now: () => number;
  /** Writes when keys were used. */
  readonly flush: () => Promise<void>;
}

/** Creates what administrators do with API keys. */
export function createKeyChanges({
  keys,
  roles,
  serviceAccounts,
  changes,
  record,
  now,
  flush,
}: KeyOptions): Administration['keys'] {
  /** Throws an `IdentityForbiddenError` unless the caller has what a key gives. */
  const requireKey = (by: Access, key: ApiKey): void =>
    requireHeld(by, key.account === undefined ? [key] : serviceAccounts.require(key.account).grants, roles);
  const checkNewKey = (by: Access, { account, role, tenant }: Pick<NewKey, 'account' | 'role' | 'tenant'>): Grant => {
    if (account !== undefined) {
      if (role !== undefined || tenant !== undefined)
        throw new IdentityChangeError('role: expected none together with account, whose roles the key has');
      requireHeld(by, serviceAccounts.require(account).grants, roles);
      return { role: '', tenant: ALL_TENANTS };
    }
    if (role === undefined || tenant === undefined)
      throw new IdentityChangeError('role: expected a role and a tenant, or the account of a program');
    checkGrants(by, [{ role, tenant }], roles);
    return { role, tenant };
  };
  return {
    async list() {
      await flush();
      return keys.list();
    },
    create: (by, key) =>
      changes.run(() => {
        const { account, role, tenant, ...rest } = key;
        const grant = checkNewKey(by, { account, role, tenant });
        if (key.expiresMillis !== undefined && key.expiresMillis <= now())
          throw new IdentityChangeError('expiresMillis: expected a time in the future');
        const created = keys.create({ ...rest, ...grant, account, createdBy: by.subject }, now());
        const described = account === undefined ? grant.role : `service:${serviceAccounts.require(account).name}`;
        record(by, { action: 'key.create', target: `${created.id} ${key.name}: ${described}`, tenant: grant.tenant });
        return created;
      }),
    rotate: (by, id, overlapMillis) =>
      changes.run(() => {
        if (overlapMillis < 0 || overlapMillis > MAX_OVERLAP_MILLIS)
          throw new IdentityChangeError('overlapSeconds: expected 0 to 90 days');
        const key = keys.get(id);
        requireKey(by, key);
        const nowMillis = now();
        const created = keys.rotate(id, {
          createdBy: by.subject,
          overlapUntilMillis: nowMillis + overlapMillis,
          nowMillis,
        });
        record(by, { action: 'key.rotate', target: `${id} ${created.id}`, tenant: key.tenant });
        return created;
      }),
    revoke: (by, id) =>
      changes.run(() => {
        const key = keys.get(id);
        requireKey(by, key);
        keys.revoke(id);
        record(by, { action: 'key.revoke', target: id, tenant: key.tenant });
      }),
  };
}
