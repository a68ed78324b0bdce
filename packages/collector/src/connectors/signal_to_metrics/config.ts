import { z } from '../../component/schema.ts';
import { compileCondition, compileValue } from '../../ottl/compile/compiler.ts';
import { compiles } from '../../ottl/compile/field-check.ts';
import type { ItemContext } from '../tally/items.ts';
import { functionsOf } from './functions.ts';

const KINDS = ['sum', 'gauge', 'histogram', 'exponentialHistogram'] as const;

/** Returns the field for metrics derived from one kind of item. */
export function definitionsField(context: ItemContext, what: string) {
  return z.array(definition(context, what)).prefault([]).describe(`Metrics derived from ${what}.`);
}

/** A metric derived from items. */
export type MetricDefinition = z.output<ReturnType<typeof definition>>;

/** The definition of a metric attribute. */
export type AttributeDefinition = MetricDefinition['attributes'][number];

function definition(context: ItemContext, what: string) {
  const value = expression(context).describe('OTTL expression for the value.');
  const count = expression(context)
    .optional()
    .describe('OTTL expression for how many times the value counts. Default: 1.');
  return z
    .object({
      name: z.string().min(1, { error: 'expected the name of a metric' }).describe('Metric name.'),
      description: z.string().prefault('').describe('Metric description.'),
      unit: z.string().prefault('').describe('Metric unit.'),
      includeResourceAttributes: attributes(
        context,
        'Attributes of the resource of the metric. Default: all of the resource.',
      ),
      attributes: attributes(context, `Attributes of the data points. Only ${what} that have them count.`),
      conditions: z
        .array(z.string().superRefine(compiles((text) => compileCondition(text, optionsOf(context)))))
        .prefault([])
        .describe('OTTL conditions. One match is enough. Default: all items.'),
      sum: z
        .object({ value, monotonic: z.boolean().prefault(false).describe('Whether the sum is monotonic.') })
        .optional()
        .describe('Sum of the values.'),
      gauge: z
        .object({ value: value.superRefine(checkGrok) })
        .optional()
        .describe('Last value.'),
      histogram: z
        .object({
          value,
          count,
          buckets: z.array(z.number()).prefault([]).describe('Upper bucket bounds. Default: 2 to 15000.'),
        })
        .optional()
        .describe('Histogram of the values.'),
      exponentialHistogram: z
        .object({
          value,
          count,
          maxSize: z
            .union([z.literal(0), z.int().min(2).max(16_384)], { error: 'expected a size from 2 to 16384' })
            .prefault(160)
            .describe('Maximum number of buckets each for positive and negative values.'),
        })
        .optional()
        .describe('Exponential histogram of the values.'),
    })
    .superRefine((metric, issues) => {
      const kinds = KINDS.filter((kind) => metric[kind] !== undefined);
      if (kinds.length === 1) return;
      const message = 'expected one of sum, gauge, histogram and exponential_histogram';
      issues.addIssue({ code: 'custom', message, input: kinds });
    });
}

function attributes(context: ItemContext, description: string) {
  return z
    .array(
      z
        .object({
          key: z.string().prefault('').describe('Attribute key. Either this or `keys_expression` is required.'),
          keysExpression: z
            .string()
            .prefault('')
            .superRefine((text, issues) => {
              if (text !== '') compiles((written) => compileValue(written, optionsOf(context)))(text, issues);
            })
            .describe('OTTL expression for a list of keys.'),
          optional: z.boolean().prefault(false).describe('Whether items without the attribute are included.'),
          defaultValue: z.unknown().optional().describe('Value for items without the attribute.'),
        })
        .superRefine((attribute, issues) => {
          const report = (message: string) => issues.addIssue({ code: 'custom', message, input: attribute });
          if ((attribute.key === '') === (attribute.keysExpression === ''))
            report('expected either a key or a keys_expression');
          if (hasDefault(attribute) && attribute.optional) report('expected either default_value or optional');
        }),
    )
    .superRefine((list, issues) => {
      for (const [index, { key }] of list.entries())
        if (key !== '' && list.findIndex((other) => other.key === key) < index)
          issues.addIssue({
            code: 'custom',
            message: `expected each key once, got "${key}" again`,
            input: key,
            path: [index],
          });
    })
    .prefault([])
    .describe(description);
}

/** Reports whether an attribute definition has a default value. */
export function hasDefault({ defaultValue }: { readonly defaultValue?: unknown }): boolean {
  return defaultValue !== undefined && defaultValue !== null;
}

/** Returns the options for compiling expressions in a context. */
export function optionsOf(context: ItemContext) {
  return { context, functions: functionsOf(context) };
}

function expression(context: ItemContext) {
  return z
    .string()
    .min(1, { error: 'expected an OTTL expression' })
    .superRefine(compiles((text) => compileValue(text, optionsOf(context))));
}

/** As in the Collector, requires a key after `ExtractGrokPatterns`, whose result is a map. */
function checkGrok(text: string, issues: z.RefinementCtx): void {
  if (text.includes('ExtractGrokPatterns') && !/ExtractGrokPatterns\([^)]*\)\s*\[[^\]]+\]/.test(text))
    issues.addIssue({
      code: 'custom',
      message: 'expected a key such as ["duration"] after ExtractGrokPatterns(…)',
      input: text,
    });
}
