import { defineProcessor } from '../component/define.ts';
import { every } from '../component/every.ts';
import { createRewriter } from '../component/rewriter.ts';
import { cardinalityLimitConfig, modeOf } from './cardinality_limit/config.ts';
import { limitAttributes } from './cardinality_limit/points.ts';
import { Trackers } from './cardinality_limit/trackers.ts';

export const cardinalityLimit = defineProcessor({
  summary: 'Limits how fast the number of values of each metric attribute can grow.',
  stability: 'development',
  signals: ['metrics'],
  aliases: ['cardinality_guardian'],
  partitionBy: 'resource',
  config: cardinalityLimitConfig,
  examples: [
    {
      title: 'Remove attributes that get more than 500 new values in ten minutes',
      config: {
        max_cardinality_delta_per_epoch: 500,
        epoch_duration_seconds: 600,
        enforcement_mode: 'strip_and_reaggregate',
        never_drop_labels: ['service.name', 'region'],
        metric_overrides: { 'http.server.request.duration': 5000 },
      },
    },
    { title: 'Only mark the points', config: { enforcement_mode: 'tag_only' } },
  ],
  describe: (config) => `${config.maxCardinalityDeltaPerEpoch} new values, ${modeOf(config)}`,
  create(config, next, context) {
    const trackers = new Trackers(config, context.logger);
    const epochs = every(context, config.epochDurationSeconds * 1000, () => trackers.rotate());
    const rewriter = createRewriter([{ metric: limitAttributes(config, trackers) }], next, context, 'merged');
    return {
      start: () => epochs.start(),
      shutdown: () => epochs.shutdown(),
      consume: (batch) => rewriter.consume(batch),
    };
  },
});
