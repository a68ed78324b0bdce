import type { TenantSettings as DirectorySettings, TenantDirectory, TenantLimits } from '@otelier/identity';
import { defined } from '../component/defined.ts';
import type { TenantDefinition } from '../component/requests/tenants.ts';
import type { TenantLimits as ConfigLimits, TenantsConfig } from './config.ts';
import type { TenantSettings } from './tenant-state.ts';

/** Where tenants are defined. An extension's definition replaces that of the configuration with the same name. */
export interface DefinitionSources {
  readonly config: TenantsConfig;
  readonly directory: TenantDirectory | undefined;
}

/** Returns what is in force for a tenant. */
export function settingsOf({ config, directory }: DefinitionSources, name: string): TenantSettings {
  const own = namedIn(config, name);
  const defines = directory?.get(name);
  return {
    state: defines?.state ?? own?.state ?? 'active',
    limits: { ...config.limits, ...own?.limits, ...limitsOf(defines) },
  };
}

/** Reports whether a tenant is defined. */
export function isDefined({ config, directory }: DefinitionSources, name: string): boolean {
  return namedIn(config, name) !== undefined || directory?.get(name) !== undefined;
}

/** Returns the names of the tenants that are defined. */
export function definedNames({ config, directory }: DefinitionSources): readonly string[] {
  const names = [...Object.keys(config.named), ...(directory?.list() ?? []).map(({ name }) => name)];
  return [...new Set(names)];
}

/** Describes a tenant to administrators. */
export function definitionOf(sources: DefinitionSources, name: string): TenantDefinition {
  const { config, directory } = sources;
  const own = namedIn(config, name);
  const found = directory?.get(name);
  const { state, limits } = settingsOf(sources, name);
  return {
    tenant: name,
    displayName: found?.displayName ?? name,
    state,
    definedBy: found === undefined ? (own === undefined ? 'telemetry' : 'configuration') : 'identity',
    createdMillis: found?.createdMillis,
    limits: apiLimits(limits),
    ownLimits: { ...(own && apiLimits(own.limits)), ...found?.limits },
  };
}

function namedIn({ named }: TenantsConfig, name: string): TenantsConfig['named'][string] | undefined {
  return Object.hasOwn(named, name) ? named[name] : undefined;
}

/** Returns the limits of a tenant that an extension defines, under the names of the configuration. */
function limitsOf(settings: DirectorySettings | undefined): ConfigLimits {
  const { queryMillis: queryTime, ...rest } = settings?.limits ?? {};
  return defined({ ...rest, queryTime });
}

function apiLimits({ queryTime, ...limits }: ConfigLimits): TenantLimits {
  return defined({ ...limits, queryMillis: queryTime });
}
