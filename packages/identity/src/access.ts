import { DEFAULT_TENANT } from '@otelier/otlp';

/** What a caller can be permitted to do. */
export const PERMISSIONS = [
  'telemetry:read',
  'telemetry:write',
  'telemetry:export',
  'telemetry:delete',
  'restricted:read',
  'documents:write',
  'configuration:read',
  'configuration:write',
  'alerts:write',
  'operations:read',
  'operations:profile',
  'people:manage',
  'keys:manage',
  'tenants:manage',
  'audit:read',
] as const;

/** Something that a caller can be permitted to do. */
export type Permission = (typeof PERMISSIONS)[number];

/** Permissions that a role in a single tenant gives. The others concern the whole process. */
export const TENANT_PERMISSIONS: ReadonlySet<Permission> = new Set<Permission>([
  'telemetry:read',
  'telemetry:write',
  'telemetry:export',
  'telemetry:delete',
  'restricted:read',
  'documents:write',
  'alerts:write',
]);

/** Who makes a request, and what this caller may do. Handlers take the tenant from it, never from a parameter alone. */
export interface Access {
  /** Names the caller in logs: `user:ada@example.com`. Never contains credentials. */
  readonly subject: string;
  /** `local` is a caller on a port that needs no credentials. */
  readonly kind: 'user' | 'service' | 'key' | 'local';
  /** The tenant of the request. */
  readonly tenant: string;
  /** The tenants that the caller may select. */
  readonly tenants: readonly string[] | 'all';
  /** Reports whether the caller has a permission in the tenant of the request. */
  can(permission: Permission): boolean;
  /** Returns the access of the caller in another tenant, if it differs. */
  inTenant?(tenant: string): Access;
  /** Patterns of attributes, such as `enduser.*`, whose values this caller must not see. */
  readonly masked: readonly string[];
  /** What the caller must set up first. Until then, only the own account can be used. */
  readonly lacks?: 'second factor' | undefined;
}

/** The access of all callers of a process without an identity provider: every permission in every tenant. */
export const ALLOW_ALL: Access = {
  subject: 'local',
  kind: 'local',
  tenant: DEFAULT_TENANT,
  tenants: 'all',
  can: () => true,
  masked: [],
};

/** The roles that exist without being defined, with their permissions. */
export const ROLES = {
  admin: PERMISSIONS,
  editor: [
    'telemetry:read',
    'telemetry:write',
    'telemetry:export',
    'restricted:read',
    'documents:write',
    'configuration:read',
    'configuration:write',
    'alerts:write',
    'operations:read',
  ],
  viewer: ['telemetry:read', 'operations:read'],
  ingest: ['telemetry:write'],
} as const satisfies Readonly<Record<string, readonly Permission[]>>;

/** Reports whether a caller may select a tenant. */
export function maySelectTenant({ tenants }: Access, tenant: string): boolean {
  return tenants === 'all' || tenants.includes(tenant);
}
