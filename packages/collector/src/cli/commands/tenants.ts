import { type Command, Option } from 'commander';
import { processConsole } from '../console.ts';
import { reportFailures } from '../failure.ts';
import { addExamples } from './examples.ts';
import { collect, DEFAULT_IDENTITY, jsonOption, urlOption } from './options.ts';

/** Adds the commands for tenants. */
export function addTenantsCommands(otelier: Command): void {
  const tenants = otelier
    .command('tenants')
    .helpCommand(false)
    .description('list, limit, suspend, export and remove tenants; create them in the extension identity');
  addProcessCommands(tenants);
  addDatabaseCommands(tenants);
}

/** Adds the commands that ask a running process. */
function addProcessCommands(tenants: Command): void {
  const list = tenants
    .command('list')
    .description('print the tenants of a running process: state, and what they use beside their limits')
    .addOption(jsonOption('print the tenants as JSON instead of a table'))
    .addOption(urlOption())
    .action((options) =>
      reportFailures(async () => (await import('../tenants/command.ts')).listTenantsCommand(options, processConsole)),
    );
  const exporting = tenants
    .command('export')
    .description('write the telemetry of a tenant as OTLP/JSON, and its documents, into a new directory')
    .argument('<tenant>', 'its name; a suspended one needs the permission tenants:manage')
    .addOption(new Option('--output <dir>', 'directory to create').makeOptionMandatory())
    .addOption(urlOption())
    .action((tenant: string, options) =>
      reportFailures(async () =>
        (await import('../tenants/export.ts')).exportTenantCommand(tenant, options, processConsole),
      ),
    );
  const remove = tenants
    .command('remove')
    .description('remove everything that a running process keeps of a tenant; needs OTELIER_EDIT_TOKEN or an API key')
    .argument('<tenant>', 'its name')
    .option('--confirm <tenant>', 'the name again, because this cannot be undone')
    .option('--accepts', 'accept telemetry of the tenant again afterwards')
    .option('--output <file>', 'write the signed statement to a file')
    .addOption(jsonOption('print the signed statement'))
    .addOption(urlOption())
    .action((tenant: string, options) =>
      reportFailures(async () =>
        (await import('../tenants/command.ts')).removeTenantCommand(tenant, options, processConsole),
      ),
    );
  addExamples(list, ['otelier tenants list', 'print the tenants, with what they use beside their limits']);
  addExamples(exporting, ['otelier tenants export default --output default-export', 'write everything of a tenant']);
  addExamples(remove, ['otelier tenants remove acme --confirm acme', 'remove everything of a tenant']);
}

/** Adds the commands that change the database of the extension `identity`, also while a process uses it. */
function addDatabaseCommands(tenants: Command): void {
  const create = withDirectory(tenants.command('create'))
    .description('add a tenant')
    .argument('<tenant>', 'its name in credentials, headers and paths: a-z, 0-9, - and _; it never changes')
    .option('--display-name <name>', 'the name that people read (default: the other one)')
    .addOption(
      new Option('--limit <name=value>', 'limit such as disk_bytes=10GB; repeatable')
        .argParser(collect)
        .default([], 'none'),
    )
    .action((tenant: string, options) =>
      reportFailures(async () =>
        (await import('../tenants/change.ts')).createTenantCommand(tenant, options, processConsole),
      ),
    );
  const rename = withDirectory(tenants.command('rename'))
    .description('change the name that people read; credentials, headers and paths of data keep the other one')
    .argument('<tenant>', 'its name')
    .argument('<display-name>', 'the name that people read')
    .action((tenant: string, name: string, options) =>
      reportFailures(async () =>
        (await import('../tenants/change.ts')).renameTenantCommand(tenant, name, options, processConsole),
      ),
    );
  const suspend = withDirectory(tenants.command('suspend'))
    .description('refuse telemetry and queries of a tenant with 403; what is stored stays')
    .argument('<tenant>', 'its name')
    .action((tenant: string, options) =>
      reportFailures(async () =>
        (await import('../tenants/change.ts')).suspendTenantCommand(tenant, options, processConsole),
      ),
    );
  const resume = withDirectory(tenants.command('resume'))
    .description('accept telemetry and queries of a suspended tenant again')
    .argument('<tenant>', 'its name')
    .action((tenant: string, options) =>
      reportFailures(async () =>
        (await import('../tenants/change.ts')).resumeTenantCommand(tenant, options, processConsole),
      ),
    );
  const limits = withDirectory(tenants.command('limits'))
    .description('set limits of a tenant, which a running process applies within a second')
    .argument('<tenant>', 'its name')
    .argument('<name=value...>', 'such as ingest_items_per_second=5000 or disk_bytes=10GB; none removes a limit')
    .action((tenant: string, settings: string[], options) =>
      reportFailures(async () =>
        (await import('../tenants/change.ts')).limitTenantCommand(tenant, settings, options, processConsole),
      ),
    );
  addExamples(create, ['otelier tenants create acme --limit disk_bytes=10GB', 'add a tenant with a limit']);
  addExamples(rename, ["otelier tenants rename acme 'Acme Corporation'", 'change the name that people read']);
  addExamples(suspend, ['otelier tenants suspend acme', 'refuse telemetry and queries']);
  addExamples(resume, ['otelier tenants resume acme', 'accept them again']);
  addExamples(limits, [
    'otelier tenants limits acme ingest_items_per_second=5000 disk_bytes=none',
    'set one limit and remove another',
  ]);
}

function withDirectory(command: Command): Command {
  return command.option('--directory <dir>', 'directory of the extension identity', DEFAULT_IDENTITY);
}
