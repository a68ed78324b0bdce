import { Argument, type Command } from 'commander';
import { nearest } from '../../config/nearest.ts';
import { SHELLS, type Shell } from '../completion/scripts.ts';
import { processConsole } from '../console.ts';
import { CommandFailure, reportFailures } from '../failure.ts';
import { addExamples } from './examples.ts';
import { EXIT, EXIT_CODES, RUN_EXIT_CODE } from './exit-codes.ts';

/** Adds `help` and `completion`. */
export function addHelpCommands(otelier: Command): void {
  const help = otelier
    .command('help')
    .description('describe a command, or a topic: exit-codes')
    .argument('[topic...]', 'a command such as "journal inspect", or a topic')
    .action((topic: string[]) => reportFailures(async () => printHelp(otelier, topic)));
  addExamples(
    help,
    ['otelier help journal inspect', 'describe a command'],
    ['otelier help exit-codes', 'list the exit codes'],
  );

  const completion = otelier
    .command('completion')
    .description('print the completion script of a shell')
    .addArgument(new Argument('<shell>', 'shell').choices(SHELLS))
    .action((shell: Shell) =>
      reportFailures(async () => (await import('../completion/command.ts')).completionCommand(shell, processConsole)),
    );
  addExamples(
    completion,
    ['otelier completion bash > otelier.bash', 'write the script for bash, to source it in ~/.bashrc'],
    ['otelier completion fish > otelier.fish', 'write the script for fish'],
  );
  otelier
    .command('__complete', { hidden: true })
    .argument('<line>')
    .action((line: string) =>
      reportFailures(async () =>
        (await import('../completion/command.ts')).completeCommand(otelier, line, processConsole),
      ),
    );
}

const TOPICS: Readonly<Record<string, () => string>> = { 'exit-codes': exitCodesText };

function printHelp(otelier: Command, path: readonly string[]): void {
  const topic = path.length === 1 ? TOPICS[path[0] ?? ''] : undefined;
  if (topic !== undefined) {
    processConsole.print(topic());
    return;
  }
  let command = otelier;
  for (const name of path) {
    const next = command.commands.find((one) => one.name() === name || one.aliases().includes(name));
    if (next === undefined) throw unknownTopic(name, command, command === otelier);
    command = next;
  }
  command.outputHelp();
}

function unknownTopic(name: string, command: Command, isFirst: boolean): CommandFailure {
  const names = [...command.commands.map((one) => one.name()), ...(isFirst ? Object.keys(TOPICS) : [])];
  const near = nearest(name, names);
  const hint = near === undefined ? 'run "otelier --help" for all.' : `did you mean "${near}"?`;
  return new CommandFailure(`There is no command or topic "${name}"; ${hint}`, EXIT.usage);
}

function exitCodesText(): string {
  const rows = EXIT_CODES.map(({ code, meaning }) => `  ${String(code).padStart(3)}  ${plain(meaning)}`);
  return ['Exit codes:', ...rows, '', plain(RUN_EXIT_CODE)].join('\n');
}

/** Removes the marks of code in Markdown. */
function plain(text: string): string {
  return text.replaceAll('`', '');
}
