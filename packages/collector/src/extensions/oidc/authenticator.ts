import type { Authenticator, AuthResult, RequestHeaders } from '@otelier/transport';
import { readNamedFile, reloadableValue } from '@otelier/transport/reloadable-files';
import { createClientTls } from '@otelier/transport/tls';
import { IssuerKeys } from '../../component/auth/token/issuer-keys.ts';
import { parseKeySet, type VerificationKey } from '../../component/auth/token/key-set.ts';
import { TokenValidator } from '../../component/auth/token/token-validator.ts';
import { unverifiedIssuer } from '../../component/auth/token/unverified-issuer.ts';
import type { Claims } from '../../component/auth/token/verify-token.ts';
import type { ComponentContext, Extension } from '../../component/contract.ts';
import { errorMessage } from '../../component/error-message.ts';
import type { OidcProvider } from './provider.ts';

/** An issuer with its validator. */
interface Issuer {
  readonly provider: OidcProvider;
  readonly validator: TokenValidator;
  readonly keys: IssuerKeys | undefined;
}

/** The extension: authenticates requests by their tokens. */
export class OidcAuthenticator implements Extension {
  readonly #attribute: string;
  readonly #providers: readonly OidcProvider[];
  readonly #context: ComponentContext;
  #issuers: readonly Issuer[] = [];
  offers: Authenticator | undefined;

  constructor(attribute: string, providers: readonly OidcProvider[], context: ComponentContext) {
    this.#attribute = attribute.toLowerCase();
    this.#providers = providers;
    this.#context = context;
  }

  async start(): Promise<void> {
    this.#issuers = this.#providers.map((provider) => this.#createIssuer(provider));
    // Issuers that cannot be reached now are tried again; until then, requests are rejected as retryable.
    await Promise.all(this.#issuers.map(({ keys }) => keys?.start()));
    this.offers = { challenge: 'Bearer realm="otelier"', authenticate: (headers) => this.#authenticate(headers) };
  }

  async shutdown(): Promise<void> {
    this.offers = undefined;
    await Promise.all(this.#issuers.map(({ keys }) => keys?.shutdown()));
  }

  #createIssuer(provider: OidcProvider): Issuer {
    const { clock, logger, environment, reportStatus } = this.#context;
    const { issuerUrl, ignoreIssuer, audience, ignoreAudience, issuerCaPath, publicKeysFile } = provider;
    const rules = {
      issuer: ignoreIssuer ? undefined : issuerUrl,
      audience: ignoreAudience ? undefined : audience,
    };
    if (publicKeysFile !== undefined) {
      const keys = reloadableValue(publicKeysFile, () => readKeysFile(publicKeysFile), clock);
      const source = {
        get keys() {
          return keys();
        },
        refresh: () => false,
      };
      return { provider, validator: new TokenValidator(source, rules, clock), keys: undefined };
    }
    const tls = createClientTls(issuerCaPath === undefined ? {} : { caFile: issuerCaPath }, clock);
    const keys = new IssuerKeys({
      ...{ issuerUrl, ignoreIssuer, environment, clock, logger, reportStatus },
      tls: () => (issuerUrl.startsWith('https:') ? tls.connectOptions() : {}),
    });
    return { provider, validator: new TokenValidator(keys, rules, clock), keys };
  }

  #authenticate(headers: RequestHeaders): AuthResult {
    const value = headers[this.#attribute];
    const credentials = typeof value === 'string' ? value : value?.[0];
    const [, token] = /^\S+ ([^\s]+)$/.exec(credentials ?? '') ?? [];
    if (token === undefined) return unauthenticated(`expected a header ${this.#attribute} with a Bearer token`);
    const issuer = this.#issuerOf(token);
    if (issuer === undefined) return unauthenticated('the token is from an unknown issuer');
    const result = issuer.validator.validate(token);
    if (result.kind === 'valid') return identityOf(result.claims, issuer.provider);
    if (result.kind === 'invalid') return unauthenticated(`the token is not valid: ${result.reason}`);
    return { kind: 'unavailable', reason: result.reason };
  }

  #issuerOf(token: string): Issuer | undefined {
    const [only, ...others] = this.#issuers;
    if (others.length === 0) return only;
    const name = unverifiedIssuer(token);
    return this.#issuers.find(({ provider }) => provider.issuerUrl === name);
  }
}

/** Reads the files that a provider names. Throws if one of them cannot be used. */
export function readProviderFiles({ issuerCaPath, publicKeysFile }: OidcProvider): void {
  if (issuerCaPath !== undefined) readNamedFile('issuer_ca_path', issuerCaPath);
  if (publicKeysFile !== undefined) readKeysFile(publicKeysFile);
}

function readKeysFile(path: string): readonly VerificationKey[] {
  const text = readNamedFile('public_keys_file', path).toString('utf8');
  try {
    return parseKeySet(text);
  } catch (error) {
    throw new Error(`public_keys_file: ${errorMessage(error)}`, { cause: error });
  }
}

function identityOf(claims: Claims, { usernameClaim, groupsClaim }: OidcProvider): AuthResult {
  const claim = usernameClaim === '' ? 'sub' : usernameClaim;
  const subject = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  if (typeof subject !== 'string' || subject === '') return unauthenticated(`expected the claim ${claim} in the token`);
  if (groupsClaim !== '' && !Object.hasOwn(claims, groupsClaim))
    return unauthenticated(`expected the claim ${groupsClaim} in the token`);
  return { kind: 'authenticated', subject };
}

function unauthenticated(reason: string): AuthResult {
  return { kind: 'unauthenticated', reason };
}
