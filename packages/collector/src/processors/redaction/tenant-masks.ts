import { CATALOG, CATALOG_NAMES, type CatalogName, selectedNames } from './catalog/names.ts';
import { type MaskMethod, maskBy } from './mask-methods.ts';
import { Pseudonyms } from './pseudonyms/pseudonyms.ts';

/** Which kinds of values are masked, and how. */
export interface CatalogSettings {
  readonly catalog: readonly string[];
  /** Methods by kind or group. */
  readonly masks: Readonly<Partial<Record<string, MaskMethod>>>;
}

/** What is masked for a tenant. */
export interface TenantMasks {
  readonly enabled: ReadonlySet<CatalogName>;
  mask(name: CatalogName, text: string): string;
}

/** Returns what is masked for a tenant, by the settings for it. */
export function tenantMasks(
  { catalog, masks }: CatalogSettings,
  tenant: string,
  pseudonymKey: string,
  mask: (text: string) => string,
): TenantMasks {
  const enabled = selectedNames(catalog);
  const methods = new Map(CATALOG_NAMES.map((name) => [name, methodOf(masks, name)] as const));
  const pseudonyms = new Pseudonyms(pseudonymKey, tenant);
  return { enabled, mask: (name, text) => maskBy(methods.get(name) ?? 'mask', name, text, mask, pseudonyms) };
}

/** The method for a kind: its own, that of its group, or that of all. */
function methodOf(masks: CatalogSettings['masks'], name: CatalogName): MaskMethod {
  const { group } = CATALOG[name];
  return masks[name] ?? (group === undefined ? undefined : masks[group]) ?? masks.all ?? 'mask';
}
