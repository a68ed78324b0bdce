import { type Command, Option } from 'commander';
import { processConsole } from '../console.ts';
import { reportFailures } from '../failure.ts';
import { addExamples } from './examples.ts';
import { collect, jsonOption, urlOption } from './options.ts';

/** Adds the commands for people in telemetry, legal holds and reports. */
export function addSubjectCommands(otelier: Command): void {
  const subject = otelier
    .command('subject')
    .helpCommand(false)
    .description('search, export and erase what a running process stores of a person');
  const load = () => import('../compliance/subject-commands.ts');
  const search = withTerms(subject.command('search'))
    .description('count what is stored of a person; needs OTELIER_EDIT_TOKEN or an API key, as all commands of subject')
    .addOption(jsonOption('print the result as JSON, with samples'))
    .action((options) => reportFailures(async () => (await load()).searchSubjectCommand(options, processConsole)));
  const exporting = withTerms(subject.command('export'))
    .description('write everything of a person as OTLP/JSON, one request per line')
    .addOption(new Option('--output <file>', 'file to create').makeOptionMandatory())
    .action((options) => reportFailures(async () => (await load()).exportSubjectCommand(options, processConsole)));
  const erase = withTerms(subject.command('erase'))
    .description('remove a person from everything that is stored; without --confirm, only print what would be removed')
    .option('--confirm', 'remove it, which cannot be undone')
    .option('--values', 'remove only attributes and texts of the person, and keep the items')
    .option('--standing', 'also refuse items of the person that arrive later; each term needs a key')
    .option('--reason <text>', 'reason for the statement')
    .option('--output <file>', 'write the signed statement to a file')
    .addOption(jsonOption('print the result as JSON'))
    .action((options) => reportFailures(async () => (await load()).eraseSubjectCommand(options, processConsole)));
  const verify = withTerms(subject.command('verify'))
    .description('verify the statement of an erasure and, with the terms, that nothing of the person is stored')
    .argument('<proof>', 'file of the signed statement')
    .action((proof: string, options) =>
      reportFailures(async () => (await load()).verifyErasureCommand(proof, options, processConsole)),
    );
  const report = otelier
    .command('report')
    .description('write a report: the record of processing, small groups, evidence of redaction, or erasures')
    .addOption(
      new Option('--kind <kind>', 'what it is about')
        .choices(['processing', 'k-anonymity', 'redaction', 'erasures'])
        .default('processing'),
    )
    .option('--tenant <name>', 'tenant', 'default')
    .addOption(
      new Option('--attribute <key>', 'attribute of a k-anonymity report; repeatable')
        .argParser(collect)
        .default([], 'none'),
    )
    .option('--k <number>', 'size of a group that is sufficient', '5')
    .option('--output <file>', 'write one HTML file, which can be printed; otherwise print text')
    .addOption(urlOption())
    .action((options) => reportFailures(async () => (await load()).reportCommand(options, processConsole)));
  addExamples(search, ['otelier subject search --attribute enduser.id=4217', 'count what is stored of a person']);
  addExamples(exporting, [
    'otelier subject export --attribute enduser.id=4217 --output person.jsonl',
    'write everything of a person',
  ]);
  addExamples(
    erase,
    ['otelier subject erase --attribute enduser.id=4217', 'print what would be removed'],
    ['otelier subject erase --attribute enduser.id=4217 --confirm --output proof.json', 'remove it'],
  );
  addExamples(verify, ['otelier subject verify proof.json', 'verify a statement']);
  addExamples(report, ['otelier report --kind erasures', 'print what was erased, and what is held']);
  addHoldCommands(otelier);
}

function addHoldCommands(otelier: Command): void {
  const hold = otelier
    .command('hold')
    .helpCommand(false)
    .description('keep telemetry from being removed (legal hold), in a running process');
  const load = () => import('../compliance/hold-commands.ts');
  const list = hold
    .command('list')
    .description('print the legal holds of a tenant')
    .option('--tenant <name>', 'tenant', 'default')
    .addOption(jsonOption('print them as JSON, with those that were released'))
    .addOption(urlOption())
    .action((options) => reportFailures(async () => (await load()).listHoldsCommand(options, processConsole)));
  const create = hold
    .command('create')
    .description('keep items from being removed until the hold is released')
    .addOption(new Option('--reason <text>', 'why').makeOptionMandatory())
    .option('--tenant <name>', 'tenant', 'default')
    .addOption(
      new Option('--attribute <key=value>', 'attribute that items must have; repeatable')
        .argParser(collect)
        .default([], 'all items'),
    )
    .option('--start <time>', 'first time of the items, such as 2026-12-01T00:00:00Z')
    .option('--end <time>', 'time after the last one')
    .addOption(urlOption())
    .action((options) => reportFailures(async () => (await load()).createHoldCommand(options, processConsole)));
  const release = hold
    .command('release')
    .description('end a legal hold')
    .argument('<id>', 'its ID')
    .option('--tenant <name>', 'tenant', 'default')
    .addOption(urlOption())
    .action((id: string, options) =>
      reportFailures(async () => (await load()).releaseHoldCommand(id, options, processConsole)),
    );
  addExamples(list, ['otelier hold list', 'print the legal holds']);
  addExamples(create, [
    "otelier hold create --reason 'case 7' --attribute enduser.id=4217",
    'keep what is of a person',
  ]);
  addExamples(release, ['otelier hold release hold-7', 'end a hold']);
}

/** Adds the options that identify a person. */
function withTerms(command: Command): Command {
  return command
    .addOption(
      new Option('--attribute <key=value>', 'attribute that identifies the person; repeatable')
        .argParser(collect)
        .default([], 'none'),
    )
    .addOption(
      new Option('--text <value>', 'text that identifies the person, in any attribute, body or name; repeatable')
        .argParser(collect)
        .default([], 'none'),
    )
    .option('--tenant <name>', 'tenant', 'default')
    .option('--start <time>', 'first time of the items, such as 2026-12-01T00:00:00Z')
    .option('--end <time>', 'time after the last one')
    .addOption(urlOption());
}
