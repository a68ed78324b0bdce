import { type Command, InvalidArgumentError, Option } from 'commander';
import { processConsole } from '../console.ts';
import { reportFailures } from '../failure.ts';
import { SORT_NAMES } from '../top/sort-names.ts';
import { addExamples } from './examples.ts';
import { collect, configOption, jsonOption, positiveInteger, setOption, urlOption } from './options.ts';

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

  const top = otelier
    .command('top')
    .description('show the components of a running process live: throughput, drops, queues and CPU usage')
    .option('--interval <seconds>', 'time between updates', interval, 1)
    .addOption(new Option('--sort <column>', 'order of the components').choices(SORT_NAMES).default('items'))
    .option('--once', 'print one table, as without a terminal')
    .option('--no-cpu', 'do not measure CPU usage, which costs the process some CPU time')
    .addOption(jsonOption('print one table as JSON'))
    .addOption(urlOption())
    .action((options) =>
      reportFailures(async () => (await import('../top/command.ts')).topCommand(options, processConsole)),
    );
  addExamples(
    top,
    ['otelier top', 'show the components until you press q'],
    ['otelier top --once --sort cpu', 'print one table, most CPU usage first'],
    ['otelier top --json --no-cpu', 'print the rates as JSON'],
  );

  const profile = otelier
    .command('profile')
    .description('print the CPU time of a running process by component, and write a flame graph or a heap snapshot')
    .option('--seconds <n>', 'duration of the profile', profileSeconds, 10)
    .option('--heap', 'write a heap snapshot instead; needs OTELIER_EDIT_TOKEN; the process stops meanwhile')
    .option(
      '--output <file>',
      'file to write: .svg (default otelier-profile.svg), .cpuprofile, .pb.gz or .heapsnapshot',
    )
    .addOption(jsonOption('print the times as JSON, and write a file only with --output'))
    .addOption(urlOption())
    .action((options) =>
      reportFailures(async () => (await import('../profile/command.ts')).profileCommand(options, processConsole)),
    );
  addExamples(
    profile,
    ['otelier profile --seconds 5', 'print CPU times and write the flame graph otelier-profile.svg'],
    ['otelier profile --seconds 5 --output app.cpuprofile', 'write a profile for Chrome DevTools'],
    ['otelier profile --heap --output app.heapsnapshot', 'write a heap snapshot'],
  );

  const doctor = otelier
    .command('doctor')
    .description('check a running process, its configuration, destinations, store and senders; print remedies')
    .addOption(configOption())
    .addOption(setOption())
    .option('--seconds <n>', 'how long counters and telemetry are observed', doctorSeconds, 2)
    .addOption(jsonOption())
    .addOption(urlOption())
    .addHelpText('after', '\nExit code: 0 without findings, 3 with warnings, 4 with errors.')
    .action((options) =>
      reportFailures(async () => (await import('../doctor/command.ts')).doctorCommand(options, processConsole)),
    );
  addExamples(
    doctor,
    ['otelier doctor', 'check the running process'],
    ['otelier doctor --config otelier.yaml', 'check a file and its certificates, before it runs'],
  );
  addHealthCommand(otelier);
  addLedgerCommands(otelier);
  addTapCommand(otelier);
}

function addHealthCommand(otelier: Command): void {
  const health = otelier
    .command('health')
    .description('check whether a running process works, for probes in containers; exit code 1 if not')
    .option('--timeout <seconds>', 'time to wait for the response', healthSeconds, 3)
    .addOption(urlOption())
    .action((options) =>
      reportFailures(async () => (await import('../health/command.ts')).healthCommand(options, processConsole)),
    );
  addExamples(
    health,
    ['otelier health', 'request /healthz of the page and API'],
    ['otelier health --timeout 1', 'the same, waiting for at most a second'],
  );
}

/** The API observes and profiles for at most this time. */
const MAX_SECONDS = { doctor: 20, profile: 25 };

function doctorSeconds(text: string): number {
  return seconds(text, 0, MAX_SECONDS.doctor);
}

function healthSeconds(text: string): number {
  return seconds(text, 0.1, 60);
}

function interval(text: string): number {
  return seconds(text, 0.2, MAX_SECONDS.profile);
}

function profileSeconds(text: string): number {
  return seconds(text, 0.1, MAX_SECONDS.profile);
}

function seconds(text: string, min: number, max: number): number {
  const value = Number(text);
  if (text !== '' && value >= min && value <= max) return value;
  throw new InvalidArgumentError(`expected a number of seconds from ${min} to ${max}, got "${text}"`);
}

function addLedgerCommands(otelier: Command): void {
  const ledger = otelier
    .command('ledger')
    .description('print for each component of a running process where its items came from and went')
    .addOption(jsonOption())
    .addOption(urlOption())
    .action((options) =>
      reportFailures(async () => (await import('../inspect/ledger.ts')).ledgerCommand(options, processConsole)),
    );
  addExamples(ledger, ['otelier ledger', 'print received, forwarded, dropped and held items of each component']);

  const why = otelier
    .command('why')
    .description('print which component and rule of a running process dropped a trace')
    .argument('<trace-id>', '32 hexadecimal digits')
    .addOption(jsonOption())
    .addOption(urlOption())
    .action((traceId: string, options) =>
      reportFailures(async () => (await import('../inspect/why.ts')).whyCommand(traceId, options, processConsole)),
    );
  addExamples(why, [
    'otelier why 5b8efff798038103d269b633813fc60c',
    'print where the trace was dropped, and whether it is stored',
  ]);
}

function addTapCommand(otelier: Command): void {
  const tap = otelier
    .command('tap')
    .description('print the items that pass an edge, or enter a component, of a running process')
    .argument('<edge|component>', 'such as processors/batch, receivers/otlp, or the ID of an edge')
    .option('--where <condition>', 'OTTL condition that items must match')
    .option('--limit <n>', 'end after this number of items', positiveInteger)
    .option('--rate <n>', 'maximum number of items per second (default 100)', positiveInteger)
    .addOption(
      new Option('--mask <name>', 'also mask attributes whose key contains it; repeatable')
        .argParser(collect)
        .default([], 'authorization, cookie, password, secret, token, api_key and others'),
    )
    .option('--no-mask', 'show the values of all attributes; the API needs a token')
    .option('--otlp', 'print OTLP/JSON, one request per line')
    .option('--record <file>', 'write a pipeline test such as checkout.test.yaml instead; needs --config')
    .addOption(configOption())
    .addOption(jsonOption())
    .addOption(urlOption())
    .action((at: string, options) =>
      reportFailures(async () => {
        if (options.record === undefined)
          await (await import('../tap/command.ts')).tapCommand(at, options, processConsole);
        else await (await import('../tap/record.ts')).recordCommand(at, options, processConsole);
      }),
    );
  addExamples(
    tap,
    ['otelier tap exporters/store --limit 1', 'print the next item that enters the store'],
    ["otelier tap exporters/store --where 'kind == SPAN_KIND_SERVER' --limit 1", 'print the next span of a server'],
    ['otelier tap exporters/store --otlp --limit 10 > items.jsonl', 'write OTLP/JSON'],
  );
}
