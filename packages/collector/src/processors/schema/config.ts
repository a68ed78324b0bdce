import { clientTlsField, headersField } from '../../component/fields/client.ts';
import { httpClientFields } from '../../component/fields/http-client.ts';
import { duration, ignored, inputFile, z } from '../../component/schema.ts';
import { parseSchemaUrl } from './version.ts';

function schemaUrlField() {
  return z.string().superRefine((url, issues) => {
    try {
      parseSchemaUrl(url);
    } catch {
      const message = 'expected a schema URL such as "https://opentelemetry.io/schemas/1.26.0"';
      issues.addIssue({ code: 'custom', message, input: url });
    }
  });
}

/** The configuration schema of `schema`. */
export const schemaConfig = z
  .object({
    ...httpClientFields('schema files are small and rarely fetched'),
    proxyUrl: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('URL of the proxy for schema files. Default: `HTTP_PROXY` and `HTTPS_PROXY`.'),
    timeout: duration().prefault('0s').describe('Timeout of a schema file request. 0 means 30 s.'),
    headers: headersField(),
    tls: clientTlsField(),
    targets: z
      .array(schemaUrlField())
      .min(1)
      .describe('Schema URLs to translate to, at most one per family. Telemetry of other families is refused.'),
    prefetch: z.array(schemaUrlField()).prefault([]).describe('Schema URLs to fetch at the start.'),
    files: z
      .array(inputFile().min(1))
      .prefault([])
      .describe('Schema files to read at the start, which override those at their `schema_url`.'),
    migration: z
      .array(
        z.object({
          target: z.string().describe('One of the targets.'),
          from: schemaUrlField().describe('Version to migrate from. Attributes renamed since then are kept.'),
        }),
      )
      .prefault([])
      .describe('Migrations, during which renamed attributes are kept until queries and dashboards have been updated.'),
    cacheCooldown: duration()
      .prefault('5m')
      .describe('How long no schema files are requested after `cache_retry_limit` failures.'),
    cacheRetryLimit: z.int().min(0).prefault(5).describe('Number of consecutive failures before `cache_cooldown`.'),
    storage: ignored('schema files are kept in memory', { schema: z.string() }),
  })
  .superRefine(({ targets, migration }, issues) => {
    const families = targets.map(familyOf);
    for (const [index, family] of families.entries())
      if (family !== undefined && families.indexOf(family) < index)
        issues.addIssue({
          code: 'custom',
          path: ['targets', index],
          message: `expected one target of each family, got another one of ${family}`,
        });
    for (const [index, { target, from }] of migration.entries()) {
      const fail = (key: string, message: string): void =>
        issues.addIssue({ code: 'custom', path: ['migration', index, key], message });
      if (!targets.includes(target)) fail('target', 'expected one of the targets');
      else if (familyOf(target) !== familyOf(from)) fail('from', 'expected a version of the same family as `target`');
      if (migration.findIndex((other) => other.target === target) < index)
        fail('target', 'expected one migration of each target, got another one');
    }
  });

/** The parsed configuration. */
export type SchemaConfig = z.output<typeof schemaConfig>;

function familyOf(url: string): string | undefined {
  try {
    return parseSchemaUrl(url).family;
  } catch {
    return undefined;
  }
}
