import type { ClientAuth, Configuration, TokenEndpointResponse, TokenEndpointResponseHelpers } from 'openid-client';
import type { ProviderRejection } from '../access-control.ts';
import { idTokenError } from './id-token.ts';
import { checkLogoutToken, isSignedBy, type LogoutToken, parseToken } from './logout-token.ts';
import { type Claims, isProtected, type OidcOptions } from './options.ts';
import type { PendingSignIn } from './pending-sign-ins.ts';
import { ProviderKeys } from './provider-keys.ts';
import type { ProviderTokens } from './sealed-tokens.ts';

type Library = typeof import('openid-client');

const TIMEOUT_SECONDS = 10;

/** A response of a provider that is refused, or none. The message says why, for people. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  /** `refused` is final; `unavailable` may succeed later. */
  readonly kind: 'refused' | 'unavailable';
  readonly rejection: ProviderRejection;

  constructor(
    message: string,
    options: {
      readonly kind?: ProviderError['kind'];
      readonly rejection?: ProviderRejection;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.kind = options.kind ?? 'refused';
    this.rejection = options.rejection ?? (this.kind === 'unavailable' ? 'unreachable' : 'response');
  }
}

/** What a provider says about a person. */
export interface ProviderIdentity {
  readonly claims: Claims;
  readonly tokens: ProviderTokens;
  /** How long the access token is valid. */
  readonly expiresInSeconds: number | undefined;
}

/** Speaks OpenID Connect with a provider: authorization code with PKCE. Loads the library and the provider's metadata with the first call. */
export class OidcClient {
  readonly #options: OidcOptions;
  readonly #now: () => number;
  readonly #keys: ProviderKeys;
  #discovered: Promise<{ readonly library: Library; readonly config: Configuration }> | undefined;

  constructor(options: OidcOptions, now: () => number) {
    this.#options = options;
    this.#now = now;
    this.#keys = new ProviderKeys(now);
  }

  /** Returns the address at which a browser signs in, and what its return is compared with. Rejects with a `ProviderError`. */
  async begin(next: string): Promise<{ readonly location: URL; readonly pending: PendingSignIn }> {
    const { library, config } = await this.#connect();
    const pending = {
      ...{ state: library.randomState(), nonce: library.randomNonce() },
      ...{ verifier: library.randomPKCECodeVerifier(), next },
    };
    const location = library.buildAuthorizationUrl(config, {
      redirect_uri: this.#options.redirectUrl,
      scope: this.#options.scopes.join(' '),
      ...{ state: pending.state, nonce: pending.nonce },
      code_challenge: await library.calculatePKCECodeChallenge(pending.verifier),
      code_challenge_method: 'S256',
    });
    return { location, pending };
  }

