import { MIN_PROBABILITY } from '@otelier/otlp';
import { defineRewriter } from '../component/rewriter.ts';
import { z } from '../component/schema.ts';
import { logRecordSampling } from './probabilistic_sampler/log-records.ts';
import { createSampler } from './probabilistic_sampler/sampler.ts';
import { spanSampling } from './probabilistic_sampler/spans.ts';

export const probabilisticSampler = defineRewriter({
  summary: 'Keeps a share of spans and log records, the same for all of a trace, and notes the share in what it keeps.',
  stability: 'beta',
  signals: ['traces', 'logs'],
  config: z.object({
    samplingPercentage: z
      .number()
      .min(0)
      .refine((percentage) => percentage === 0 || percentage / 100 >= MIN_PROBABILITY, {
        error: 'expected 0 or a percentage that 56 bits can express (from 1.4e-15 on)',
      })
      .describe('Share to keep, in percent; 100 and more keep everything, 0 keeps nothing.'),
    hashSeed: z
      .int()
      .min(0)
      .max(0xffff_ffff)
      .prefault(0)
      .describe(
        'Only of `hash_seed`: what the hash begins with. Gateways of one tier need the same, tiers behind each other different ones.',
      ),
    mode: z
      .enum(['hash_seed', 'proportional', 'equalizing', ''])
      .prefault('hash_seed')
      .describe(
        '`hash_seed`: by a hash of the trace id or of an attribute. `proportional`: by the randomness of the trace id, this share of what arrives. `equalizing`: the same, but what was sampled before counts towards the share. Left empty: `hash_seed`.',
      ),
    failClosed: z
      .boolean()
      .prefault(true)
      .describe(
        'Whether an item is dropped when it cannot be decided about, such as one without a trace id, or with a malformed `tracestate`. Otherwise it is kept.',
      ),
    samplingPrecision: z
      .int()
      .min(1)
      .max(14)
      .prefault(4)
      .describe('Hexadecimal digits of the threshold that notes the share.'),
    attributeSource: z
      .enum(['traceID', 'record'])
      .prefault('traceID')
      .describe('Only of logs in mode `hash_seed`: whether the trace id is hashed, or always `from_attribute`.'),
    fromAttribute: z
      .string()
      .prefault('')
      .describe('Only of logs in mode `hash_seed`: attribute to hash when there is no trace id.'),
    samplingPriority: z
      .string()
      .prefault('')
      .describe(
        'Only of logs: attribute with a percentage that takes the place of `sampling_percentage` for its record. Of spans it is `sampling.priority`, where 0 drops and more keeps.',
      ),
  }),
  examples: [
    { title: 'A tenth of all traces', config: { sampling_percentage: 10, mode: 'proportional' } },
    {
      title: 'Logs by an id of their own',
      config: { sampling_percentage: 15, attribute_source: 'record', from_attribute: 'log.record.uid' },
    },
  ],
  describe: ({ samplingPercentage }) => `${samplingPercentage} %`,
  dropReason: 'sampled',
  hooks(config, { signal, logger }) {
    let isReported = false;
    const sampler = createSampler(config, (reason) => {
      if (isReported) return;
      isReported = true;
      const fate = config.failClosed ? 'dropped' : 'kept';
      logger.warn({ reason }, `Telemetry that cannot be sampled is ${fate}. Further such items are not logged.`);
    });
    return { item: signal === 'logs' ? logRecordSampling(sampler, config) : spanSampling(sampler) };
  },
});
