import type { Access, AccessResult, Permission } from '@otelier/identity';
import { PERMISSIONS, TENANT_PERMISSIONS } from '@otelier/identity/access';
import { ApiProblem } from '../api/problem.ts';

/** The permission that a route needs: one of a list, that of any known caller, or none. */
export type RoutePermission = Permission | readonly Permission[] | 'any caller' | 'public';

/** What a route is about: the tenant of its caller, or the whole process, so that it rejects callers of single tenants. */
export type RouteScope = 'tenant' | 'process';

/** The permissions over the whole process. */
const PROCESS_PERMISSIONS: ReadonlySet<string> = new Set(PERMISSIONS.filter((one) => !TENANT_PERMISSIONS.has(one)));

/** Returns what a route is about whose callers need a permission. */
export function scopeOf(permission: RoutePermission): RouteScope {
  const all = typeof permission === 'string' ? [permission] : permission;
  return all.every((one) => PROCESS_PERMISSIONS.has(one)) ? 'process' : 'tenant';
}

/** Throws an `ApiProblem` unless the caller has a permission, naming what is missing. */
export function requirePermission(access: Access, permission: Permission): void {
  if (!access.can(permission)) throw missing(permission);
}

/** Returns the access of a caller. Throws an `ApiProblem` unless it has the permission of a route. */
export function requireAccess(caller: AccessResult, permission: Exclude<RoutePermission, 'public'>): Access {
  if (caller.kind !== 'granted') throw problemOf(caller);
  const { access } = caller;
  if (permission === 'any caller') return access;
  if (access.lacks !== undefined) throw new ApiProblem('forbidden', NEEDS_SECOND_FACTOR);
  const accepted = typeof permission === 'string' ? [permission] : permission;
  if (!accepted.some((one) => access.can(one))) throw missing(accepted.join(' or '));
  return access;
}

/** Throws an `ApiProblem` unless a caller may select a tenant, in the same words whether there is such a tenant. */
export function requireTenant({ tenants }: Access, tenant: string): void {
  if (tenants === 'all' || tenants.includes(tenant)) return;
  throw new ApiProblem('forbidden', 'tenant: expected one that the caller may select');
}

/** Returns the access of a caller in a tenant that it may select. */
export function accessIn(access: Access, tenant: string): Access {
  if (tenant === access.tenant) return access;
  if (access.inTenant !== undefined) return access.inTenant(tenant);
  const { subject, kind, tenants, masked } = access;
  return { subject, kind, tenant, tenants, masked, can: (permission) => access.can(permission) };
}

const NEEDS_SECOND_FACTOR =
  'second factor: expected one, which the role of this account demands; set up one-time passwords or a passkey in your account, or sign in again with what you have';

function missing(permission: string): ApiProblem {
  return new ApiProblem('forbidden', `permission: expected ${permission}, which the caller does not have`);
}

function problemOf(caller: Exclude<AccessResult, { kind: 'granted' }>): ApiProblem {
  switch (caller.kind) {
    case 'unauthenticated':
      return new ApiProblem('unauthorized', caller.reason, { 'www-authenticate': 'Bearer realm="otelier"' });
    case 'forbidden':
      return new ApiProblem('forbidden', caller.reason);
    case 'limited':
      return new ApiProblem('too_many_requests', caller.reason, { 'retry-after': String(caller.retryAfterSeconds) });
    case 'unavailable':
      return new ApiProblem('unavailable', caller.reason, { 'retry-after': '1' });
  }
}
