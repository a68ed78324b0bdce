import { defineRewriter } from '../component/rewriter.ts';
import { createSampledItem } from '../component/sampling/create-sampled-item.ts';
import { duration, z } from '../component/schema.ts';
import { sampleAdaptively } from './adaptive_sampler/hooks.ts';
import { keyError } from './adaptive_sampler/key-reader.ts';

export const adaptiveSampler = defineRewriter({
  summary:
    'Samples spans and log records down to a target rate that is divided fairly among keys, and records their weights.',
  stability: 'development',
  signals: ['traces', 'logs'],
  samples: true,
  config: z.object({
    targetItemsPerSecond: z
      .number()
      .positive()
      .prefault(100)
      .describe(
        'Number of items to keep per second, on average. With `service.workers`, the target applies to each worker thread.',
      ),
    targetItemsPerSecondPerKey: z
      .number()
      .positive()
      .optional()
      .describe('Maximum number of items to keep per second and key, on average. Default: no limit.'),
    floorItemsPerSecond: z
      .number()
      .min(0)
      .prefault(0.1)
      .describe(
        'Number of items per second that each key may always keep, even if all keys together exceed the target.',
      ),
    key: z
      .array(
        z.string().superRefine((text, issues) => {
          const message = keyError(text);
          if (message !== undefined) issues.addIssue({ code: 'custom', message, input: text });
        }),
      )
      .prefault([])
      .describe(
        'OTTL paths or values that together form the key of an item, in order of precedence: the target is divided fairly among the values of the first, then within each of them among those of the second. The paths are those of spans or log records; a path of the other signal has no effect. Default: `status.code` (logs: `severity_number`), `resource.attributes["service.name"]` and, for spans, `name`.',
      ),
    adjustmentInterval: duration()
      .refine((millis) => millis > 0, { error: 'expected a duration above 0' })
      .prefault('1s')
      .describe('Interval at which probabilities are recomputed.'),
    halfLife: duration()
      .refine((millis) => millis > 0, { error: 'expected a duration above 0' })
      .prefault('10s')
      .describe('Half-life of the exponential moving average of key rates.'),
    maxKeys: z.int().min(1).prefault(2000).describe('Maximum number of keys. Additional keys share one budget.'),
    samplingPrecision: z
      .int()
      .min(1)
      .max(14)
      .prefault(4)
      .describe('Number of hexadecimal digits in sampling thresholds.'),
  }),
  examples: [
    {
      title: 'Keep 200 spans per second, and errors and rare routes before all others',
      config: { target_items_per_second: 200, key: ['status.code', 'attributes["http.route"]'] },
    },
  ],
  describe: ({ targetItemsPerSecond }) => `${targetItemsPerSecond} per second`,
  dropReason: 'sampled',
  hooks: (config, context) => sampleAdaptively(config, context, createSampledItem(context.signal, context.random)),
});
