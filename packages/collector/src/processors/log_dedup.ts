import { defineProcessor } from '../component/define.ts';
import { formatDuration } from '../component/units.ts';
import { logDedupConfig } from './log_dedup/config.ts';
import { LogDedupProcessor } from './log_dedup/processor.ts';

export const logDedup = defineProcessor({
  summary: 'Counts identical log records and forwards one of each after every interval.',
  stability: 'alpha',
  emits: 'derived',
  signals: ['logs'],
  aliases: ['logdedup'],
  partitionBy: 'resource',
  config: logDedupConfig,
  examples: [
    {
      title: 'Forward each message once per minute, whatever its time field',
      config: { interval: '60s', log_count_attribute: 'dedup_count', exclude_fields: ['body.time'] },
    },
    {
      title: 'Deduplicate the errors of one service by their message id',
      config: {
        conditions: ['resource.attributes["service.name"] == "shop" and log.severity_number >= SEVERITY_NUMBER_ERROR'],
        include_fields: [String.raw`attributes.message\.id`],
        timezone: 'America/Los_Angeles',
      },
    },
  ],
  describe: ({ interval }) => formatDuration(interval),
  create: (config, next, context) => new LogDedupProcessor(config, next, context),
});
