import { type Command, Option } from 'commander';
import { processConsole } from '../console.ts';
import { reportFailures } from '../failure.ts';
import { addExamples } from './examples.ts';
import { closedDataOption, configOption, jsonOption, positiveInteger, setOption, urlOption } from './options.ts';

/** Adds the commands that read stored telemetry. */
export function addTelemetryCommands(otelier: Command): void {
  const query = otelier
    .command('query')
    .description('run a read-only SQL statement over spans, logs and metric_points')
    .argument('<sql>', 'such as "select service_name, count(*) from spans group by all"')
    .addOption(jsonOption('print rows as JSON instead of a table'))
    .addOption(
      new Option('--format <format>', 'format of the rows').choices(['table', 'json', 'csv', 'arrow', 'parquet']),
    )
    .option('--output <file>', 'write the rows to a file')
    .option('--formula-safe', 'in CSV, precede text that a spreadsheet takes for a formula by an apostrophe')
    .option('--max-rows <n>', 'maximum number of rows', positiveInteger)
    .addOption(urlOption())
    .addOption(closedDataOption())
    .action((sql: string, options) =>
      reportFailures(async () => (await import('../query.ts')).queryCommand(sql, options, processConsole)),
    );
  addExamples(
    query,
    ['otelier query "select service_name, count(*) from spans group by all"', 'count the spans of each service'],
    ['otelier query --json "select body from logs limit 10"', 'print log bodies as JSON'],
    ['otelier query --format parquet "from spans" --output spans.parquet', 'write spans to a Parquet file'],
  );

  const exporting = otelier
    .command('export')
    .description('write stored telemetry as OTLP/JSON, one request per line')
    .addOption(
      new Option('--signal <signal>', 'what to write').choices(['traces', 'metrics', 'logs']).makeOptionMandatory(),
    )
    .option('--since <time>', 'start of the range: an ISO time, or a duration before now such as 2h')
    .option('--until <time>', 'end of the range, exclusive')
    .addOption(urlOption())
    .addOption(closedDataOption())
    .action((options) =>
      reportFailures(async () => (await import('../export.ts')).exportCommand(options, processConsole)),
    );
  addExamples(exporting, [
    'otelier export --signal traces --since 1h > traces.jsonl',
    'write the traces of the last hour',
  ]);

  const simulate = otelier
    .command('simulate')
    .description('run the sampling processors of a configuration over stored telemetry; print what would be kept')
    .addOption(configOption().makeOptionMandatory())
    .addOption(setOption())
    .option('--last <duration>', 'telemetry to try, such as 1h or 30m before now', '1h')
    .addOption(jsonOption())
    .addOption(urlOption())
    .addOption(closedDataOption())
    .action((options) =>
      reportFailures(async () => (await import('../simulate/simulate.ts')).simulateCommand(options, processConsole)),
    );
  addExamples(simulate, ['otelier simulate --config sampling.yaml --last 1h', 'compare policies before you use them']);

  const mcp = otelier
    .command('mcp')
    .description(
      'let an AI agent query a running process: serves the Model Context Protocol on standard input and output',
    )
    .addOption(urlOption())
    .addHelpText(
      'after',
      '\nAgents start this command themselves. The same tools are at /mcp of the address of the page. All of them only read.',
    )
    .action((options) =>
      reportFailures(async () => (await import('../mcp/command.ts')).mcpCommand(options, processConsole)),
    );
  addExamples(mcp, ['otelier mcp < /dev/null', 'check that it starts; an agent keeps the input open']);
}
