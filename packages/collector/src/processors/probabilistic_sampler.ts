import { recordDrops } from '../component/items/record-drops.ts';
import { defineRewriter } from '../component/rewriter.ts';
import { samplerConfig } from './probabilistic_sampler/config.ts';
import { sampleLogRecords } from './probabilistic_sampler/log-records.ts';
import { createSampler } from './probabilistic_sampler/sampler.ts';
import { sampleSpans } from './probabilistic_sampler/spans.ts';

export const probabilisticSampler = defineRewriter({
  summary: 'Samples a percentage of traces and log records, consistently for all items of a trace.',
  stability: 'beta',
  keepsNoBytes: true,
  signals: ['traces', 'logs'],
  samples: true,
  config: samplerConfig,
  examples: [
    { title: '10% of all traces', config: { sampling_percentage: 10, mode: 'proportional' } },
    {
      title: 'Log records by their own ID',
      config: { sampling_percentage: 15, attribute_source: 'record', from_attribute: 'log.record.uid' },
    },
  ],
  describe: ({ samplingPercentage }) => `${samplingPercentage} %`,
  dropReason: 'sampled',
  hooks(config, { signal, logger, dropRule }) {
    let isReported = false;
    const sampler = createSampler(config, (reason) => {
      if (isReported) return;
      isReported = true;
      logger.warn({ reason }, `sampling failed, ${config.failClosed ? 'dropping' : 'keeping'} such items from now on`);
    });
    const mode = config.mode === '' ? 'hash_seed' : config.mode;
    const rule = dropRule({
      reason: 'sampled',
      rule: `${mode}, ${config.samplingPercentage} %`,
      path: ['sampling_percentage'],
    });
    return { item: recordDrops(rule, signal === 'logs' ? sampleLogRecords(sampler, config) : sampleSpans(sampler)) };
  },
});
