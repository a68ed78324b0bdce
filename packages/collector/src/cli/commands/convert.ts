import { type Command, Option } from 'commander';
import { processConsole } from '../console.ts';
import { reportFailures } from '../failure.ts';
import { addExamples } from './examples.ts';

/** Names of the formats; those of `convert/formats.ts`, which is loaded by the command only. */
const FORMAT_NAMES = ['promtail', 'alloy', 'fluent-bit'];

/** Adds the command that converts configurations of other programs. */
export function addConvertCommand(otelier: Command): void {
  const convert = otelier
    .command('convert')
    .description('convert the configuration of another program; name each setting that is not converted')
    .argument('[file]', 'the configuration, or - for standard input', '-')
    .addOption(new Option('--from <format>', 'format; default: detected').choices(FORMAT_NAMES))
    .option('--output <file>', 'write the result to this file instead of standard output')
    .action((file: string, options) =>
      reportFailures(async () => (await import('../convert/command.ts')).convertCommand(file, options, processConsole)),
    );
  addExamples(
    convert,
    ['otelier convert promtail.yaml --output converted.yaml', 'convert the configuration of Promtail'],
    ['otelier convert --from promtail - < promtail.yaml', 'the same, from standard input'],
  );
}
