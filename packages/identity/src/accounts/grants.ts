import { DEFAULT_TENANT } from '@otelier/otlp';
import { type Access, type Permission, ROLES, TENANT_PERMISSIONS } from '../access.ts';

/** A role in a tenant, or in all tenants and the process itself (`*`). */
export interface Grant {
  readonly role: string;
  readonly tenant: string;
}

/** The tenant of a grant that is for all of them. */
export const ALL_TENANTS = '*';

/** Returns the permissions of a role; `undefined` if there is none of this name. */
export type RoleLookup = (role: string) => readonly Permission[] | undefined;

/** Looks up what roles permit, and the patterns of attributes that they hide. */
export interface RolesLookup {
  readonly permissionsOf: RoleLookup;
  readonly maskedBy: (role: string) => readonly string[];
}

/** Returns the access that grants give. The tenant is `default` if the caller has it, and the first of the grants otherwise. */
export function accessOf(
  caller: Pick<Access, 'subject' | 'kind'>,
  grants: readonly Grant[],
  roles: RolesLookup,
  tenant: string = firstTenant(grants),
): Access {
  const held = new Set<Permission>();
  const readers: string[] = [];
  for (const grant of grants) {
    if (grant.tenant !== ALL_TENANTS && grant.tenant !== tenant) continue;
    const permissions = permissionsIn(grant.tenant, roles.permissionsOf(grant.role) ?? []);
    for (const permission of permissions) held.add(permission);
    if (permissions.includes('telemetry:read')) readers.push(grant.role);
  }
  const hasAll = grants.some((grant) => grant.tenant === ALL_TENANTS);
  return {
    ...caller,
    tenant,
    tenants: hasAll ? 'all' : [...new Set(grants.map((grant) => grant.tenant))],
    can: (permission) => held.has(permission),
    inTenant: (other) => accessOf(caller, grants, roles, other),
    masked: maskedByAll(readers, roles),
  };
}

/** Returns the patterns that every role hides which lets a caller read: one role that shows a value is enough. */
function maskedByAll(readers: readonly string[], { maskedBy }: RolesLookup): readonly string[] {
  const [first = [], ...others] = readers.map(maskedBy);
  return first.filter((pattern) => others.every((masked) => masked.includes(pattern)));
}

/** Returns those of permissions that a role gives in a tenant. */
export function permissionsIn(tenant: string, permissions: readonly Permission[]): readonly Permission[] {
  return tenant === ALL_TENANTS ? permissions : permissions.filter((one) => TENANT_PERMISSIONS.has(one));
}

/** Looks up the roles that exist without being defined. */
export function builtInRole(role: string): readonly Permission[] | undefined {
  return Object.hasOwn(ROLES, role) ? ROLES[role as keyof typeof ROLES] : undefined;
}

function firstTenant(grants: readonly Grant[]): string {
  const names = grants.map(({ tenant }) => tenant);
  if (names.includes(ALL_TENANTS) || names.includes(DEFAULT_TENANT)) return DEFAULT_TENANT;
  return names[0] ?? DEFAULT_TENANT;
}
