import type { Access } from '@otelier/identity';
import { ALLOW_ALL } from '@otelier/identity/access';
import type { Store } from '@otelier/store';
import type { FindIngestTarget } from '../../api/ingest.ts';
import { accessIn, requirePermission, requireTenant } from '../../request/permission.ts';

/**
 * Returns a store that a caller reads through: each query needs the permission to read and a tenant of the caller. It is
 * the last check before the data, whatever language, path or parameter a query came by.
 */
export function guardStore(store: Store, access: Access): Store {
  return access === ALLOW_ALL ? store : guarded(store, access);
}

/** Returns the pipelines that a caller may send telemetry into. */
export function guardIngest(ingest: FindIngestTarget, access: Access): FindIngestTarget {
  if (access === ALLOW_ALL) return ingest;
  return (signal) => {
    requirePermission(access, 'telemetry:write');
    // Without an identity, a header is no reason to believe that telemetry is of a tenant.
    return isAnyone(access) ? ingest(signal) : ingest(signal, access.tenant);
  };
}

function isAnyone({ kind, tenants }: Access): boolean {
  return kind === 'local' && tenants === 'all';
}

/** Methods that read no telemetry. */
const UNSCOPED: ReadonlySet<string> = new Set(['settled', 'health', 'checkHealth', 'stats']);

/** Guards an object of methods, and the objects of methods in it, such as `Store.sql`. */
function guarded<T extends object>(target: T, access: Access): T {
  return new Proxy(target, {
    get(object, name) {
      const value: unknown = Reflect.get(object, name);
      if (name === 'for' && typeof value === 'function')
        return (caller: unknown) => guarded(value.call(object, caller) as object, access);
      if (typeof value === 'object' && value !== null) return guarded(value, access);
      if (typeof value !== 'function' || UNSCOPED.has(String(name))) return value;
      return (...args: readonly unknown[]) => {
        checkQuery(args[0], access, String(name));
        return value.apply(object, args);
      };
    },
  });
}

function checkQuery(query: unknown, access: Access, method: string): void {
  const tenant = typeof query === 'object' && query !== null && 'tenant' in query ? query.tenant : undefined;
  if (typeof tenant !== 'string') throw new Error(`a caller must not call ${method} of the store without a tenant`);
  requireTenant(access, tenant);
  // Roles differ between tenants.
  requirePermission(accessIn(access, tenant), 'telemetry:read');
}
