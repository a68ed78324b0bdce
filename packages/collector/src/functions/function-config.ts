import { existsSync } from 'node:fs';
import type { ConfigIssue } from '../component/define.ts';
import { duration, z } from '../component/schema.ts';
import type { FunctionConfig } from './running-function.ts';

/** Returns the fields of a component that uses a function of the user. `creators` name the functions that create it. */
export function functionFields(creators: string) {
  return {
    file: z.string().min(1).describe('Path of a TypeScript or JavaScript module.'),
    function: z.string().min(1).describe(`Name of a function that the module exports, created by ${creators}.`),
    errorMode: z
      .enum(['ignore', 'drop', 'propagate'])
      .prefault('ignore')
      .describe(
        'How to handle a function that throws or takes too long: `ignore` continues as if it had not been called, `drop` drops the telemetry, `propagate` refuses the batch.',
      ),
    timeout: duration()
      .prefault('1s')
      .describe('Maximum time that the function takes for a batch, after which its thread is replaced.'),
  };
}

/** Reports a module that does not exist, and a timeout that no function meets. */
export function checkFunction(
  { file, timeout }: Pick<FunctionConfig, 'file' | 'timeout'>,
  path: ConfigIssue['path'] = [],
): readonly ConfigIssue[] {
  if (timeout <= 0) return [{ path: [...path, 'timeout'], message: 'expected a duration above 0, got 0' }];
  if (existsSync(file)) return [];
  const message = `expected a module, got ${JSON.stringify(file)}: there is no such file`;
  return [{ path: [...path, 'file'], message }];
}
