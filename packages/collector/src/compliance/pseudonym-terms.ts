import type { SubjectTerm } from '@otelier/store';
import type { RunningSetup } from '../component/host.ts';
import { CATALOG_NAMES, type CatalogName, selectedNames } from '../processors/redaction/catalog/names.ts';
import { MASK_METHODS, needsKey } from '../processors/redaction/mask-methods.ts';
import { type CatalogSettings, tenantMasks } from '../processors/redaction/tenant-masks.ts';

/** The settings of a processor `redaction` that decide about pseudonyms. */
interface RedactionSettings extends CatalogSettings {
  readonly pseudonymKey: string;
  readonly tenants?: Readonly<Record<string, Partial<CatalogSettings>>> | undefined;
}

/** Shorter texts would be found in telemetry of others. */
const MIN_LENGTH = 4;

/**
 * Returns the pseudonyms that the running processors `redaction` replace values of a subject by, as terms. A value has one
 * for each kind, because its kind depends on the text around it.
 */
export function pseudonymTerms(
  setup: RunningSetup,
  tenant: string,
  terms: readonly SubjectTerm[],
): readonly SubjectTerm[] {
  const found = new Map<string, SubjectTerm>();
  for (const { type, kind, config } of setup.components) {
    if (kind !== 'processor' || type !== 'redaction') continue;
    const settings = config as unknown as RedactionSettings;
    const own = { ...settings, ...settings.tenants?.[tenant] };
    if ((settings.pseudonymKey ?? '') === '' || own.catalog.length === 0) continue;
    const { enabled, mask } = tenantMasks(own, tenant, settings.pseudonymKey, () => '');
    for (const { value } of terms) {
      for (const name of namesOf(own, enabled)) {
        const pseudonym = mask(name, value);
        if (pseudonym.length >= MIN_LENGTH && pseudonym !== value) found.set(pseudonym, { value: pseudonym });
      }
    }
  }
  return [...found.values()];
}

/** Returns the kinds that are replaced by pseudonyms. */
function namesOf({ catalog, masks }: CatalogSettings, enabled: ReadonlySet<CatalogName>): readonly CatalogName[] {
  const methods = Object.entries(masks).flatMap(([name, method]) =>
    method !== undefined && MASK_METHODS.includes(method) && needsKey(method) ? [name] : [],
  );
  const selected = selectedNames(methods.includes('all') ? catalog : methods);
  return CATALOG_NAMES.filter((name) => enabled.has(name) && selected.has(name));
}
