import type { Connector } from '../component/contract.ts';
import { defineConnector } from '../component/define.ts';
import { duration, ignored, z } from '../component/schema.ts';
import { checkSending } from '../component/sending/check.ts';
import { sendingFields } from '../component/sending/config.ts';
import { createSendingExporter } from '../component/sending/exporter.ts';
import { formatCount } from '../component/units.ts';
import { checkPipelineIds, pipelineId } from './by-pipeline/pipeline-ids.ts';
import { FailoverRouter } from './failover/router.ts';

export const failover = defineConnector({
  summary: 'Sends telemetry to the first priority level of pipelines that accepts it.',
  stability: 'beta',
  emits: 'received',
  joins: { traces: ['traces'], metrics: ['metrics'], logs: ['logs'] },
  config: z.object({
    priorityLevels: z
      .array(z.array(pipelineId()).min(1, { error: 'expected at least one pipeline' }))
      .min(1, { error: 'expected at least one priority level' })
      .describe('Levels, highest priority first. All pipelines in a level receive the telemetry.'),
    retryInterval: duration()
      .prefault('10m')
      .refine((millis) => millis > 0, { error: 'expected a duration above 0' })
      .describe('Interval at which levels above the current one are retried.'),
    sendingQueue: sendingFields.sendingQueue.describe(
      'Queue in front of the levels. Telemetry that no level accepts stays in it and is retried.',
    ),
    retryGap: ignored('like in the Collector, levels are tried one after the other', { schema: duration() }),
    maxRetries: ignored('like in the Collector, levels are tried again without a limit', { schema: z.int() }),
  }),
  examples: [
    {
      title: 'Send to a second destination while the first fails',
      config: { priority_levels: [['traces/out'], ['traces/spare']], retry_interval: '1m' },
    },
  ],
  describe: ({ priorityLevels }) => formatCount(priorityLevels.length, 'level'),
  check: (config, use) => [
    ...checkSending(config, use),
    ...config.priorityLevels.flatMap((ids, level) => checkPipelineIds(ids, ['priority_levels', level], use)),
  ],
  create({ priorityLevels, retryInterval, sendingQueue }, { byPipeline }, context): Connector {
    const levels = priorityLevels.map((ids) => ({
      ids,
      consumers: [...new Set(ids)].flatMap((id) => byPipeline.get(id)?.consumer ?? []),
    }));
    const router = new FailoverRouter(levels, retryInterval, context);
    if (!sendingQueue.enabled) return router;
    const sender = { send: async (batch: Parameters<Connector['consume']>[0]) => router.consume(batch) };
    return createSendingExporter({ timeout: 0, sendingQueue, retryOnFailure: RETRY }, sender, context);
  },
});

/** The queue is bounded, so telemetry can stay in it until a level accepts it. */
const RETRY = {
  enabled: true,
  initialInterval: 1_000,
  randomizationFactor: 0.5,
  multiplier: 1.5,
  maxInterval: 30_000,
  maxElapsedTime: 0,
};
