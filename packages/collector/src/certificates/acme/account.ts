import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { AcmeError } from './acme-error.ts';
import type { AcmeConnection } from './connection.ts';
import { bindExternalAccount, type Signer } from './jws.ts';
import type { StateDirectory } from './state-directory.ts';

/** Options for `openAccount`. */
export interface AccountOptions {
  /** Addresses for notices, such as `mailto:admin@example.com`. */
  readonly contact: readonly string[];
  /** An account that the authority knows already. */
  readonly externalAccount: { readonly keyId: string; readonly hmacKey: string } | undefined;
}

/** Returns the account of the key in a directory, and creates both if there are none (RFC 8555, section 7.3). Throws `AcmeError`. */
export async function openAccount(
  connection: AcmeConnection,
  state: StateDirectory,
  { contact, externalAccount }: AccountOptions,
): Promise<Signer> {
  const pem = state.read('account') ?? createAccountKey(state);
  const key = createPrivateKey(pem);
  const url = connection.urlOf('newAccount');
  if (url === undefined) throw new AcmeError('the directory: expected newAccount, got nothing');
  const account = {
    // The configuration cannot be used without it.
    termsOfServiceAgreed: true,
    ...(contact.length > 0 ? { contact } : {}),
    ...(externalAccount === undefined
      ? {}
      : { externalAccountBinding: bindExternalAccount(externalAccount, key, url) }),
  };
  const { location } = await connection.post(url, { key }, account, 'the account');
  return { key, accountUrl: connection.checkUrl(location, 'the account') };
}

function createAccountKey(state: StateDirectory): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  state.write('account', pem);
  return pem;
}
