import type { Signal } from '@otelier/otlp';
import type { SignalContext } from '../../component/contract.ts';
import { z } from '../../component/schema.ts';
import { compileCondition } from '../../ottl/compile/compiler.ts';
import { compiles } from '../../ottl/compile/field-check.ts';
import { converters } from '../../ottl/functions/of-context.ts';
import { errorHandler, matchesAny } from '../../ottl/sequence.ts';
import type { ItemContext } from './items.ts';
import type { TallyMetric } from './tally.ts';

/** The item contexts of each signal. */
export const CONTEXTS_OF: Partial<Readonly<Record<Signal, readonly ItemContext[]>>> = {
  traces: ['span', 'spanevent'],
  metrics: ['metric', 'datapoint'],
  logs: ['log'],
};

/** The configuration section with the metrics of each item context. */
export const SECTION_OF = {
  span: 'spans',
  spanevent: 'spanevents',
  metric: 'metrics',
  datapoint: 'datapoints',
  log: 'logs',
} as const satisfies Readonly<Record<ItemContext, string>>;

/** Returns the field for a metric's conditions. */
export function conditionsField(context: ItemContext) {
  return z
    .array(
      z.string().superRefine(compiles((text) => compileCondition(text, { context, functions: converters(context) }))),
    )
    .prefault([])
    .describe('OTTL conditions. Items that match any of them are included. Default: all items.');
}

/** Compiles a metric's conditions. Items for which one of them fails to evaluate are refused. */
export function compileConditions(
  context: ItemContext,
  conditions: readonly string[],
  logger: SignalContext['logger'],
): TallyMetric['matches'] {
  return matchesAny(
    conditions.map((text) => compileCondition(text, { context, functions: converters(context) })),
    errorHandler('propagate', logger),
  );
}

/** Returns the field for a metric's attributes. Metrics of metrics have none. */
export function attributesField(context: ItemContext) {
  const attributes = z.array(
    z.object({
      key: z.string().min(1, { error: 'expected the key of an attribute' }).describe('Attribute key.'),
      defaultValue: z
        .unknown()
        .optional()
        .describe('Value for items without the attribute. Without a default, such items are not included.'),
    }),
  );
  return attributes
    .refine((list) => context !== 'metric' || list.length === 0, {
      error: 'expected no attributes: they are not supported for metrics',
    })
    .prefault([])
    .describe('Data point attributes. Items with different values are added to different data points.');
}

/** Returns the field for the metrics derived from one kind of item, by name. */
export function metricsByName<Metric extends z.ZodType>(metric: Metric, description: string) {
  return z
    .record(z.string(), metric)
    .superRefine((metrics, issues) => {
      if (Object.hasOwn(metrics, ''))
        issues.addIssue({ code: 'custom', message: 'expected a name for each metric', input: '', path: [''] });
    })
    .optional()
    .describe(description);
}
