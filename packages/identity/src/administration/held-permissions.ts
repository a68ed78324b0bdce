import type { Access, Permission } from '../access.ts';
import { IdentityForbiddenError } from '../accounts/errors.ts';
import { ALL_TENANTS, type Grant, permissionsIn } from '../accounts/grants.ts';
import type { Roles } from '../accounts/roles.ts';

/**
 * Throws an `IdentityForbiddenError` unless a caller has everything that grants give. Without it, someone who manages keys or people could
 * become an administrator.
 */
export function requireHeld(by: Access, grants: readonly Grant[], roles: Roles): void {
  for (const { role, tenant } of grants) {
    const there = by.inTenant?.(tenant) ?? by;
    if (tenant === ALL_TENANTS && by.tenants !== 'all') throw missing('all tenants');
    const permissions = permissionsIn(tenant, roles.permissionsOf(role) ?? []);
    requireAll(there, permissions, tenant);
    if (!permissions.includes('telemetry:read')) continue;
    const shown = there.masked.find((pattern) => !roles.maskedBy(role).includes(pattern));
    if (shown !== undefined) throw missing(`the values of ${shown}`);
  }
}

/** Throws an `IdentityForbiddenError` unless a caller has permissions in all tenants. */
export function requireAll(by: Access, permissions: readonly Permission[], tenant: string = ALL_TENANTS): void {
  const there = by.inTenant?.(tenant) ?? by;
  const lacking = permissions.find((one) => !there.can(one));
  if (lacking !== undefined) throw missing(`${lacking}${tenant === ALL_TENANTS ? '' : ` in ${tenant}`}`);
}

function missing(what: string): IdentityForbiddenError {
  return new IdentityForbiddenError(`permission: expected ${what}, which the caller does not have and cannot give`);
}
