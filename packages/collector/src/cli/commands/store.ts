import { type Command, Option } from 'commander';
import { processConsole } from '../console.ts';
import { reportFailures } from '../failure.ts';
import { addExamples } from './examples.ts';
import { collect, DEFAULT_DATA, jsonOption } from './options.ts';

/** Adds the commands that manage the files of a store. */
export function addStoreCommands(otelier: Command): void {
  addImportCommand(otelier);
  const store = otelier.command('store').helpCommand(false).description('manage the files of a store');
  const verify = store
    .command('verify')
    .description('check every file of a store or a backup against its checksums; exit code 1 when one is damaged')
    .option('--data <dir>', 'directory of the backup, or of the store, which a process may have open', DEFAULT_DATA)
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nPrints a line for each damaged file, with the damage and the number of affected rows. Changes nothing.',
    )
    .action((options) =>
      reportFailures(async () => (await import('../store/verify.ts')).storeVerifyCommand(options, processConsole)),
    );
  addExamples(verify, ['otelier store verify --data ./.otelier', 'check the store of the built-in configuration']);

  const backup = store
    .command('backup')
    .description('copy a store to a directory, also while otelier runs; a further backup copies only what is new')
    .argument('<directory>', 'empty directory, or one with an earlier backup of the same store')
    .option('--data <dir>', 'directory of the store, which a process may have open', DEFAULT_DATA)
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nThe backup contains every item that was acknowledged before it began. Exit code 1 when a file of the store is damaged.',
    )
    .action((directory: string, options) =>
      reportFailures(async () =>
        (await import('../store/backup.ts')).storeBackupCommand(directory, options, processConsole),
      ),
    );
  addExamples(backup, ['otelier store backup ./backup', 'back up the store of the built-in configuration']);

  const restore = store
    .command('restore')
    .description('restore a backup to an empty directory, after verifying every file')
    .argument('<backup>', 'directory of the backup')
    .option('--data <dir>', 'directory for the restored store, empty or missing', DEFAULT_DATA)
    .option('--skip-damaged', 'restore the intact files of a damaged backup; exit code 1')
    .addOption(jsonOption())
    .action((directory: string, options) =>
      reportFailures(async () =>
        (await import('../store/backup.ts')).storeRestoreCommand(directory, options, processConsole),
      ),
    );
  addExamples(restore, [
    'otelier store backup ./backup && otelier store restore ./backup --data ./restored',
    'copy a store to another directory',
  ]);

  const createKey = store
    .command('create-key')
    .description('print a new key-encryption key, as a line for the file or variable of exporters.store.encryption')
    .option('--id <id>', 'name of the key (default: the date)')
    .action((options) =>
      reportFailures(async () => (await import('../store/keys.ts')).createKeyCommand(options, processConsole)),
    );
  addExamples(createKey, [
    '(umask 077; otelier store create-key >> keys)',
    'add a key to a file that only you can read',
  ]);

  const rotateKeys = store
    .command('rotate-keys')
    .description(
      'create new data keys for an encrypted store, and encrypt the old ones with the current key-encryption key',
    )
    .option('--data <dir>', 'directory of the store, which a process may have open', DEFAULT_DATA)
    .addHelpText(
      'after',
      '\nFiles that were written before stay readable. If no process has the store open, OTELIER_ENCRYPTION contains the\nsettings of its encryption, such as {provider: file, path: keys}.',
    )
    .action((options) =>
      reportFailures(async () => (await import('../store/keys.ts')).rotateKeysCommand(options, processConsole)),
    );
  addExamples(rotateKeys, ['otelier store rotate-keys', 'rotate the keys of the store of a running process']);
}

function addImportCommand(otelier: Command): void {
  const importing = otelier
    .command('import')
    .description('import files of telemetry into a store or a running process; continue after an interruption')
    .argument(
      '<file...>',
      'OTLP/JSON or protobuf as the file exporter writes them, also compressed with zstd or gzip, or Parquet',
    )
    .option('--endpoint <endpoint>', 'OTLP/HTTP endpoint of a running process', 'http://127.0.0.1:4318')
    .option('--data <dir>', 'write to this store instead, which no process may have open; it is created if missing')
    .addOption(
      new Option('--signal <signal>', 'signal of protobuf messages that could be several, or of --map').choices([
        'traces',
        'metrics',
        'logs',
      ]),
    )
    .addOption(
      new Option('--map <column=field>', 'field of a column of a Parquet file, such as ts=start_time; repeatable')
        .argParser(collect)
        .default([], 'by known names'),
    )
    .option('--state <file>', 'file for the progress (default imports.json in --data, or otelier-imports.json)')
    .option('--again', 'import files from the beginning that were imported before')
    .option('--dry-run', 'check and count the records, and send nothing')
    .addOption(jsonOption())
    .addHelpText('after', '\nPrints refused records with their line or number. Exit code 1 when there are any.')
    .action((files: string[], options) =>
      reportFailures(async () => (await import('../import/command.ts')).importCommand(files, options, processConsole)),
    );
  addExamples(
    importing,
    ['otelier import --data ./imported traces.jsonl', 'import a file into a store'],
    ['otelier import --dry-run traces.jsonl', 'check a file'],
  );
}
