import type { Access } from '@otelier/identity';
import { ALLOW_ALL } from '@otelier/identity/access';
import type { QueryCaller, Store, StoreStats } from '@otelier/store';
import type { FindIngestTarget } from '../../api/ingest.ts';
import type { TenantsView } from '../../endpoints/endpoint.ts';
import { accessIn, requirePermission, requireTenant } from '../../request/permission.ts';
import { maskStore } from './masking/masked-store.ts';

/** Returns the store for a caller, so that its queries end with its request, within the limits of its tenant, and read only what it may read. */
export function storeFor(store: Store, caller: QueryCaller, access: Access, tenants: TenantsView | undefined): Store {
  const { queryMemoryBytes: memoryBytes } = tenants?.limitsOf(access.tenant) ?? {};
  const limited = memoryBytes === undefined ? caller : { ...caller, memoryBytes };
  return guardStore(store.for?.(limited) ?? store, access);
}

/**
 * Returns a store that a caller reads through: each query needs the permission to read and a tenant of the caller. It is
 * the last check before the data, whatever language, path or parameter a query came by. Values of attributes that the
 * caller must not see are masked in what it returns.
 */
function guardStore(store: Store, access: Access): Store {
  return access === ALLOW_ALL ? store : maskStore(guarded(store, access), access.masked);
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
const UNSCOPED: ReadonlySet<string> = new Set(['settled', 'health', 'checkHealth']);

/** Guards an object of methods, and the objects of methods in it, such as `Store.sql`. */
function guarded<T extends object>(target: T, access: Access): T {
  return new Proxy(target, {
    get(object, name) {
      const value: unknown = Reflect.get(object, name);
      if (name === 'for' && typeof value === 'function')
        return (caller: unknown) => guarded(value.call(object, caller) as object, access);
      if (name === 'stats' && typeof value === 'function')
        return async () => statsFor((await value.call(object)) as StoreStats, access);
      if (typeof value === 'object' && value !== null) return guarded(value, access);
      if (typeof value !== 'function' || UNSCOPED.has(String(name))) return value;
      return (...args: readonly unknown[]) => {
        checkQuery(args[0], access, String(name));
        return value.apply(object, args);
      };
    },
  });
}

/** Returns what a caller may know of the sizes of a store: everything, or what its tenant has. */
function statsFor(stats: StoreStats, { tenant, tenants }: Access): StoreStats {
  if (tenants === 'all') return stats;
  const own = stats.tenants?.filter((one) => tenants.includes(one.tenant)) ?? [];
  const signals = signalsOf(stats, tenant);
  const sizeBytes = Object.values(signals).reduce((sum, { bytes }) => sum + bytes, 0);
  const ofAll = { directory: '', oldest: undefined, journalBytes: 0, purposes: undefined, held: undefined };
  return { ...stats, ...ofAll, signals, tenants: own, sizeBytes };
}

/** Returns what a store has of a tenant, by signal. An engine that does not tell tenants apart says nothing. */
function signalsOf({ tenants = [] }: StoreStats, tenant: string): StoreStats['signals'] {
  return tenants.find((one) => one.tenant === tenant)?.signals ?? {};
}

function checkQuery(query: unknown, access: Access, method: string): void {
  const tenant = typeof query === 'object' && query !== null && 'tenant' in query ? query.tenant : undefined;
  if (typeof tenant !== 'string') throw new Error(`a caller must not call ${method} of the store without a tenant`);
  requireTenant(access, tenant);
  // Roles differ between tenants.
  requirePermission(accessIn(access, tenant), 'telemetry:read');
}
