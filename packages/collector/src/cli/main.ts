import { Socket } from 'node:net';
import { Command, InvalidArgumentError, Option } from 'commander';
import { VERSION } from '../component/version.ts';
import { nearest } from '../config/nearest.ts';
import { DEFAULT_URL } from './built-in.ts';
import { processConsole } from './console.ts';
import { CommandFailure, reportFailures } from './failure.ts';
import { reportFeatureGates } from './feature-gates.ts';

const DEFAULT_DATA = './.otelier';

/** Runs the command line. Each command's module is loaded on demand. */
export async function main(args: readonly string[] = process.argv): Promise<void> {
  endWithParent();
  endWithReader();
  await program().parseAsync([...args]);
}

function program(): Command {
  const otelier = new Command('otelier')
    .description('The OpenTelemetry workbench: receives telemetry, stores it on disk and shows it on a page.')
    .version(VERSION)
    .helpCommand('help [command]', 'describe a command')
    .enablePositionalOptions()
    .passThroughOptions()
    .showHelpAfterError('Run "otelier --help" for usage.')
    .addOption(configOption())
    .addOption(setOption())
    .addOption(featureGatesOption())
    .option('--watch', 'reload the configuration when its files change, as SIGHUP does')
    .option('--data <dir>', `directory of the store of the built-in configuration (default ${DEFAULT_DATA})`)
    .option('--demo', 'add a simulated shop of seven services to the built-in configuration')
    .addHelpText(
      'after',
      '\nExamples:\n  otelier                          start with the built-in configuration\n  otelier --demo                   the same, with a simulated shop\n  otelier --config otelier.yaml    run that file alone\n  otelier run -- node app.js       start an application and collect its telemetry',
    )
    .allowExcessArguments()
    .action((options, { args }) =>
      reportFailures(async () => {
        if (args[0] !== undefined) throw unknownCommand(args[0], otelier);
        reportFeatureGates(options.featureGates, processConsole);
        await (await import('./start.ts')).startCommand(options, processConsole);
      }),
    );

  otelier
    .command('run')
    .description('start an application with OTEL_* set and collect its output as logs')
    .argument('<command...>', 'the application, after --')
    .option('--data <dir>', `directory of the store if no otelier is running (default ${DEFAULT_DATA})`)
    .option('--name <service>', 'service name (default: OTEL_SERVICE_NAME, or the name of the script)')
    .option('--stay', 'keep serving the page after the application has ended')
    .addOption(setOption())
    .passThroughOptions()
    .action((command: string[], options) =>
      reportFailures(async () => (await import('./run/run.ts')).runCommand(command, options, processConsole)),
    );

  otelier
    .command('validate')
    .description('check a configuration; print each error as FILE:LINE:COLUMN: path: expected …, got …')
    .addOption(configOption().makeOptionMandatory())
    .addOption(setOption())
    .addOption(featureGatesOption())
    .action((options) =>
      reportFailures(async () => {
        reportFeatureGates(options.featureGates, processConsole);
        await (await import('./validate.ts')).validateCommand(options, processConsole);
      }),
    );

  otelier
    .command('reload')
    .description('make a running process read its configuration again; what has not changed keeps running')
    .option('--dry-run', 'print what would be kept, restarted, added and removed')
    .option('--json', 'print the report as JSON instead of text')
    .addOption(urlOption())
    .action((options) =>
      reportFailures(async () => (await import('./reload/command.ts')).reloadCommand(options, processConsole)),
    );

  otelier
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
        await (await import('./print-config.ts')).printConfigCommand(options, processConsole);
      }),
    );

  otelier
    .command('components')
    .description('list all components with their signals and stability as YAML')
    .action(() => reportFailures(async () => (await import('./components.ts')).componentsCommand(processConsole)));

  const config = otelier.command('config').description('the built-in configuration');
  config
    .command('print', { isDefault: true })
    .description('print the built-in configuration as YAML')
    .option('--data <dir>', 'directory of the store', DEFAULT_DATA)
    .option('--demo', 'with the simulated shop')
    .action((options) =>
      reportFailures(async () => (await import('./config-print.ts')).configPrintCommand(options, processConsole)),
    );

  otelier
    .command('query')
    .description('run a read-only SQL statement over spans, logs and metric_points')
    .argument('<sql>', 'such as "select service_name, count(*) from spans group by all"')
    .option('--json', 'print rows as JSON instead of a table')
    .option('--max-rows <n>', 'maximum number of rows', positiveInteger)
    .addOption(urlOption())
    .option('--data <dir>', 'read this store, which no process may have open')
    .action((sql: string, options) =>
      reportFailures(async () => (await import('./query.ts')).queryCommand(sql, options, processConsole)),
    );

  otelier
    .command('export')
    .description('write stored telemetry as OTLP/JSON, one request per line')
    .addOption(
      new Option('--signal <signal>', 'what to write').choices(['traces', 'metrics', 'logs']).makeOptionMandatory(),
    )
    .option('--since <time>', 'start of the range: an ISO time, or a duration before now such as 2h')
    .option('--until <time>', 'end of the range, exclusive')
    .addOption(urlOption())
    .option('--data <dir>', 'read this store, which no process may have open')
    .action((options) =>
      reportFailures(async () => (await import('./export.ts')).exportCommand(options, processConsole)),
    );

  otelier
    .command('simulate')
    .description('run the sampling processors of a configuration over stored telemetry; print what would be kept')
    .addOption(configOption().makeOptionMandatory())
    .addOption(setOption())
    .option('--last <duration>', 'telemetry to try, such as 1h or 30m before now', '1h')
    .option('--json', 'print the report as JSON instead of text')
    .addOption(urlOption())
    .option('--data <dir>', 'read this store, which no process may have open')
    .action((options) =>
      reportFailures(async () => (await import('./simulate/simulate.ts')).simulateCommand(options, processConsole)),
    );

  const store = otelier.command('store').description('manage the files of a store');
  store
    .command('verify')
    .description('check every file against its checksums; exit code 1 when one is damaged')
    .option('--data <dir>', 'directory of the store, which a process may have open', DEFAULT_DATA)
    .addHelpText(
      'after',
      '\nPrints a line for each damaged file, with the damage and the number of affected rows. Changes nothing.',
    )
    .action((options) =>
      reportFailures(async () => (await import('./store-verify.ts')).storeVerifyCommand(options, processConsole)),
    );

  addJournalCommands(otelier);
  return otelier;
}

