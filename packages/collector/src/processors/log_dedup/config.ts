import { duration, z } from '../../component/schema.ts';
import { compileCondition } from '../../ottl/compile/compiler.ts';
import { compiles } from '../../ottl/compile/field-check.ts';
import { converters } from '../../ottl/functions/of-context.ts';
import { namedZone } from '../../ottl/values/time.ts';
import type { Zone } from '../../ottl/values/value.ts';
import { type FieldPath, parseField } from './fields.ts';

export const logDedupConfig = z
  .object({
    interval: duration()
      .refine((millis) => millis > 0, { error: 'expected more than 0' })
      .prefault('10s')
      .describe('How long identical log records are counted before one is forwarded.'),
    logCountAttribute: z
      .string()
      .min(1, { error: 'expected a name' })
      .prefault('log_count')
      .describe('Name of the attribute that contains the number of identical log records.'),
    timezone: z
      .string()
      .prefault('UTC')
      .transform((name, issues): Zone => {
        const zone = zoneOf(name);
        if (zone !== undefined) return zone;
        const message = `expected a name of the IANA time zone database, such as "Europe/Berlin", got "${name}"`;
        issues.addIssue({ code: 'custom', message, input: name });
        return z.NEVER;
      })
      .describe('Time zone of the attributes `first_observed_timestamp` and `last_observed_timestamp`.'),
    timestampMode: z
      .enum(['observed', 'preserved'])
      .prefault('observed')
      .describe(
        'Timestamp of the forwarded record: `observed` is the time at which it is forwarded, `preserved` the time of the first identical record.',
      ),
    conditions: z
      .array(
        z
          .string()
          .superRefine(compiles((text) => compileCondition(text, { context: 'log', functions: converters('log') }))),
      )
      .prefault([])
      .describe(
        'OTTL conditions that select the log records to deduplicate; one match is enough. Other records pass through unchanged.',
      ),
    excludeFields: fields()
      .prefault([])
      .describe(
        'Fields to ignore when comparing log records, such as `attributes.src.ip`, `body.time` or `attributes`. They are removed from the forwarded record. A dot in a name is written `\\.`.',
      ),
    includeFields: fields()
      .prefault([])
      .describe(
        'Fields that identify log records on their own, such as `attributes.id` or `body.user.name`. Records without any of them are compared as a whole.',
      ),
    metadataKeys: z
      .array(z.string().toLowerCase())
      .refine((keys) => new Set(keys).size === keys.length, { error: 'expected each key once' })
      .prefault([])
      .describe(
        'Request metadata that identical log records must share. The forwarded record keeps only this metadata.',
      ),
    metadataCardinalityLimit: z
      .int()
      .min(0)
      .max(0xffff_ffff)
      .prefault(0)
      .describe(
        'Maximum number of concurrent metadata combinations. Telemetry with further combinations is refused. 0 means no limit.',
      ),
  })
  .superRefine(({ excludeFields, includeFields }, issues) => {
    const add = (path: (string | number)[], message: string): void =>
      issues.addIssue({ code: 'custom', path, message, input: undefined });
    if (excludeFields.length > 0 && includeFields.length > 0)
      add(['includeFields'], 'expected either exclude_fields or include_fields');
    for (const [index, { root, keys }] of excludeFields.entries())
      if (root === 'body' && keys.length === 0) add(['excludeFields', index], EXPECTED_BODY_FIELD);
    for (const [index, { root, keys }] of includeFields.entries())
      if (keys.length === 0)
        add(
          ['includeFields', index],
          root === 'body' ? EXPECTED_BODY_FIELD : 'expected one attribute, such as "attributes.id", got all attributes',
        );
  });

const EXPECTED_BODY_FIELD = 'expected a field of the body, such as "body.time", got the whole body';

/** The configuration of the `log_dedup` processor. */
export type LogDedupConfig = z.output<typeof logDedupConfig>;

function fields() {
  return z
    .array(
      z.string().transform((text, issues): FieldPath => {
        const path = parseField(text);
        if (path !== undefined) return path;
        const message = `expected a field that begins with "body." or "attributes.", got "${text}"`;
        issues.addIssue({ code: 'custom', message, input: text });
        return z.NEVER;
      }),
    )
    .superRefine((paths, issues) => {
      const seen = new Set<string>();
      for (const [index, path] of paths.entries()) {
        const text = JSON.stringify(path);
        if (seen.has(text))
          issues.addIssue({ code: 'custom', path: [index], message: 'expected each field once', input: paths });
        seen.add(text);
      }
    });
}

function zoneOf(name: string): Zone | undefined {
  // The Collector does not accept offsets such as +01:00 as names, but `Intl` does.
  if (/^[+-]/.test(name)) return undefined;
  return namedZone(name === 'Local' ? Intl.DateTimeFormat().resolvedOptions().timeZone : name);
}
