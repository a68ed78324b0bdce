import { createPrivateKey, X509Certificate } from 'node:crypto';
import { resolve } from 'node:path';
import { systemClock } from '@otelier/transport/clock';
import { openAccount } from '../../certificates/acme/account.ts';
import { AcmeError } from '../../certificates/acme/acme-error.ts';
import { accountOptions } from '../../certificates/acme/acme-extension.ts';
import type { AcmeConfig } from '../../certificates/acme/config.ts';
import { AcmeConnection } from '../../certificates/acme/connection.ts';
import { type RevocationReason, revokeCertificate } from '../../certificates/acme/revoke-certificate.ts';
import { StateDirectory } from '../../certificates/acme/state-directory.ts';
import { errorMessage } from '../../component/error-message.ts';
import { requestTls } from '../../component/http/request-tls.ts';
import type { ServiceConfig } from '../../config/model.ts';
import { EXIT } from '../commands/exit-codes.ts';
import { type ConfigOptions, loadService, readSources } from '../configuration.ts';
import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';
import { terminalText } from '../terminal-text.ts';

/** The options of `otelier certificates revoke`. */
export interface RevokeOptions extends ConfigOptions {
  readonly extension?: string;
  readonly reason: RevocationReason;
  readonly confirm?: boolean;
}

/** Revokes the certificate of an `acme` extension, or prints what would be revoked. */
export async function revokeCertificateCommand(options: RevokeOptions, console: Console): Promise<void> {
  const config = await loadService(await readSources(options.config, console), options.set, console);
  const acme = extensionOf(config, options.extension);
  const state = new StateDirectory(resolve(acme.directory));
  const certificate = certificateIn(state, acme.directory);
  const { serialNumber, subjectAltName = '', validToDate } = certificate;
  const authority = new URL(acme.directoryUrl).host;
  const facts = [
    ['certificate', serialNumber],
    ['names', subjectAltName],
    ['ends', validToDate.toISOString()],
    ['authority', authority],
    ['reason', options.reason],
  ];
  for (const [name = '', text = ''] of facts) console.print(terminalText(`${name.padEnd(11)}  ${text}`));
  if (options.confirm !== true) {
    console.print('nothing was revoked: repeat the command with --confirm');
    return;
  }
  const wasRevoked = await revoke(acme, state, certificate, options.reason);
  state.write('revoked', certificate.fingerprint256);
  console.print(wasRevoked ? 'it had been revoked before' : 'revoked');
  console.print('otelier obtains another certificate within five minutes, or at its next start');
}

/** Returns the options of the extension with an ID, or of the only one. */
function extensionOf({ extensions, service }: ServiceConfig, id: string | undefined): AcmeConfig {
  const known = service.extensions.flatMap((reference) => {
    const extension = extensions.get(reference.id);
    return extension?.type === 'acme' ? [extension] : [];
  });
  const ids = known.map((extension) => extension.id);
  const found = id === undefined && known.length === 1 ? known[0] : known.find((extension) => extension.id === id);
  if (found !== undefined) return found.config as AcmeConfig;
  const expected = ids.length === 0 ? 'an acme extension in service.extensions' : `--extension ${ids.join(' or ')}`;
  throw new CommandFailure(`expected ${expected}, got ${id ?? 'none'}`, EXIT.usage);
}

/** Returns the current certificate of a directory. Fails if there is none, or no account that could revoke it. */
function certificateIn(state: StateDirectory, directory: string): X509Certificate {
  const read = <T>(name: 'certificate' | 'account', what: string, parse: (pem: string) => T): T => {
    try {
      const pem = state.read(name);
      if (pem !== undefined) return parse(pem);
    } catch (error) {
      throw new CommandFailure(`${directory}: expected ${what}, got ${errorMessage(error)}`);
    }
    throw new CommandFailure(`${directory}: expected ${what}, got none`);
  };
  // Without it, another account would be created, which cannot revoke anything.
  read('account', 'the key of an account', createPrivateKey);
  return read(
    'certificate',
    'a certificate',
    (pem) => new X509Certificate(pem.slice(pem.indexOf('-----BEGIN CERTIFICATE-----'))),
  );
}

/** Revokes a certificate. Returns `true` if it had been revoked before. */
async function revoke(
  acme: AcmeConfig,
  state: StateDirectory,
  certificate: X509Certificate,
  reason: RevocationReason,
): Promise<boolean> {
  const { directoryUrl, tls } = acme;
  const { signal } = new AbortController();
  const connection = new AcmeConnection({ directoryUrl, tls: requestTls(tls), clock: systemClock, signal });
  try {
    await connection.open();
    const signer = await openAccount(connection, state, accountOptions(acme));
    await revokeCertificate(connection, signer, certificate, reason);
    return false;
  } catch (error) {
    if (!(error instanceof AcmeError)) throw error;
    if (error.type === 'alreadyRevoked') return true;
    throw new CommandFailure(error.message);
  }
}
