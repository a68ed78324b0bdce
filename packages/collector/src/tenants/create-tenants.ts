import type { TenantDirectory } from '@otelier/identity';
import type { Clock } from '@otelier/transport';
import type { Admissions } from '../component/admissions.ts';
import { ServiceTenants } from './service-tenants.ts';
import { type ConfiguredTenants, tenantsOf } from './tenants-of.ts';
import { createUseMemory, SharedUse } from './use/shared-use.ts';

/** Creates the tenants of a thread; none without a configuration or an identity, so that requests cost nothing more. */
export function createTenants(
  config: ConfiguredTenants,
  clock: Clock,
  { receivers }: { readonly receivers: Admissions },
  offers: () => readonly unknown[],
  thread?: { readonly useMemory: SharedArrayBuffer | undefined; readonly index: number },
): ServiceTenants | undefined {
  const tenants = tenantsOf(config);
  if (tenants === undefined) return undefined;
  const sharedUse = thread?.useMemory && new SharedUse(thread.useMemory, thread.index);
  return new ServiceTenants(tenants, {
    clock,
    receivers,
    sharedUse,
    directory: () =>
      offers()
        .map(tenantDirectoryIn)
        .find((found) => found !== undefined),
  });
}

/** Returns the tenants that an extension defines, if what it offers has them. */
function tenantDirectoryIn(offers: unknown): TenantDirectory | undefined {
  const tenants = typeof offers === 'object' && offers !== null && 'tenants' in offers ? offers.tenants : undefined;
  return isDirectory(tenants) ? tenants : undefined;
}

function isDirectory(value: unknown): value is TenantDirectory {
  return typeof value === 'object' && value !== null && ['get', 'list', 'onChange'].every((name) => name in value);
}

export { createUseMemory };