  /** Exchanges the code with which a browser returned. Rejects with a `ProviderError` if anything is not as expected. */
  async finish(search: string, { state, nonce, verifier }: PendingSignIn): Promise<ProviderIdentity> {
    const { library, config } = await this.#connect();
    const url = new URL(this.#options.redirectUrl);
    url.search = search;
    return this.#identity(async () =>
      library.authorizationCodeGrant(config, url, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      }),
    );
  }

  /** Asks the provider for new tokens; `undefined` if it responds without an ID token. Rejects with a `ProviderError`. */
  async refresh(tokens: ProviderTokens, subject: string): Promise<ProviderIdentity | undefined> {
    const { library, config } = await this.#connect();
    const { refreshToken = '' } = tokens;
    const response = await explained(() => library.refreshTokenGrant(config, refreshToken));
    if (response.id_token === undefined) return undefined;
    const found = await this.#identity(async () => response);
    if (found.claims['sub'] !== subject) throw new ProviderError('sub: expected the same person, got another');
    return { ...found, tokens: { refreshToken, ...found.tokens } };
  }

  /** Verifies a logout token of the provider. Rejects with a `ProviderError`. */
  async readLogoutToken(token: string): Promise<LogoutToken> {
    const parsed = parseToken(token);
    if (typeof parsed === 'string') throw new ProviderError(parsed);
    // Before any request to the provider, which anyone could cause otherwise.
    const checked = checkLogoutToken(parsed, this.#options, this.#now());
    if (typeof checked === 'string') throw new ProviderError(checked);
    const { config } = await this.#connect();
    const { jwks_uri: url } = config.serverMetadata();
    if (url === undefined) throw new ProviderError('jwks_uri: expected the address of keys in the metadata');
    if (!isSignedBy(parsed, this.#keys.known)) {
      const isNew = await this.#keys.refresh(url).catch((cause: unknown) => {
        throw new ProviderError('the keys of the provider cannot be read', { kind: 'unavailable', cause });
      });
      if (!isNew || !isSignedBy(parsed, this.#keys.known))
        throw new ProviderError('signature: expected that of a key of the provider');
    }
    return checked;
  }

  /** Returns the address at which the session at the provider ends; `undefined` if it has none. */
  async endSessionUrl({ idToken }: ProviderTokens): Promise<URL | undefined> {
    const { library, config } = await this.#connect();
    if (config.serverMetadata().end_session_endpoint === undefined) return undefined;
    return library.buildEndSessionUrl(config, {
      id_token_hint: idToken,
      post_logout_redirect_uri: new URL('/sign-in', this.#options.redirectUrl).href,
    });
  }

  async #identity(
    request: () => Promise<TokenEndpointResponse & TokenEndpointResponseHelpers>,
  ): Promise<ProviderIdentity> {
    const tokens = await explained(request);
    const { id_token: idToken = '', access_token: accessToken, refresh_token: refreshToken } = tokens;
    const claims: Claims = { ...tokens.claims() };
    const error = idTokenError(idToken, claims, accessToken, this.#now());
    if (error !== undefined) throw new ProviderError(error);
    return {
      claims,
      tokens: { idToken, ...(refreshToken !== undefined && { refreshToken }) },
      expiresInSeconds: tokens.expiresIn(),
    };
  }

  async #connect(): Promise<{ readonly library: Library; readonly config: Configuration }> {
    this.#discovered ??= this.#discover();
    try {
      return await this.#discovered;
    } catch (error) {
      // The next sign-in tries again.
      this.#discovered = undefined;
      throw new ProviderError(`the provider cannot be reached: ${reasonOf(error)}`, {
        ...{ kind: 'unavailable', cause: error },
      });
    }
  }

  async #discover(): Promise<{ readonly library: Library; readonly config: Configuration }> {
    const { issuer, clientId, clientSecret } = this.#options;
    const library = await import('openid-client');
    const server = new URL(issuer);
    const config = await library.discovery(server, clientId, undefined, authentication(library, clientSecret), {
      timeout: TIMEOUT_SECONDS,
      // TLS alone would be enough for the library; a token with a wrong signature is refused nevertheless.
      execute: [
        library.enableNonRepudiationChecks,
        ...(server.protocol === 'http:' && isProtected(server) ? [library.allowInsecureRequests] : []),
      ],
    });
    return { library, config };
  }
}

/** Returns how otelier authenticates: as the provider supports it, which by default is the header `Authorization`. */
function authentication(
  { ClientSecretBasic, ClientSecretPost, None }: Library,
  secret: string | undefined,
): ClientAuth {
  if (secret === undefined) return None();
  const [basic, post] = [ClientSecretBasic(secret), ClientSecretPost(secret)];
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    return (methods.includes('client_secret_basic') ? basic : post)(server, ...rest);
  };
}

/** Runs a request to a provider. Rejects with a `ProviderError` that says what was not as expected. */
async function explained<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw new ProviderError(reasonOf(error), { kind: isFinal(error) ? 'refused' : 'unavailable', cause: error });
  }
}

/** Reports whether repeating a request makes no difference: the person lost access, or the response is not acceptable. */
function isFinal(error: unknown): boolean {
  const { code, error: reason } = (error ?? {}) as { readonly code?: unknown; readonly error?: unknown };
  if (reason !== undefined) return reason === 'invalid_grant';
  return typeof code === 'string' && !UNAVAILABLE.has(code);
}

/** Codes of the library for no response, and for those of servers that are overloaded or of proxies in front of them. */
const UNAVAILABLE: ReadonlySet<string> = new Set([
  ...['OAUTH_TIMEOUT', 'OAUTH_ABORT', 'OAUTH_PARSE_ERROR', 'OAUTH_WWW_AUTHENTICATE_CHALLENGE'],
  ...['OAUTH_RESPONSE_IS_NOT_CONFORM', 'OAUTH_RESPONSE_IS_NOT_JSON'],
]);

/** Returns the innermost message of an error: that of the library's outer error says only that a response is invalid. */
function reasonOf(error: unknown): string {
  let [current, depth] = [error, 0];
  while (current instanceof Error && current.cause instanceof Error && depth < 5) {
    current = current.cause;
    depth += 1;
  }
  const { error: code, error_description: text } = (error ?? {}) as { error?: unknown; error_description?: unknown };
  const said = [code, text].filter((part) => typeof part === 'string').join(': ');
  return (said === '' ? String(current instanceof Error ? current.message : current) : said).slice(0, 300);
}