function addJournalCommands(otelier: Command): void {
  const journal = otelier
    .command('journal')
    .description('read the durable queues of file_storage; changes no file, also while a process uses them');
  const directory = ['<directory>', 'directory of file_storage, or of one of its queues'] as const;
  journal
    .command('inspect')
    .description('print the files, versions, waiting batches and damage of queues; exit code 1 when there is damage')
    .argument(...directory)
    .option('--json', 'print the report as JSON instead of text')
    .action((path: string, options) =>
      reportFailures(async () =>
        (await import('./journal/inspect.ts')).journalInspectCommand(path, options, processConsole),
      ),
    );
  journal
    .command('replay')
    .description('send the waiting batches of queues to an endpoint, which keeps them in the queues')
    .argument(...directory)
    .requiredOption('--endpoint <endpoint>', 'such as https://host:4317, or http://127.0.0.1:4317 without TLS')
    .addOption(new Option('--protocol <protocol>', 'protocol').choices(['grpc', 'http']).default('grpc'))
    .addOption(new Option('--header <name=value>', 'header of each request; repeatable').argParser(collect).default([]))
    .addOption(signalOption())
    .option('--all', 'send delivered batches as well, as far as their files exist')
    .option('--json', 'print the result as JSON instead of text')
    .action((path: string, options) =>
      reportFailures(async () =>
        (await import('./journal/replay.ts')).journalReplayCommand(path, options, processConsole),
      ),
    );
  journal
    .command('export')
    .description('write the waiting batches of queues as OTLP/JSON, one request per line')
    .argument(...directory)
    .addOption(signalOption())
    .option('--all', 'write delivered batches as well, as far as their files exist')
    .option('--json', 'add the queue, signal, tenant and time of arrival to each line')
    .action((path: string, options) =>
      reportFailures(async () =>
        (await import('./journal/export.ts')).journalExportCommand(path, options, processConsole),
      ),
    );
}

function signalOption(): Option {
  return new Option('--signal <signal>', 'only this signal').choices(['traces', 'metrics', 'logs', 'profiles']);
}

function configOption(): Option {
  return new Option(
    '--config <source>',
    'file, file:PATH, env:NAME or yaml:TEXT; repeatable, later ones override earlier ones',
  )
    .argParser(collect)
    .default([]);
}

function featureGatesOption(): Option {
  return new Option('--feature-gates <gates>', "accepted as in the Collector's command line; otelier has none")
    .argParser(collect)
    .default([]);
}

function setOption(): Option {
  return new Option('--set <key=value>', 'override one value, such as exporters.store.max_size=1GB')
    .argParser(collect)
    .default([]);
}

function urlOption(): Option {
  return new Option('--url <url>', 'URL of the running process').argParser(url).default(DEFAULT_URL);
}

function collect(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value];
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError(`expected a positive integer, got "${text}"`);
  return value;
}

function url(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw new InvalidArgumentError(`expected a URL such as ${DEFAULT_URL}, got "${text}"`);
  return text;
}

function unknownCommand(arg: string, otelier: Command): CommandFailure {
  const near = nearest(
    arg,
    otelier.commands.map((command) => command.name()),
  );
  const hint = near === undefined ? 'run "otelier --help" for usage.' : `did you mean "${near}"?`;
  return new CommandFailure(`There is no command "${arg}"; ${hint}`);
}

/**
 * Ends this process when its parent ends. On an old Node version, the bin script starts a second process and holds one
 * end of a pipe to it.
 */
function endWithParent(): void {
  const descriptor = process.env['OTELIER_PARENT_PIPE'];
  if (descriptor === undefined) return;
  delete process.env['OTELIER_PARENT_PIPE'];
  const pipe = new Socket({ fd: Number(descriptor), readable: true });
  pipe.on('close', () => process.kill(process.pid, 'SIGKILL'));
  pipe.resume();
  pipe.unref();
}

/** Ends the process when the reader closes standard output (`otelier export … | head`). */
function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
}
