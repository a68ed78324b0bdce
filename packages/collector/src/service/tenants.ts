import type { TenantsConfig } from '../tenants/config.ts';
import { ServiceTenants, type TenantsContext } from '../tenants/service-tenants.ts';

/** Creates the tenants of a thread; none without a configuration, so that requests cost nothing more. */
export function createTenants(config: TenantsConfig | undefined, context: TenantsContext): ServiceTenants | undefined {
  return config === undefined ? undefined : new ServiceTenants(config, context);
}
