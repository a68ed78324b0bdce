import { defineProcessor } from '../component/define.ts';
import { z } from '../component/schema.ts';
import { createFunctionProcessor } from '../functions/create-function-processor.ts';
import { checkFunction, functionFields } from '../functions/function-config.ts';

export const functionProcessor = defineProcessor({
  summary: 'Filters or changes telemetry by a TypeScript function of yours, which is replaced when you save its file.',
  stability: 'development',
  signals: ['traces', 'metrics', 'logs'],
  samples: true,
  config: z.object(functionFields('`filterSpans`, `mapLogs` or similar')),
  examples: [
    {
      title: 'Apply a function of a module',
      config: { file: './functions.ts', function: 'noHealthChecks', error_mode: 'drop' },
    },
  ],
  describe: (config) => config.function,
  check: (config) => checkFunction(config),
  create: createFunctionProcessor,
});
