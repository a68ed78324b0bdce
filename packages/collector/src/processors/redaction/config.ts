import { isTenantName, TENANT_NAME_RULE } from '@otelier/otlp';
import { patternText } from '../../component/fields/pattern.ts';
import { secret, z } from '../../component/schema.ts';
import { catalogFields, catalogIssues } from './catalog-config.ts';
import { HASH_FUNCTIONS } from './masking.ts';
import type { CatalogSettings } from './tenant-masks.ts';

const patterns = (description: string) => z.array(patternText()).prefault([]).describe(description);

const texts = (description: string) => z.array(z.string()).prefault([]).describe(description);

function database(name: string, system: string, hasAttributes = true) {
  return z
    .object({
      enabled: z.boolean().prefault(false).describe(`Whether to sanitize ${name}.`),
      attributes: texts(
        hasAttributes
          ? `Attributes that contain ${name}. In log bodies, all texts are sanitized.`
          : 'Accepted for compatibility: attributes are not sanitized.',
      ),
    })
    .prefault({})
    .describe(
      `${name[0]?.toUpperCase()}${name.slice(1)}, in items whose \`db.system.name\` or \`db.system\` is ${system}.`,
    );
}

const sanitizeSpanName = z.boolean().prefault(true).describe('Whether to sanitize span names.');

/** Minimum key length in bytes, by hash function. */
const MIN_KEY_BYTES: Readonly<Record<string, number>> = { 'hmac-sha256': 32, 'hmac-sha512': 64 };

/** The configuration schema of `redaction`. */
export const redactionConfig = z
  .object({
    allowAllKeys: z.boolean().prefault(false).describe('Whether to keep attributes that are not in `allowed_keys`.'),
    allowedKeys: texts('Attributes to keep. Others are removed, unless `allow_all_keys` is set.'),
    ignoredKeys: texts('Attributes that stay as they are.'),
    ignoredKeyPatterns: patterns('Expressions for further attributes that stay as they are.'),
    blockedKeyPatterns: patterns('Expressions for attributes whose values are masked.'),
    blockedValues: patterns('Expressions for the parts of values that are masked.'),
    ...catalogFields,
    pseudonymKey: secret()
      .prefault('')
      .describe(
        'Key for pseudonyms: at least 32 bytes, from the environment or a file. Each tenant gets a key that is derived from it.',
      ),
    tenants: z
      .record(
        z.string().refine(isTenantName, `expected the name of a tenant: ${TENANT_NAME_RULE}`),
        z.object(catalogFields),
      )
      .prefault({})
      .describe('Kinds and masks for single tenants, by name, instead of `catalog` and `masks`.'),
    allowedValues: patterns('Expressions for values that are not masked.'),
    redactAllTypes: z
      .boolean()
      .prefault(false)
      .describe(
        'Whether to mask numbers, booleans, lists and maps, in string form. By default, only strings are masked.',
      ),
    hashFunction: z
      .string()
      .transform((text) => text.toLowerCase())
      .pipe(z.enum(HASH_FUNCTIONS))
      .prefault('')
      .describe('Hash function whose result replaces masked values. By default, they are replaced with `****`.'),
    hmacKey: secret().prefault('').describe('Key for the HMAC functions: at least 32 bytes, or 64 for `hmac-sha512`.'),
    summary: z
      .string()
      .prefault('')
      .describe(
        'Attributes that describe the changes: `info` adds the number of keys, and `debug` also the keys themselves. By default, none are added.',
      ),
    urlSanitizer: z
      .object({
        enabled: z.boolean().prefault(false).describe('Whether to sanitize paths.'),
        attributes: texts('Attributes that contain paths. In log bodies, all texts are sanitized.'),
        sanitizeSpanName,
      })
      .prefault({})
      .describe('Replaces parts of paths that look like identifiers with `*`.'),
    dbSanitizer: z
      .object({
        sql: database('SQL', '`other_sql`, `mysql`, `postgresql`, `mariadb` or `sqlite`'),
        redis: database('Redis commands', '`redis`'),
        valkey: database('Valkey commands', '`valkey`'),
        memcached: database('Memcached commands', '`memcached`'),
        mongo: database('MongoDB commands', '`mongodb`'),
        opensearch: database('OpenSearch queries', '`opensearch`', false),
        es: database('Elasticsearch queries', '`elasticsearch`', false),
        sanitizeSpanName,
      })
      .prefault({})
      .describe('Replaces the values in database statements with `?`.'),
  })
  .superRefine(({ catalog, masks, tenants, pseudonymKey }, issues) => {
    const add = (path: readonly string[], settings: CatalogSettings): void => {
      for (const issue of catalogIssues(settings, pseudonymKey))
        issues.addIssue({ code: 'custom', message: issue.message, path: [...path, ...issue.path] });
    };
    add([], { catalog, masks });
    for (const [tenant, settings] of Object.entries(tenants)) add(['tenants', tenant], settings);
  })
  .superRefine(({ hashFunction, hmacKey }, issues) => {
    const min = MIN_KEY_BYTES[hashFunction] ?? 0;
    const got = Buffer.byteLength(hmacKey);
    if (got < min)
      issues.addIssue({
        code: 'custom',
        path: ['hmacKey'],
        message: `expected at least ${min} bytes for ${hashFunction}, got ${got}`,
      });
  });
