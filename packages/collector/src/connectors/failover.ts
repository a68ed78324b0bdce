import type { Connector } from '../component/contract.ts';
import { defineConnector } from '../component/define.ts';
import { duration, ignored, z } from '../component/schema.ts';
import { sendingFields } from '../component/sending/config.ts';
import { createSendingExporter } from '../component/sending/exporter.ts';
import { formatCount } from '../component/units.ts';
import { checkPipelineIds, pipelineId } from './by-pipeline/pipeline-ids.ts';
import { FailoverRouter } from './failover/router.ts';

export const failover = defineConnector({
  summary: 'Sends telemetry to the first of several priority levels of pipelines that accepts it.',
  stability: 'beta',
  joins: { traces: ['traces'], metrics: ['metrics'], logs: ['logs'] },
  config: z.object({
    priorityLevels: z
      .array(z.array(pipelineId()).min(1, { error: 'expected at least one pipeline' }))
      .min(1, { error: 'expected at least one priority level' })
      .describe('Levels from the first choice to the last. All pipelines of a level receive the telemetry.'),
    retryInterval: duration()
      .prefault('10m')
      .refine((millis) => millis > 0, { error: 'expected a duration above 0' })
      .describe('How often levels above the current one are tried again.'),
    sendingQueue: sendingFields.sendingQueue.describe(
      'Queue before the levels. Telemetry that no level accepts stays in it and is sent again.',
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
  check: ({ priorityLevels }, use) =>
    priorityLevels.flatMap((ids, level) => checkPipelineIds(ids, ['priority_levels', level], use)),
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

/** The queue is bounded, so that telemetry can wait in it for as long as no level accepts it. */
const RETRY = {
  enabled: true,
  initialInterval: 1_000,
  randomizationFactor: 0.5,
  multiplier: 1.5,
  maxInterval: 30_000,
  maxElapsedTime: 0,
};
