import type { Access, AccessControl, AccessResult } from '@otelier/identity';
import { ALLOW_ALL } from '@otelier/identity/access';
import { DEFAULT_TENANT } from '@otelier/otlp';
import type { Tenants } from '../component/requests/tenants.ts';

/**
 * Returns access control for queries without an identity: behind a trusted proxy, callers read only the tenant of the
 * header. Others may select every tenant, but not by the header.
 */
export function tenantAccess(tenants: Tenants): AccessControl {
  return {
    authenticate({ headers, address }): AccessResult {
      const found = tenants.readHeader(Object.fromEntries(headers), address);
      switch (found.kind) {
        case 'named':
          return { kind: 'granted', access: accessIn(found.tenant) };
        case 'none':
          return { kind: 'granted', access: found.isTrusted ? accessIn(DEFAULT_TENANT) : ALLOW_ALL };
        default:
          return { kind: 'forbidden', reason: found.reason };
      }
    },
    record: () => undefined,
    signIn: async () => ({ kind: 'refused', reason: 'this process has no accounts' }),
    signOut: async () => undefined,
  };
}

function accessIn(tenant: string): Access {
  return { ...ALLOW_ALL, subject: `tenant:${tenant}`, tenant, tenants: [tenant] };
}
