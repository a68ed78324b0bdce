import { Socket } from 'node:net';
import { Command, Option } from 'commander';
import { VERSION } from '../version.ts';
import { processConsole } from './console.ts';
import { reportFailures } from './failure.ts';

/** Where a running process is asked when nothing else is said. */
const DEFAULT_URL = 'http://127.0.0.1:4319';
const DEFAULT_DATA = './.otelier';

/** Runs the command line. Commands are loaded when they are called, so that none waits for the others. */
export async function main(words: readonly string[] = process.argv): Promise<void> {
  endWithParent();
  await program().parseAsync([...words]);
}

function program(): Command {
  const otelier = new Command('otelier')
    .description('The OpenTelemetry workbench: receives telemetry, keeps it on disk, shows it on a page.')
    .version(VERSION)
    .enablePositionalOptions()
    .passThroughOptions()
    .showHelpAfterError('Run "otelier --help" for what there is.')
    .addOption(configOption())
    .addOption(setOption())
    .option('--data <dir>', `folder of the store of the built-in configuration (default ${DEFAULT_DATA})`)
    .option('--demo', 'add a simulated shop of seven services to the built-in configuration')
    .addHelpText(
      'after',
      '\nExamples:\n  otelier                          start with the built-in configuration\n  otelier --demo                   the same, with a simulated shop to look at\n  otelier --config otelier.yaml    run that file alone\n  otelier run -- node app.js       start an application and see what it does',
    )
    .action((options) =>
      reportFailures(async () => (await import('./start.ts')).startCommand(options, processConsole)),
    );

  otelier
    .command('run')
    .description('start an application with OTEL_* set, its output kept as logs')
    .argument('<command...>', 'the application, after --')
    .option('--data <dir>', `folder of the store when none runs yet (default ${DEFAULT_DATA})`)
    .option('--name <service>', 'service name (default: OTEL_SERVICE_NAME, or the name of the script)')
    .option('--stay', 'keep the page up when the application has ended')
    .passThroughOptions()
    .action((command: string[], options) =>
      reportFailures(async () => (await import('./run/run.ts')).runCommand(command, options, processConsole)),
    );

  otelier
    .command('validate')
    .description('check a configuration; each problem on a line FILE:LINE: path: expected …, got …')
    .addOption(configOption().makeOptionMandatory())
    .addOption(setOption())
    .action((options) =>
      reportFailures(async () => (await import('./validate.ts')).validateCommand(options, processConsole)),
    );

  const config = otelier.command('config').description('the built-in configuration');
  config
    .command('print')
    .description('print the built-in configuration as YAML')
    .option('--data <dir>', 'folder of the store', DEFAULT_DATA)
    .option('--demo', 'with the simulated shop')
    .action((options) =>
      reportFailures(async () => (await import('./config-print.ts')).configPrintCommand(options, processConsole)),
    );

  otelier
    .command('query')
    .description('run a read-only SQL statement over spans, logs and metric_points')
    .argument('<sql>', 'such as "select service_name, count(*) from spans group by all"')
    .option('--json', 'print rows as JSON instead of a table')
    .option('--max-rows <n>', 'most rows to print', positiveInteger)
    .addOption(urlOption())
    .option('--data <dir>', 'read this store, which no process may have open')
    .action((sql: string, options) =>
      reportFailures(async () => (await import('./query.ts')).queryCommand(sql, options, processConsole)),
    );

  otelier
    .command('export')
    .description('write stored telemetry as OTLP/JSON, one request a line')
    .addOption(
      new Option('--signal <signal>', 'what to write').choices(['traces', 'metrics', 'logs']).makeOptionMandatory(),
    )
    .option('--since <time>', 'only what is not older: an ISO time, or a duration before now such as 2h')
    .option('--until <time>', 'only what is older than this')
    .addOption(urlOption())
    .option('--data <dir>', 'read this store, which no process may have open')
    .action((options) =>
      reportFailures(async () => (await import('./export.ts')).exportCommand(options, processConsole)),
    );

  return otelier;
}

function configOption(): Option {
  return new Option('--config <file>', 'configuration file; several are laid over each other')
    .argParser(collect)
    .default([]);
}

function setOption(): Option {
  return new Option('--set <key=value>', 'one value over the files, such as exporters.store.max_size=1GB')
    .argParser(collect)
    .default([]);
}

function urlOption(): Option {
  return new Option('--url <url>', 'where the running process answers').default(DEFAULT_URL);
}

function collect(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value];
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`expected a whole number from 1 on, got "${text}"`);
  return value;
}

/** Under an old Node the bin starts a second process and holds one end of a pipe: when it ends, this one must not stay. */
function endWithParent(): void {
  const descriptor = process.env['OTELIER_PARENT_PIPE'];
  if (descriptor === undefined) return;
  delete process.env['OTELIER_PARENT_PIPE'];
  const pipe = new Socket({ fd: Number(descriptor), readable: true });
  pipe.on('close', () => process.kill(process.pid, 'SIGKILL'));
  pipe.resume();
  pipe.unref();
}
