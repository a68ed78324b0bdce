import { defineRewriter } from '../component/rewriter.ts';
import { formatCount } from '../component/units.ts';
import { annotateRecords } from './drain/annotate.ts';
import { drainConfig } from './drain/config.ts';

export const drain = defineRewriter({
  summary: 'Derives the patterns of log records, such as `user <*> logged in`, and stores them in an attribute.',
  stability: 'development',
  signals: ['logs'],
  partitionBy: 'resource',
  config: drainConfig,
  examples: [
    {
      title: 'Patterns with addresses by name',
      config: {
        extra_delimiters: [','],
        masking_rules: [{ name: 'ip', pattern: String.raw`(\d{1,3}\.){3}\d{1,3}` }],
        seed_templates: ['user <*> logged in from <ip>'],
      },
    },
    {
      title: 'The message of structured bodies, once 20 patterns are known',
      config: { body_field: 'message', max_clusters: 500, warmup_min_clusters: 20 },
    },
  ],
  describe: ({ maskingRules }) => formatCount(maskingRules.length, 'masking rule'),
  hooks: (config) => ({ item: annotateRecords(config) }),
});
