import { type Command, Option } from 'commander';
import { processConsole } from '../console.ts';
import { reportFailures } from '../failure.ts';
import { addExamples } from './examples.ts';
import { configOption, setOption, urlOption } from './options.ts';

/** Adds the commands that inspect a running process. */
export function addOperationCommands(otelier: Command): void {
  const graph = otelier
    .command('graph')
    .description('draw the pipelines of a running process with their rates, or of a configuration')
    .addOption(configOption())
    .addOption(setOption())
    .addOption(
      new Option('--format <format>', 'output').choices(['text', 'mermaid', 'svg', 'dot', 'json']).default('text'),
    )
    .addOption(urlOption())
    .action((options) =>
      reportFailures(async () => (await import('../graph/command.ts')).graphCommand(options, processConsole)),
    );
  addExamples(
    graph,
    ['otelier graph', 'print the running pipelines with their rates'],
    ['otelier graph --config otelier.yaml', 'print those of a file, without a running process'],
    ['otelier graph --format svg > pipelines.svg', 'write a diagram'],
  );
}
