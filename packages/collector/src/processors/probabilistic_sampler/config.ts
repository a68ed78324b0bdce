import { MIN_PROBABILITY } from '@otelier/otlp';
import { z } from '../../component/schema.ts';

export const samplerConfig = z.object({
  samplingPercentage: z
    .number()
    .min(0)
    .refine((percentage) => percentage === 0 || percentage / 100 >= MIN_PROBABILITY, {
      error: 'expected 0 or a percentage that 56 bits can express (from 1.4e-15 on)',
    })
    .prefault(0)
    .describe('Percentage of items to sample. 100 or more samples all items, and 0 samples none.'),
  hashSeed: z
    .int()
    .min(0)
    .max(0xffff_ffff)
    .prefault(0)
    .describe(
      'Hash seed in mode `hash_seed`. Use the same seed for all gateways of a tier, and a different one for each tier.',
    ),
  mode: z
    .enum(['hash_seed', 'proportional', 'equalizing', ''])
    .prefault('hash_seed')
    .describe(
      '`hash_seed` samples by a hash of the trace ID or an attribute. `proportional` samples by the randomness of the trace ID and reduces the probability of earlier samplers by this percentage. `equalizing` reduces it to this percentage. Empty means `hash_seed`.',
    ),
  failClosed: z
    .boolean()
    .prefault(true)
    .describe(
      'Whether to drop items that cannot be sampled, such as items without a trace ID or with an invalid `tracestate`.',
    ),
  samplingPrecision: z
    .int()
    .min(1)
    .max(14)
    .prefault(4)
    .describe('Number of hexadecimal digits in the sampling threshold.'),
  attributeSource: z
    .enum(['traceID', 'record', ''])
    .prefault('traceID')
    .describe(
      'Logs in mode `hash_seed`: `traceID` hashes the trace ID, `record` always hashes `from_attribute`. Empty means `record`.',
    ),
  fromAttribute: z
    .string()
    .prefault('')
    .describe('Logs in mode `hash_seed`: attribute to hash if a record has no trace ID.'),
  samplingPriority: z
    .string()
    .prefault('')
    .describe(
      'Logs: attribute that contains a percentage, which overrides `sampling_percentage` for the record. Spans always use `sampling.priority`, where 0 drops the span and a larger value keeps it.',
    ),
});

/** The configuration of the `probabilistic_sampler` processor. */
export type SamplerConfig = z.output<typeof samplerConfig>;
