import { type Command, Option } from 'commander';
import { processConsole } from '../console.ts';
import { reportFailures } from '../failure.ts';
import { reportFeatureGates } from '../feature-gates.ts';
import { addExamples } from './examples.ts';
import { configOption, DEFAULT_DATA, featureGatesOption, jsonOption, setOption, urlOption } from './options.ts';

/** Adds the commands that check, print and reload configurations. */
export function addConfigurationCommands(otelier: Command): void {
  const validate = otelier
    .command('validate')
    .description('check a configuration; print each error as FILE:LINE:COLUMN: path: expected …, got …')
    .addOption(configOption().makeOptionMandatory())
    .addOption(setOption())
    .addOption(featureGatesOption())
    .addOption(jsonOption('print the errors and warnings as JSON'))
    .action((options) =>
      reportFailures(async () => {
        reportFeatureGates(options.featureGates, processConsole);
        await (await import('../validate.ts')).validateCommand(options, processConsole);
      }),
    );
  addExamples(validate, ['otelier validate --config otelier.yaml', 'print the errors and warnings in a file']);

  addConvertCommand(otelier);

  const reload = otelier
    .command('reload')
    .description('make a running process read its configuration again; what has not changed keeps running')
    .option('--dry-run', 'print what would be kept, restarted, added and removed')
    .addOption(jsonOption())
    .addOption(urlOption())
    .action((options) =>
      reportFailures(async () => (await import('../reload/command.ts')).reloadCommand(options, processConsole)),
    );
  addExamples(
    reload,
    ['otelier reload --dry-run', 'print what a reload would do'],
    ['otelier reload', 'apply the changes in the configuration files'],
  );

  const print = otelier
    .command('print-config')
    .description('print the configuration after merging all sources and expanding all references')
    .addOption(configOption())
    .addOption(setOption())
    .addOption(featureGatesOption())
    .addOption(new Option('--mode <mode>', 'secrets').choices(['redacted', 'unredacted']).default('redacted'))
    .addOption(new Option('--format <format>', 'output').choices(['yaml', 'json']).default('yaml'))
    .action((options) =>
      reportFailures(async () => {
        reportFeatureGates(options.featureGates, processConsole);
        await (await import('../print-config.ts')).printConfigCommand(options, processConsole);
      }),
    );
  addExamples(
    print,
    ['otelier print-config --config otelier.yaml', 'print the effective configuration without secrets'],
    [
      'otelier print-config --set exporters.store.max_size=1GB --format json',
      'print it as JSON, with one value replaced',
    ],
  );

  const components = otelier
    .command('components')
    .description('list all components with their signals and stability as YAML')
    .addOption(jsonOption('print JSON instead of YAML'))
    .action((options) =>
      reportFailures(async () => (await import('../components.ts')).componentsCommand(options, processConsole)),
    );
  addExamples(components, ['otelier components', 'list the components that a configuration can use']);

  const config = otelier.command('config').helpCommand(false).description('the built-in configuration');
  const printBuiltIn = config
    .command('print', { isDefault: true })
    .description('print the built-in configuration as YAML')
    .option('--data <dir>', 'directory of the store', DEFAULT_DATA)
    .option('--demo', 'with the simulated shop')
    .action((options) =>
      reportFailures(async () => (await import('../config-print.ts')).configPrintCommand(options, processConsole)),
    );
  addExamples(printBuiltIn, ['otelier config print > otelier.yaml', 'write the configuration to a file, to edit it']);
}

/** Names of the formats; those of `convert/formats.ts`, which is loaded by the command only. */
const FORMAT_NAMES = ['helm-opentelemetry-collector', 'promtail', 'alloy', 'fluent-bit'];

/** Adds the command that converts configurations of other programs. */
function addConvertCommand(otelier: Command): void {
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
