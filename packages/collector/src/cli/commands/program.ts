import { Command } from 'commander';
import { VERSION } from '../../component/version.ts';
import { nearest } from '../../config/nearest.ts';
import { processConsole } from '../console.ts';
import { CommandFailure, reportFailures } from '../failure.ts';
import { reportFeatureGates } from '../feature-gates.ts';
import { addAlertsCommands } from './alerts.ts';
import { addCertificatesCommands } from './certificates.ts';
import { addConfigurationCommands } from './configuration.ts';
import { addExamples } from './examples.ts';
import { EXIT } from './exit-codes.ts';
import { addHelpCommands } from './help.ts';
import { addIdentityCommands } from './identity.ts';
import { addJournalCommands } from './journal.ts';
import { addOperationCommands } from './operation.ts';
import { addOperatorCommand } from './operator.ts';
import { configOption, DEFAULT_DATA, featureGatesOption, setOption } from './options.ts';
import { addSealingCommands } from './sealing.ts';
import { addStoreCommands } from './store.ts';
import { addSubjectCommands } from './subjects.ts';
import { addTelemetryCommands } from './telemetry.ts';
import { addTenantsCommands } from './tenants.ts';
import { addTestCommand } from './test.ts';

/** Creates the command line. The module of each command is loaded when the command runs. */
export function createProgram(): Command {
  const otelier = new Command('otelier')
    .description('The OpenTelemetry workbench: receives telemetry, stores it on disk and shows it on a page.')
    .version(VERSION)
    .helpCommand(false)
    // Inherited by the commands added below.
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? EXIT.success : EXIT.usage))
    .enablePositionalOptions()
    .passThroughOptions()
    .showHelpAfterError('Run "otelier --help" for usage.')
    .addOption(configOption())
    .addOption(setOption())
    .addOption(featureGatesOption())
    .option('--watch', 'reload the configuration when its files change, as SIGHUP does')
    .option('--data <dir>', `directory of the store of the built-in configuration (default ${DEFAULT_DATA})`)
    .option('--demo', 'add a simulated shop of seven services to the built-in configuration')
    .allowExcessArguments()
    .action((options, { args }) =>
      reportFailures(async () => {
        if (args[0] !== undefined) throw unknownCommand(args[0], otelier);
        reportFeatureGates(options.featureGates, processConsole);
        await (await import('../start.ts')).startCommand(options, processConsole);
      }),
    );
  addExamples(
    otelier,
    ['otelier', 'start with the built-in configuration'],
    ['otelier --demo', 'the same, with a simulated shop'],
    ['otelier --config otelier.yaml', 'run that file alone'],
    ['otelier run -- node app.js', 'start an application and collect its telemetry'],
  );

  otelier.commandsGroup('Run:');
  const run = otelier
    .command('run')
    .description('start an application with OTEL_* set and collect its output as logs')
    .argument('<command...>', 'the application, after --')
    .option('--data <dir>', `directory of the store if no otelier is running (default ${DEFAULT_DATA})`)
    .option('--name <service>', 'service name (default: OTEL_SERVICE_NAME, or the name of the script)')
    .option('--stay', 'keep serving the page after the application has ended')
    .addOption(setOption())
    .passThroughOptions()
    .action((command: string[], options) =>
      reportFailures(async () => (await import('../run/run.ts')).runCommand(command, options, processConsole)),
    );
  addExamples(
    run,
    ['otelier run -- node app.js', 'collect the telemetry and the output of an application'],
    ['otelier run --name checkout -- node app.js', 'the same, under another service name'],
  );
  addConfigurationCommands(otelier.commandsGroup('Configure:'));
  addTestCommand(otelier);
  addAlertsCommands(otelier);
  addOperationCommands(otelier.commandsGroup('Operate:'));
  addOperatorCommand(otelier);
  addCertificatesCommands(otelier);
  addTelemetryCommands(otelier.commandsGroup('Read telemetry:'));
  addSealingCommands(otelier);
  addStoreCommands(otelier);
  addJournalCommands(otelier);
  addIdentityCommands(otelier);
  addTenantsCommands(otelier);
  addSubjectCommands(otelier);
  addHelpCommands(otelier.commandsGroup('Help:'));
  return otelier;
}

function unknownCommand(arg: string, otelier: Command): CommandFailure {
  const near = nearest(
    arg,
    otelier.commands.map((command) => command.name()),
  );
  const hint = near === undefined ? 'run "otelier --help" for usage.' : `did you mean "${near}"?`;
  return new CommandFailure(`There is no command "${arg}"; ${hint}`, EXIT.usage);
}
