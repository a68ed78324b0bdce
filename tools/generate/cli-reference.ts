import type { Command, Option } from 'commander';
import { examplesOf } from '../../packages/collector/src/cli/commands/examples.ts';
import { EXIT_CODES, RUN_EXIT_CODE } from '../../packages/collector/src/cli/commands/exit-codes.ts';
import { createProgram } from '../../packages/collector/src/cli/commands/program.ts';

/** Environment variables of the command line. */
const VARIABLES = [
  ['`OTELIER_URL`', 'URL of the running process, the default of `--url`.'],
  ['`OTELIER_TOKEN`', 'Token of the API, if it has one.'],
  ['`OTELIER_EDIT_TOKEN`', 'Token for edits, which `profile --heap` needs: `edit_token` of the extension `workbench`.'],
  ['`NO_COLOR`', 'No colors, if it is not empty.'],
  ['`FORCE_COLOR`', 'Colors also without a terminal; `0` for none. Takes precedence over `NO_COLOR`.'],
] as const;

/** Returns the reference page of the command line: commands, options, examples and exit codes. */
export function cliReference(): string {
  return [
    '# Command line',
    '',
    '<!-- Generated from packages/collector/src/cli by `npm run generate`. -->',
    '',
    'Results go to standard output, messages and progress to standard error. Output has colors and progress only on a terminal.',
    '`otelier help COMMAND` prints a section of this page; `otelier completion bash`, `zsh` and `fish` print completion scripts.',
    '',
    ...sectionsOf(createProgram(), ''),
    '## Exit codes',
    '',
    '| code | meaning |',
    '| ---- | ------- |',
    ...EXIT_CODES.map(({ code, meaning }) => `| ${code} | ${cell(meaning)} |`),
    '',
    RUN_EXIT_CODE,
    '',
    '## Environment variables',
    '',
    '| name | meaning |',
    '| ---- | ------- |',
    ...VARIABLES.map(([name, meaning]) => `| ${name} | ${meaning} |`),
    '',
  ].join('\n');
}

function sectionsOf(command: Command, parent: string): string[] {
  const name = `${parent}${command.name()}`;
  const help = command.createHelp();
  const subcommands = help.visibleCommands(command).flatMap((one) => sectionsOf(one, `${name} `));
  if (command.commands.length > 0 && parent !== '') return subcommands;
  const options = help.visibleOptions(command).filter(({ long }) => long !== '--help');
  const examples = examplesOf(command);
  return [
    `## ${name}`,
    '',
    '```',
    `${name} ${help.commandUsage(command).split(`${name} `).at(-1)}`.trimEnd(),
    '```',
    '',
    sentence(command.description()),
    '',
    ...(options.length === 0
      ? []
      : ['| option | meaning |', '| ------ | ------- |', ...options.map((option) => optionRow(option)), '']),
    ...(examples.length === 0
      ? []
      : ['```', ...examples.map((one) => `${one.command.padEnd(widest(examples))}  # ${one.purpose}`), '```', '']),
    ...subcommands,
  ];
}

function optionRow({
  flags,
  description,
  argChoices,
  defaultValue,
  defaultValueDescription,
  mandatory,
  envVar,
}: Option): string {
  const notes = [
    ...(argChoices === undefined ? [] : [`one of ${argChoices.map(code).join(', ')}`]),
    ...(mandatory ? ['required'] : []),
    ...(defaultValue === undefined || defaultValueDescription === 'none'
      ? []
      : [`default ${code(String(defaultValue))}`]),
    ...(envVar === undefined ? [] : [`environment ${code(envVar)}`]),
  ];
  return `| ${code(cell(flags))} | ${cell(sentence(description))}${notes.length === 0 ? '' : ` (${notes.join('; ')})`} |`;
}

function widest(examples: ReturnType<typeof examplesOf>): number {
  return Math.max(...examples.map(({ command }) => command.length));
}

function code(text: string): string {
  return `\`${text}\``;
}

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?!]$/.test(first) ? first : `${first}.`;
}

/** Escapes what would end a cell of a table or begin an element. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
