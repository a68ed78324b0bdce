import type { Command } from 'commander';
import { processConsole } from '../console.ts';
import { reportFailures } from '../failure.ts';
import { addExamples } from './examples.ts';

/** Adds `test`. */
export function addTestCommand(otelier: Command): void {
  const test = otelier
    .command('test')
    .description('run the tests of pipelines in test files')
    .argument('[files...]', 'test files in YAML or TypeScript')
    .option('--filter <name>', 'run only tests whose names contain this')
    .option('--timeout <duration>', 'maximum time of a step of a test', '10s')
    .action((files: string[], options) =>
      reportFailures(async () => (await import('../test/command.ts')).testCommand(files, options, processConsole)),
    );
  addExamples(test, ['otelier test otelier.test.yaml', 'run the tests in a file']);
}
