import { type Command, Option } from 'commander';
import { processConsole } from '../console.ts';
import { reportFailures } from '../failure.ts';
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
  addLedgerCommands(otelier);
  addTapCommand(otelier);
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
    .addOption(jsonOption())
    .addOption(urlOption())
    .action((at: string, options) =>
      reportFailures(async () => (await import('../tap/command.ts')).tapCommand(at, options, processConsole)),
    );
  addExamples(
    tap,
    ['otelier tap receivers/otlp --limit 1', 'print what the receiver receives'],
    [`otelier tap exporters/store --where 'attributes["http.route"] == "/cart"' --limit 1`, 'print matching items'],
    ['otelier tap exporters/store --otlp --limit 10 > items.jsonl', 'write OTLP/JSON'],
  );
}
