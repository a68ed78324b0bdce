import type { Purpose } from '@otelier/store';
import { duration, z } from '../../component/schema.ts';

const NAME = /^[a-z][a-z0-9_-]{0,62}$/;
const MAX_PURPOSES = 32;

const texts = (what: string) =>
  z
    .array(z.string().min(1, `expected ${what}, got an empty text`))
    .min(1, `expected at least one of ${what}`)
    .optional();
const value = z.union([z.string(), z.number(), z.boolean()], { error: 'expected a text, a number, true or false' });

const purpose = z
  .strictObject({
    description: z
      .string()
      .max(500, 'expected at most 500 characters')
      .optional()
      .describe('For the record of processing.'),
    signals: z
      .array(z.enum(['traces', 'metrics', 'logs', 'profiles'], { error: 'expected traces, metrics, logs or profiles' }))
      .min(1, 'expected at least one signal')
      .optional()
      .describe('Default: all.'),
    tenants: texts('names of tenants').describe('Default: all.'),
    services: texts('names of services').describe('Values of `service.name`. Default: all.'),
    attributes: z
      .record(z.string().min(1), z.union([value, z.array(value).min(1, 'expected at least one value')]))
      .optional()
      .describe(
        'Attributes that an item or its resource has, all of them, with a value or one of a list. `"*"` stands for any value. Items of profiles have none.',
      ),
    retention: duration().describe('Age at which items of the purpose are removed. 0 means no limit.'),
  })
  .refine(({ signals, tenants, services, attributes }) => {
    return [signals, tenants, services].some((one) => one !== undefined) || Object.keys(attributes ?? {}).length > 0;
  }, 'expected signals, tenants, services or attributes, got none: for all telemetry, set the retention of the store');

/** Returns the field for the purposes of a store. */
export function purposesField() {
  return z
    .record(
      z.string().regex(NAME, 'expected a name of lower-case letters, digits, _ and -, such as "security"'),
      purpose,
    )
    .refine((all) => Object.keys(all).length <= MAX_PURPOSES, `expected at most ${MAX_PURPOSES} purposes`)
    .prefault({})
    .describe(
      'Why some items are kept longer, or removed earlier, than `retention` says, by name. An item of several purposes is kept for the longest of their retentions.',
    );
}

/** Returns the purposes of a store from its configuration. */
export function purposesOf(config: z.output<ReturnType<typeof purposesField>>): readonly Purpose[] {
  return Object.entries(config).map(([name, { signals, tenants, services, attributes = {}, retention }]) => ({
    ...{ name, signals, tenants, services },
    maxAgeMillis: retention === 0 ? Number.POSITIVE_INFINITY : retention,
    attributes: Object.entries(attributes).map(([key, wanted]) => {
      const values = Array.isArray(wanted) ? wanted : [wanted];
      return { key, values: values.includes('*') ? undefined : values };
    }),
  }));
}
