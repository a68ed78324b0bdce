import { defineProcessor } from '../component/define.ts';
import { duration, z } from '../component/schema.ts';
import { formatDuration } from '../component/units.ts';
import { IntervalProcessor } from './interval/processor.ts';

export const interval = defineProcessor({
  summary: 'Forwards the latest point of each metric stream after each interval.',
  stability: 'alpha',
  emits: 'derived',
  signals: ['metrics'],
  partitionBy: 'resource',
  config: z.object({
    interval: duration()
      .refine((millis) => millis > 0, { error: 'expected a duration above 0' })
      .prefault('60s')
      .describe('Time after which the latest points are forwarded.'),
    passThrough: z
      .object({
        gauge: z.boolean().prefault(false).describe('Whether to forward all gauge points immediately.'),
        summary: z.boolean().prefault(false).describe('Whether to forward all summary points immediately.'),
      })
      .prefault({})
      .describe(
        'Points to forward immediately, in addition to deltas and non-monotonic sums. All other points wait for the interval.',
      ),
  }),
  examples: [
    {
      title: 'One point every 15 seconds, but all of gauges',
      config: { interval: '15s', pass_through: { gauge: true } },
    },
  ],
  describe: (config) => formatDuration(config.interval),
  create: (config, next, context) => new IntervalProcessor(config, next, context),
});
