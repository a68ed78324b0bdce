import { type ConfigIssue, type ConfigUse, defineConnector } from '../component/define.ts';
import { z } from '../component/schema.ts';
import { checkFunction, functionFields } from '../functions/function-config.ts';
import { checkPipelineIds, pipelineId } from './by-pipeline/pipeline-ids.ts';
import { FunctionRouter } from './function/router.ts';

export const functionConnector = defineConnector({
  summary: 'Routes telemetry to the pipelines that a TypeScript function of yours returns.',
  stability: 'development',
  joins: { traces: ['traces'], metrics: ['metrics'], logs: ['logs'] },
  config: z.object({
    ...functionFields('`route`'),
    defaultPipelines: z
      .array(pipelineId())
      .prefault([])
      .describe(
        'Pipelines for telemetry for which the function returns `undefined` or fails. Without them, it is dropped and counted as `unrouted`.',
      ),
  }),
  examples: [
    {
      title: 'Route by a function of a module',
      config: { file: './functions.ts', function: 'byTenant', default_pipelines: ['traces/out'] },
    },
  ],
  describe: (config) => config.function,
  check: ({ defaultPipelines, ...config }, use) => [
    ...checkFunction(config),
    ...defaultPipelines.flatMap((id, index) => checkDefault(id, index, use)),
  ],
  create: (config, next, context) => new FunctionRouter(config, next, context),
});

/** A function can route several signals, and the default pipelines of each have its signal. */
function checkDefault(id: string, index: number, use: ConfigUse): readonly ConfigIssue[] {
  const [signal = ''] = id.split('/', 1);
  const inputs = use.inputs.filter((input) => input.signal === signal);
  const issues = checkPipelineIds([id], [], { ...use, inputs: inputs.length > 0 ? inputs : use.inputs });
  return issues.map(({ message }) => ({ path: ['default_pipelines', index], message }));
}
