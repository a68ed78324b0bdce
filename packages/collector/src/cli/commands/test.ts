import { type Command, InvalidArgumentError } from 'commander';
import { processConsole } from '../console.ts';
import { reportFailures } from '../failure.ts';
import { addExamples } from './examples.ts';
import { jsonOption } from './options.ts';

/** Adds `test`. */
export function addTestCommand(otelier: Command): void {
  const test = otelier
    .command('test')
    .description('run the tests of pipelines in test files')
    .argument(
      '[files...]',
      'test files in YAML or TypeScript, or directories with *.test.yaml and *.pipeline-tests.ts (default: .)',
    )
    .option('--filter <name>', 'run only tests whose names contain this')
    .option('--watch', 'run the tests again when a file changes that they depend on')
    .addOption(jsonOption('print the results as JSON instead of text'))
    .option('--junit <file>', 'write the results as JUnit XML')
    .option('--update', 'write the output of the pipelines to the files with the expected items')
    .option('--coverage', 'print the conditions, statements, policies, rules and routes that never matched')
    .option('--coverage-threshold <percent>', 'fail if a smaller share of the rules matched', percent)
    .option('--timeout <duration>', 'maximum time of a step of a test', '10s')
    .action((files: string[], options) =>
      reportFailures(async () => (await import('../test/command.ts')).testCommand(files, options, processConsole)),
    );
  addExamples(
    test,
    ['otelier test', 'run all tests below the current directory'],
    ['otelier test --filter span otelier.test.yaml', 'run some tests of a file'],
    ['otelier test --coverage --junit results.xml', 'print the rules that no test covers, and write a report'],
  );
}

function percent(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 100))
    throw new InvalidArgumentError(`expected a percentage from 0 to 100, got "${text}"`);
  return value;
}
