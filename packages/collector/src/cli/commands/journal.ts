import { type Command, Option } from 'commander';
import { processConsole } from '../console.ts';
import { reportFailures } from '../failure.ts';
import { addExamples } from './examples.ts';
import { collect, jsonOption } from './options.ts';

/** Adds the commands that read durable queues. */
export function addJournalCommands(otelier: Command): void {
  const journal = otelier
    .command('journal')
    .helpCommand(false)
    .description('read the durable queues of file_storage; changes no file, also while a process uses them');
  const directory = ['<directory>', 'directory of file_storage, or of one of its queues'] as const;
  const inspect = journal
    .command('inspect')
    .description('print the files, versions, waiting batches and damage of queues; exit code 1 when there is damage')
    .argument(...directory)
    .addOption(jsonOption())
    .action((path: string, options) =>
      reportFailures(async () =>
        (await import('../journal/inspect.ts')).journalInspectCommand(path, options, processConsole),
      ),
    );
  const replay = journal
    .command('replay')
    .description('send the waiting batches of queues to an endpoint, which keeps them in the queues')
    .argument(...directory)
    .requiredOption('--endpoint <endpoint>', 'such as https://host:4317, or http://127.0.0.1:4317 without TLS')
    .addOption(new Option('--protocol <protocol>', 'protocol').choices(['grpc', 'http']).default('grpc'))
    .addOption(new Option('--header <name=value>', 'header of each request; repeatable').argParser(collect).default([]))
    .addOption(signalOption())
    .option('--all', 'send delivered batches as well, as far as their files exist')
    .addOption(jsonOption('print the result as JSON instead of text'))
    .action((path: string, options) =>
      reportFailures(async () =>
        (await import('../journal/replay.ts')).journalReplayCommand(path, options, processConsole),
      ),
    );
  const exporting = journal
    .command('export')
    .description('write the waiting batches of queues as OTLP/JSON, one request per line')
    .argument(...directory)
    .addOption(signalOption())
    .option('--all', 'write delivered batches as well, as far as their files exist')
    .option('--json', 'add the queue, signal, tenant and time of arrival to each line')
    .action((path: string, options) =>
      reportFailures(async () =>
        (await import('../journal/export.ts')).journalExportCommand(path, options, processConsole),
      ),
    );
  addExamples(inspect, ['otelier journal inspect ./queues', 'print the state of every queue']);
  addExamples(replay, ['otelier journal replay ./queues --endpoint http://127.0.0.1:4317', 'send the waiting batches']);
  addExamples(exporting, ['otelier journal export ./queues > waiting.jsonl', 'write the waiting batches to a file']);
}

function signalOption(): Option {
  return new Option('--signal <signal>', 'only this signal').choices(['traces', 'metrics', 'logs', 'profiles']);
}
