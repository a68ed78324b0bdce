import { type Command, Option } from 'commander';
import { processConsole } from '../console.ts';
import { reportFailures } from '../failure.ts';
import { addExamples } from './examples.ts';

/** Adds the commands for sealed values. */
export function addSealingCommands(otelier: Command): void {
  const create = otelier
    .command('seal-key')
    .description('create a private key for sealed values in a file, and print its public key')
    .argument('<file>', 'file to create, which only its owner can read')
    .action((file: string) =>
      reportFailures(async () => (await import('../seal/create-key.ts')).createKeyCommand(file, processConsole)),
    );
  addExamples(create, ['otelier seal-key reader.key', 'create a key; give what it prints to programs that send']);

  const open = otelier
    .command('open')
    .description('copy OTLP/JSON lines, or rows of a query, from standard input with their sealed values opened')
    .addOption(
      new Option('--key <file...>', 'files with private keys: the current one and earlier ones').makeOptionMandatory(),
    )
    .action((options) =>
      reportFailures(async () => (await import('../seal/open.ts')).openCommand(options, processConsole)),
    );
  addExamples(open, ['otelier open --key team.key < sealed.jsonl', 'open what "otelier export" wrote']);
}
