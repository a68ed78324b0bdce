import { type Command, Option } from 'commander';
import { processConsole } from '../console.ts';
import { reportFailures } from '../failure.ts';
import { addExamples } from './examples.ts';
import { configOption, jsonOption, setOption, urlOption } from './options.ts';

/** Names of the reasons; those of `certificates/acme/revoke-certificate.ts`, which is loaded by the command only. */
const REASONS = ['unspecified', 'keyCompromise', 'superseded', 'cessationOfOperation'];

/** Adds the commands for certificates. */
export function addCertificatesCommands(otelier: Command): void {
  const certificates = otelier
    .command('certificates')
    .helpCommand(false)
    .description('list the certificates of a running process, and revoke those of an authority');
  const list = certificates
    .command('list')
    .description('print the certificates and revocation lists of a running process, with their ends')
    .addOption(jsonOption('print everything that is known of them as JSON'))
    .addOption(urlOption())
    .action((options) =>
      reportFailures(async () =>
        (await import('../certificates/list.ts')).listCertificatesCommand(options, processConsole),
      ),
    );
  const revoke = certificates
    .command('revoke')
    .description('revoke the certificate of an acme extension; without --confirm, only print what would be revoked')
    .addOption(configOption().makeOptionMandatory())
    .addOption(setOption())
    .option('--extension <id>', 'the extension, if the configuration has several, such as acme/internal')
    .addOption(new Option('--reason <reason>', 'why, for those who verify it').choices(REASONS).default('unspecified'))
    .option('--confirm', 'revoke it, which cannot be undone')
    .addHelpText(
      'after',
      '\nThe request is signed by the account in the directory of the extension, so it must run where that directory is.\nThe extension then obtains another certificate, with another key.',
    )
    .action((options) =>
      reportFailures(async () =>
        (await import('../certificates/revoke.ts')).revokeCertificateCommand(options, processConsole),
      ),
    );
  addExamples(
    list,
    ['otelier certificates list', 'print each certificate with its end'],
    ['otelier certificates list --json > certificates.json', 'write names, chains and OCSP responses to a file'],
  );
  addExamples(revoke, [
    'otelier certificates revoke --config gateway.yaml --reason keyCompromise',
    'print what would be revoked; add --confirm to revoke it',
  ]);
}
