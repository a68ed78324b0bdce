import { existsSync } from 'node:fs';
import { defineProcessor } from '../component/define.ts';
import { duration, z } from '../component/schema.ts';
import { createFunctionProcessor } from '../functions/create-function-processor.ts';

export const functionProcessor = defineProcessor({
  summary: 'Filters or changes telemetry by a TypeScript function of yours, which is replaced when you save its file.',
  stability: 'development',
  signals: ['traces', 'metrics', 'logs'],
  config: z.object({
    file: z.string().min(1).describe('Path of a TypeScript or JavaScript module.'),
    function: z
      .string()
      .min(1)
      .describe('Name of a function that the module exports, created by `filterSpans`, `mapLogs` or similar.'),
    errorMode: z
      .enum(['ignore', 'drop', 'propagate'])
      .prefault('ignore')
      .describe(
        'How to handle a function that throws or takes too long: `ignore` keeps the telemetry unchanged, `drop` drops it, `propagate` refuses the batch.',
      ),
    timeout: duration()
      .prefault('1s')
      .describe('Maximum time that the function takes for a batch, after which its thread is replaced.'),
  }),
  examples: [
    {
      title: 'Apply a function of a module',
      config: { file: './functions.ts', function: 'noHealthChecks', error_mode: 'drop' },
    },
  ],
  describe: (config) => config.function,
  check({ file, timeout }) {
    if (timeout <= 0) return [{ path: ['timeout'], message: 'expected a duration above 0, got 0' }];
    if (existsSync(file)) return [];
    return [{ path: ['file'], message: `expected a module, got ${JSON.stringify(file)}: there is no such file` }];
  },
  create: createFunctionProcessor,
});
