import { defineConnector } from '../component/define.ts';
import { z } from '../component/schema.ts';
import { formatCount } from '../component/units.ts';
import { checkPipelineIds, pipelineId } from './by-pipeline/pipeline-ids.ts';
import { createRouter } from './routing/router.ts';
import { routeField } from './routing/table.ts';

export const routing = defineConnector({
  summary: 'Routes telemetry to pipelines by OTTL conditions.',
  stability: 'beta',
  emits: 'received',
  joins: { traces: ['traces'], metrics: ['metrics'], logs: ['logs'] },
  config: z.object({
    table: z
      .array(routeField())
      .min(1, { error: 'expected at least one route' })
      .describe('Routes, evaluated in order.'),
    defaultPipelines: z
      .array(pipelineId())
      .prefault([])
      .describe(
        'Pipelines for telemetry that no route has moved. Without them, it is dropped and counted as `unrouted`.',
      ),
    errorMode: z
      .enum(['ignore', 'silent', 'propagate'])
      .prefault('ignore')
      .describe(
        'How to handle conditions that fail to evaluate: `ignore` logs the first error of each kind and treats the route as not matching, `silent` does not log, `propagate` refuses the batch.',
      ),
  }),
  examples: [
    {
      title: 'Separate one environment and errors',
      config: {
        default_pipelines: ['traces/out'],
        table: [
          { condition: 'resource.attributes["deployment.environment.name"] == "test"', pipelines: ['traces/test'] },
          { condition: 'span.status.code == STATUS_CODE_ERROR', action: 'copy', pipelines: ['traces/errors'] },
        ],
      },
    },
  ],
  describe: ({ table }) => formatCount(table.length, 'route'),
  check: ({ table, defaultPipelines }, use) => [
    ...table.flatMap(({ pipelines }, index) => checkPipelineIds(pipelines, ['table', index, 'pipelines'], use)),
    ...checkPipelineIds(defaultPipelines, ['default_pipelines'], use),
  ],
  create: createRouter,
});
