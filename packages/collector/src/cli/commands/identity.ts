import type { Command } from 'commander';
import { processConsole } from '../console.ts';
import { reportFailures } from '../failure.ts';
import { addExamples } from './examples.ts';
import { DEFAULT_IDENTITY, jsonOption, positiveInteger } from './options.ts';

/** Adds the commands for people, keys and the audit log of the extension `identity`. */
export function addIdentityCommands(otelier: Command): void {
  const identity = otelier
    .command('identity')
    .helpCommand(false)
    .description('create accounts and API keys of the extension identity; also while a process uses them');
  const createUser = withDirectory(identity.command('create-user'))
    .description('create an account; reads the password from standard input')
    .argument('<email>', 'address with which the person signs in')
    .option('--name <name>', 'name of the person (default: the address)')
    .option('--role <role>', 'admin, editor, viewer or a custom role', 'viewer')
    .option('--tenant <tenant>', 'tenant of the role; * for all and the process itself', '*')
    .action((email: string, options) =>
      reportFailures(async () =>
        (await import('../identity/command.ts')).createUserCommand(email, options, processConsole),
      ),
    );
  const invite = withDirectory(identity.command('invite'))
    .description('invite a person by a link, which is valid once, and print it')
    .argument('<email>', 'address with which the person will sign in')
    .option('--role <role>', 'admin, editor, viewer or a custom role', 'viewer')
    .option('--tenant <tenant>', 'tenant of the role; * for all and the process itself', '*')
    .option('--expires <duration>', 'time for which the link is valid', '168h')
    .option('--url <url>', 'address of the page', 'http://127.0.0.1:4319')
    .action((email: string, options) =>
      reportFailures(async () =>
        (await import('../identity/command.ts')).inviteCommand(email, options, processConsole),
      ),
    );
  const createServiceAccount = withDirectory(identity.command('create-service-account'))
    .description('create the account of a program, whose API keys have its roles')
    .argument('<name>', 'name such as ci or grafana')
    .option('--role <role>', 'ingest, viewer, editor, admin or a custom role', 'viewer')
    .option('--tenant <tenant>', 'tenant of the role; * for all and the process itself', 'default')
    .action((name: string, options) =>
      reportFailures(async () =>
        (await import('../identity/command.ts')).createServiceAccountCommand(name, options, processConsole),
      ),
    );
  const createKey = withDirectory(identity.command('create-key'))
    .description('create an API key and print it')
    .argument('<name>', 'what the key is for')
    .option('--role <role>', 'ingest, viewer, editor, admin or a custom role', 'ingest')
    .option('--tenant <tenant>', 'tenant of the role; * for all and the process itself', 'default')
    .option('--account <name>', 'service account whose roles the key has, instead of --role and --tenant')
    .option('--expires <duration>', 'time until it expires, such as 2160h (default: never)')
    .option('--requests-per-minute <n>', 'maximum number of requests (default: no limit)', positiveInteger)
    .action((name: string, options) =>
      reportFailures(async () =>
        (await import('../identity/command.ts')).createKeyCommand(name, options, processConsole),
      ),
    );
  const rotateKey = withDirectory(identity.command('rotate-key'))
    .description('create the successor of an API key and print it')
    .argument('<id>', 'ID of the key: otl_…')
    .option('--overlap <duration>', 'time for which the old key stays valid', '24h')
    .action((id: string, options) =>
      reportFailures(async () =>
        (await import('../identity/command.ts')).rotateKeyCommand(id, options, processConsole),
      ),
    );
  const revokeKey = withDirectory(identity.command('revoke-key'))
    .description('delete an API key')
    .argument('<id>', 'ID of the key: otl_…')
    .action((id: string, options) =>
      reportFailures(async () =>
        (await import('../identity/command.ts')).revokeKeyCommand(id, options, processConsole),
      ),
    );
  const removeSecondFactor = withDirectory(identity.command('remove-second-factor'))
    .description('remove the one-time passwords and passkeys of a person who has lost the device')
    .argument('<email>', 'address with which the person signs in')
    .action((email: string, options) =>
      reportFailures(async () =>
        (await import('../identity/command.ts')).removeSecondFactorCommand(email, options, processConsole),
      ),
    );
  const importDatabase = withDirectory(identity.command('import'))
    .description('copy the database of the directory into an empty PostgreSQL database')
    .action((options) =>
      reportFailures(async () =>
        (await import('../identity/command.ts')).importIdentityCommand(options, processConsole),
      ),
    );
  const list = withDirectory(identity.command('list'))
    .description('print the accounts, API keys and tenants, without credentials')
    .addOption(jsonOption())
    .action((options) =>
      reportFailures(async () => (await import('../identity/command.ts')).listIdentityCommand(options, processConsole)),
    );
  addExamples(createUser, [
    'otelier identity create-user ada@example.com --role admin < password.txt',
    'create the first administrator',
  ]);
  addExamples(invite, [
    'otelier identity invite grace@example.com --role editor --url https://otel.example.com',
    'print the link of an invitation',
  ]);
  addExamples(createServiceAccount, [
    'otelier identity create-service-account grafana --role viewer',
    'create the account of a program',
  ]);
  addExamples(createKey, ['otelier identity create-key shop --tenant shop', 'create a key that sends telemetry']);
  addExamples(rotateKey, [
    'otelier identity rotate-key otl_0123456789ab',
    'replace a key, which stays valid for a day',
  ]);
  addExamples(revokeKey, ['otelier identity revoke-key otl_0123456789ab', 'end a key at once']);
  addExamples(removeSecondFactor, [
    'otelier identity remove-second-factor ada@example.com',
    'let a person sign in with the password alone',
  ]);
  addExamples(importDatabase, [
    'otelier identity import',
    'copy accounts and keys to the PostgreSQL database whose URL OTELIER_IDENTITY_DATABASE contains',
  ]);
  addExamples(list, ['otelier identity list', 'print who has access']);

  const audit = otelier.command('audit').helpCommand(false).description('read the audit log of the extension identity');
  const verify = withDirectory(audit.command('verify'))
    .description('verify signatures, order and completeness; exit code 1 and the position if the log was changed')
    .option('--key <file>', 'public key (default: audit-public-key.pem of the directory)')
    .addOption(jsonOption())
    .action((options) =>
      reportFailures(async () => (await import('../identity/audit.ts')).auditVerifyCommand(options, processConsole)),
    );
  const entries = withDirectory(audit.command('list'))
    .description('print the last entries as JSON, one in a line')
    .option('--limit <n>', 'number of entries', positiveInteger, 100)
    .option('--search <text>', 'only entries with this text')
    .action((options) =>
      reportFailures(async () => (await import('../identity/audit.ts')).auditListCommand(options, processConsole)),
    );
  addExamples(verify, ['otelier audit verify', 'find changed, removed and moved entries']);
  addExamples(entries, ['otelier audit list --search key.create', 'print who created keys']);
}

function withDirectory(command: Command): Command {
  return command.option('--directory <dir>', 'directory of the extension identity', DEFAULT_IDENTITY);
}
