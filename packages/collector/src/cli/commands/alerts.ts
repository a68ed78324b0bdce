import type { Command } from 'commander';
import { processConsole } from '../console.ts';
import { reportFailures } from '../failure.ts';
import { addExamples } from './examples.ts';
import { jsonOption } from './options.ts';

/** Adds the commands for rule files of Prometheus. */
export function addAlertsCommands(otelier: Command): void {
  const alerts = otelier
    .command('alerts')
    .helpCommand(false)
    .description('check and test recording and alerting rules of Prometheus');
  const lenient = ['--ignore-unknown-fields', 'ignore fields of rule files that Prometheus does not know'] as const;
  const test = alerts
    .command('test')
    .description('run unit-test files of rules, as "promtool test rules" does')
    .argument('<files...>', 'unit-test files, or patterns')
    .option('--filter <name>', 'run only tests whose names contain this')
    .addOption(jsonOption('print the results as JSON instead of text'))
    .option('--junit <file>', 'write the results as JUnit XML')
    .option(...lenient)
    .action((files: string[], options) =>
      reportFailures(async () =>
        (await import('../alerts/command.ts')).alertsTestCommand(files, options, processConsole),
      ),
    );
  const check = alerts
    .command('check')
    .description('print the errors of rule files, with their positions')
    .argument('<files...>', 'rule files, or patterns')
    .option(...lenient)
    .action((files: string[], options) =>
      reportFailures(async () =>
        (await import('../alerts/command.ts')).alertsCheckCommand(files, options, processConsole),
      ),
    );
  addExamples(test, ['otelier alerts test rules_test.yml', 'test the rules that the file names']);
  addExamples(check, ["otelier alerts check 'rules/*.yml'", 'check all rule files of a directory']);
}
