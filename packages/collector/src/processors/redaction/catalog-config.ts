import { z } from '../../component/schema.ts';
import { CATALOG, CATALOG_CHOICES, CATALOG_GROUPS, CATALOG_NAMES, type CatalogGroup } from './catalog/names.ts';
import { MASK_METHODS, needsKey } from './mask-methods.ts';
import type { CatalogSettings } from './tenant-masks.ts';

const choice = z.enum(CATALOG_CHOICES as [string, ...string[]]);

/** The fields that select kinds of the catalog and how they are masked. */
export const catalogFields = {
  catalog: z
    .array(choice)
    .prefault([])
    .describe(
      `Kinds of sensitive values that are masked wherever they occur in texts, by name or group. \`all\` selects every kind except \`uuid\`. ${CATALOG_GROUPS.map(describeGroup).join(' ')}`,
    ),
  masks: z
    .partialRecord(choice, z.enum(MASK_METHODS))
    .prefault({})
    .describe(
      'How the kinds of `catalog` are masked, by name, group or `all`. `mask`: by `hash_function`, or as `****`. `remove`. `keep_last_4`. `truncate`: keeps 24 bits of IPv4, 48 bits of IPv6, the vendor of a MAC address, the domain of an e-mail address. `pseudonym`: a text that is the same for the same value, by HMAC-SHA-256. `keep_format`: the same with digits for digits and letters for letters, by FF1 (NIST SP 800-38G).',
    ),
};

/** The issues of the settings that need a key for pseudonyms, or masks for kinds that are not selected. */
export function catalogIssues(
  settings: CatalogSettings,
  pseudonymKey: string,
): readonly { readonly path: string[]; readonly message: string }[] {
  const { catalog, masks } = settings;
  const unused = Object.keys(masks).filter((name) => name !== 'all' && !catalog.some((one) => overlaps(one, name)));
  const issues = unused.map((name) => ({
    path: ['masks', name],
    message: `expected a kind or group that \`catalog\` selects, got "${name}"`,
  }));
  const got = Buffer.byteLength(pseudonymKey);
  if (Object.values(masks).some((method) => method !== undefined && needsKey(method)) && got < MIN_KEY_BYTES) {
    const message = `expected pseudonym_key with at least ${MIN_KEY_BYTES} bytes for \`pseudonym\` and \`keep_format\`, got ${got}`;
    return [...issues, { path: ['masks'], message }];
  }
  return issues;
}

const MIN_KEY_BYTES = 32;

/** Reports whether two names of kinds or groups have kinds in common. */
function overlaps(a: string, b: string): boolean {
  return a === b || a === 'all' || groupOf(a) === b || groupOf(b) === a;
}

function groupOf(name: string): string | undefined {
  return CATALOG_NAMES.includes(name as (typeof CATALOG_NAMES)[number])
    ? CATALOG[name as (typeof CATALOG_NAMES)[number]].group
    : undefined;
}

function describeGroup(group: CatalogGroup): string {
  const names = CATALOG_NAMES.filter((name) => CATALOG[name].group === group);
  return `\`${group}\`: ${names.map((name) => `\`${name}\``).join(', ')}.`;
}
