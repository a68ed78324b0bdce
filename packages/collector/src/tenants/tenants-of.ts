import { type TenantsConfig, tenantsConfig } from './config.ts';

/** The parts of a configuration that say whether it has tenants. */
export interface ConfiguredTenants {
  readonly service: {
    readonly tenants: TenantsConfig | undefined;
    readonly extensions: readonly { readonly id: string }[];
  };
  readonly extensions: ReadonlyMap<string, { readonly type: string }>;
}

/** Returns the configuration of tenants: the one that is written, or the default one if an extension defines tenants. */
export function tenantsOf({ service, extensions }: ConfiguredTenants): TenantsConfig | undefined {
  const hasIdentity = service.extensions.some(({ id }) => extensions.get(id)?.type === 'identity');
  return service.tenants ?? (hasIdentity ? tenantsConfig().parse({}) : undefined);
}
