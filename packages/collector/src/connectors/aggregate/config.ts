import { duration, z } from '../../component/schema.ts';
import { functionFields } from '../../functions/function-config.ts';
import { compileCondition, compileValue } from '../../ottl/compile/compiler.ts';
import { compiles } from '../../ottl/compile/field-check.ts';
import type { ContextName } from '../../ottl/contexts/context.ts';
import { converters } from '../../ottl/functions/of-context.ts';
import { type AggregateFunction, parseFunction } from './functions.ts';

const window = z
  .object({
    type: z
      .enum(['tumbling', 'sliding', 'session'])
      .prefault('tumbling')
      .describe(
        'Event-time windows: `tumbling` windows are consecutive, `sliding` windows overlap, and a `session` ends after a gap without items.',
      ),
    size: millis('60s').describe('Length of tumbling and sliding windows.'),
    slide: millis('10s').describe('Interval between the starts of sliding windows. `size` must be a multiple of it.'),
    gap: millis('30s').describe('Time without items of the same series after which a session ends.'),
  })
  .refine(({ type, size, slide }) => type !== 'sliding' || size % slide === 0, {
    path: ['size'],
    error: 'expected a multiple of slide',
  });

/** The window configuration of an `aggregate` connector. */
export type WindowConfig = z.output<typeof window>;

const functions = z
  .array(
    z.string().transform((name, issues): AggregateFunction => {
      const parsed = parseFunction(name);
      if (parsed !== undefined) return parsed;
      const message = `expected count, sum, min, max, mean, histogram or a percentile such as p99, got "${name}"`;
      issues.addIssue({ code: 'custom', message, input: name });
      return z.NEVER;
    }),
  )
  .min(1);

const attribute = z.union(
  [
    z.string().transform((key) => ({ key, defaultValue: undefined })),
    z.object({
      key: z.string().describe('Attribute key.'),
      defaultValue: z
        .union([z.string(), z.number(), z.boolean()])
        .optional()
        .describe('Value for items without the attribute. By default, their series has no such attribute.'),
    }),
  ],
  { error: 'expected the key of an attribute, or an object with "key" and "default_value"' },
);

function resourceAttributes() {
  return z.array(attribute).prefault(['service.name']).describe('Resource attributes that identify a series.');
}

function ownFunctions() {
  return functions
    .optional()
    .describe('Functions to compute from the values. Default: the functions of the connector.');
}

/** Returns the field for the metrics computed from the items of one context. */
function definitions(context: ContextName, value: string, items: string) {
  return z
    .array(
      z.object({
        name: z.string().min(1).describe('Base name of the metrics, to which a dot and the function are appended.'),
        description: z.string().prefault('').describe('Metric description.'),
        unit: z.string().optional().describe('Unit of the values.'),
        value: z
          .string()
          .superRefine(compiles((text) => compileValue(text, { context, functions: converters(context) })))
          .optional()
          .describe(
            `OTTL value expression for the number to aggregate. Items for which it is not a number are ignored. Default: ${value}.`,
          ),
        conditions: z
          .array(
            z
              .string()
              .superRefine(compiles((text) => compileCondition(text, { context, functions: converters(context) }))),
          )
          .prefault([])
          .describe(`OTTL conditions that select the ${items} to aggregate; one match is enough. Default: all.`),
        attributes: z.array(attribute).prefault([]).describe('Item attributes that identify a series.'),
        resourceAttributes: resourceAttributes(),
        functions: ownFunctions(),
      }),
    )
    .prefault([]);
}

