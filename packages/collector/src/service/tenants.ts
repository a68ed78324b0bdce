import type { TenantDirectory } from '@otelier/identity';
import type { Clock } from '@otelier/transport';
import type { ServiceConfig } from '../config/model.ts';
import { type TenantsConfig, tenantsConfig } from '../tenants/config.ts';
import { ServiceTenants } from '../tenants/service-tenants.ts';
import type { ResizableBudget } from './admission.ts';

/** Creates the tenants of a thread; none without a configuration or an identity, so that requests cost nothing more. */
export function createTenants(
  config: ServiceConfig,
  clock: Clock,
  { receivers }: ResizableBudget,
  directory: () => TenantDirectory | undefined,
): ServiceTenants | undefined {
  const tenants = tenantsOf(config);
  return tenants === undefined ? undefined : new ServiceTenants(tenants, { clock, receivers, directory });
}

/** Returns the configuration of tenants: the one that is written, or the default one if an extension defines tenants. */
export function tenantsOf({ service, extensions }: ServiceConfig): TenantsConfig | undefined {
  const hasIdentity = service.extensions.some(({ id }) => extensions.get(id)?.type === 'identity');
  return service.tenants ?? (hasIdentity ? tenantsConfig().parse({}) : undefined);
}

/** Returns the tenants that an extension defines, if what it offers has them. */
export function tenantDirectoryIn(offers: unknown): TenantDirectory | undefined {
  const tenants = typeof offers === 'object' && offers !== null && 'tenants' in offers ? offers.tenants : undefined;
  return isDirectory(tenants) ? tenants : undefined;
}

function isDirectory(value: unknown): value is TenantDirectory {
  return typeof value === 'object' && value !== null && ['get', 'list', 'onChange'].every((name) => name in value);
}