export const aggregateConfig = z
  .object({
    window: window.prefault({}).describe('Time windows.'),
    watermarkDelay: duration()
      .prefault('10s')
      .describe(
        'How long a window stays open once an item beyond its end has arrived, to allow for items that arrive out of order.',
      ),
    allowedLateness: duration()
      .prefault('0s')
      .describe(
        'How long after the end of a window its result is still corrected by late items. Items that arrive even later are dropped and counted.',
      ),
    idleTimeout: duration()
      .prefault('30s')
      .describe(
        'Time without items after which a source no longer delays the end of windows. If no source remains, all windows end.',
      ),
    maxFuture: duration()
      .prefault('5m')
      .describe(
        "How far ahead of the clock an item's timestamp may be. Items with later timestamps are dropped and counted.",
      ),
    interval: duration()
      .refine((value) => value >= 10, { error: 'expected at least 10ms' })
      .prefault('1s')
      .describe('Interval at which ended windows are detected and partial aggregates are sent.'),
    emit: z
      .enum(['results', 'partials'])
      .prefault('results')
      .describe(
        'What to send: window `results`, or `partials` for another otelier, whose `aggregate` connector merges them.',
      ),
    functions: functions
      .prefault(['count', 'sum', 'min', 'max', 'mean', 'p50', 'p90', 'p99'])
      .describe(
        'Functions to compute for metrics that do not list their own: `count`, `sum`, `min`, `max`, `mean`, percentiles such as `p99.9`, and `histogram`, an exponential histogram.',
      ),
    histogramMaxSize: z
      .int()
      .min(2)
      .max(16_384)
      .prefault(160)
      .describe('Maximum number of buckets for percentiles and histograms. A larger number is more precise.'),
    cardinalityLimit: z
      .int()
      .min(1)
      .prefault(10_000)
      .describe(
        'Maximum number of concurrent series. Values of further series are aggregated into a series with the attribute `otel.metric.overflow`.',
      ),
    spans: definitions('span', 'the duration in seconds', 'spans').describe(
      'Metrics computed from spans, at their end time.',
    ),
    logs: definitions('log', '1', 'log records').describe('Metrics computed from log records.'),
    datapoints: definitions('datapoint', 'the value of the point', 'data points').describe(
      'Metrics computed from data points of gauges, sums and delta exponential histograms.',
    ),
    function: z
      .object({
        ...functionFields('`aggregate`'),
        name: z
          .string()
          .min(1)
          .optional()
          .describe('Base name of the metrics, to which a dot and the function are appended. Default: the function.'),
        description: z.string().prefault('').describe('Metric description.'),
        unit: z.string().optional().describe('Unit of the values.'),
        resourceAttributes: resourceAttributes(),
        functions: ownFunctions(),
      })
      .optional()
      .describe('A TypeScript function of yours that gives the series and values of items, instead of other metrics.'),
  })
  .superRefine(({ spans, logs, datapoints, function: own }, issues) => {
    const others = Object.entries({ spans, logs, datapoints }).find(([, list]) => list.length > 0);
    if (own !== undefined && others !== undefined)
      issues.addIssue({
        code: 'custom',
        path: [others[0]],
        message: 'expected either function or other metrics, got both',
        input: others[1],
      });

    const seen = new Set<string>();
    for (const [section, list] of Object.entries({ spans, logs, datapoints })) {
      for (const [index, { name }] of list.entries()) {
        if (seen.has(name))
          issues.addIssue({
            code: 'custom',
            path: [section, index, 'name'],
            message: `expected a name that no other metric has, got "${name}"`,
            input: name,
          });
        seen.add(name);
      }
    }
  });

/** The configuration of the `aggregate` connector. */
export type AggregateConfig = Omit<z.output<typeof aggregateConfig>, 'function'>;

/** The function that gives series and values. */
export type AggregateFunctionConfig = NonNullable<z.output<typeof aggregateConfig>['function']>;

/** A configured metric definition. With `keepsAttributes`, all attributes of an item identify its series. */
export type DefinitionConfig = AggregateConfig['spans'][number] & { readonly keepsAttributes?: boolean };

/** An attribute that identifies a series. */
export type AttributeConfig = DefinitionConfig['attributes'][number];

/** Returns a field for a duration in whole milliseconds. */
function millis(byDefault: string) {
  return duration()
    .refine((value) => value >= 1 && Number.isInteger(value), { error: 'expected at least 1ms, in whole milliseconds' })
    .prefault(byDefault);
}
