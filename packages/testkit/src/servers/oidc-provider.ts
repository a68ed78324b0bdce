import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, decodeJwt, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

export const CLIENT = { clientId: 'otelier', clientSecret: 'a secret of the client that is long enough' };
export const REDIRECT_URL = 'https://otel.test/sign-in/callback';

/** What a provider, or someone between it and the browser, does differently from a correct one. */
export interface Misbehavior {
  /** Changes the claims of ID tokens, which are signed again. */
  readonly claims?: (claims: JWTPayload) => JWTPayload;
  /** Writes the ID token in another way. */
  readonly sign?: (claims: JWTPayload, provider: TestProvider) => Promise<string> | string;
  /** Changes the address to which the browser returns. */
  readonly callback?: (url: URL) => void;
  /** Changes the response with tokens. */
  readonly tokens?: (response: Record<string, unknown>) => void;
  readonly metadata?: Record<string, unknown>;
  /** Status of responses to requests for tokens. */
  readonly tokenStatus?: number;
}

/** `oidc-provider` on loopback, which signs everyone in as Ada, and misbehaves on demand. */
export interface TestProvider extends AsyncDisposable {
  readonly issuer: string;
  misbehavior: Misbehavior;
  groups: readonly string[];
  /** Whether the account of Ada exists. */
  hasAccount: boolean;
  readonly key: CryptoKey;
  /** Parameters of the requests for tokens. */
  readonly requests: Readonly<Record<string, string | undefined>>[];
  /** Follows an authorization request as a browser does, and returns the address of the callback. */
  authorize(location: string): Promise<URL>;
  /** Sends a logout token of Ada to the client, which `backChannelUrl` names. `session` is the ID of a session in ID tokens. */
  logOut(session?: string): Promise<void>;
}

/** The parts of `oidc-provider`, which has no types, that tests use. */
interface OidcProvider {
  readonly Grant: new (of: object) => { addOIDCScope(scope: string): void; save(): Promise<string> };
  readonly Client: {
    find(id: string): Promise<{ backchannelLogout(accountId: string, session: string | undefined): Promise<unknown> }>;
  };
  callback(): RequestListener;
  use(middleware: (context: Context, next: () => Promise<void>) => Promise<void>): void;
  interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<{ readonly params: Params }>;
  interactionFinished(request: IncomingMessage, response: ServerResponse, result: object): Promise<void>;
}
type Params = Readonly<Record<string, string | undefined>>;
interface Context {
  status: number;
  body: Record<string, unknown>;
  readonly oidc?: { readonly route: string; readonly params?: Params };
}

/** Starts a provider on loopback. */
export async function startTestProvider(backChannelUrl?: string): Promise<TestProvider> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  let serve: RequestListener = () => {};
  const server = createServer((request, response) => serve(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const oidc = createProvider(issuer, backChannelUrl, {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: 'one', alg: 'RS256', use: 'sig' }] },
    findAccount: (_: unknown, accountId: string) => (provider.hasAccount ? { accountId, claims: claimsOf } : undefined),
  });
  const provider: TestProvider = {
    ...{ issuer, misbehavior: {}, groups: ['sre'], hasAccount: true, key: privateKey, requests: [] },
    async authorize(location) {
      const callback = await browse(location);
      provider.misbehavior.callback?.(callback);
      return callback;
    },
    async logOut(session) {
      const client = await oidc.Client.find(CLIENT.clientId);
      await client.backchannelLogout('ada-1', session);
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const claimsOf = (_use: string, _scope: string) => ({
    ...{ sub: 'ada-1', email: 'ada@example.com', email_verified: true, name: 'Ada', groups: provider.groups },
  });
  oidc.use(async (context, next) => {
    await next();
    await misbehave(provider, context);
  });
  const respond = oidc.callback();
  serve = (request, response) => {
    if (request.url?.startsWith('/interaction/') === true) void consent(oidc, request, response);
    else respond(request, response);
  };
  return provider;
}

function createProvider(issuer: string, backChannelUrl: string | undefined, options: object): OidcProvider {
  const { default: Provider } = createRequire(import.meta.url)('oidc-provider') as {
    readonly default: new (issuer: string, options: object) => OidcProvider;
  };
  const [warn, info] = [console.warn, console.info];
  // It warns of settings for development.
  Object.assign(console, { warn: () => {}, info: () => {} });
  try {
    return new Provider(issuer, {
      clients: [
        {
          ...{ client_id: CLIENT.clientId, client_secret: CLIENT.clientSecret, redirect_uris: [REDIRECT_URL] },
          ...{ grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] },
          post_logout_redirect_uris: [new URL('/sign-in', REDIRECT_URL).href],
          ...(backChannelUrl !== undefined && {
            ...{ backchannel_logout_uri: backChannelUrl, backchannel_logout_session_required: true },
          }),
        },
      ],
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
      conformIdTokenClaims: false,
      cookies: { keys: ['a key of the test'] },
      features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true } },
      interactions: { url: (_: unknown, { uid }: { readonly uid: string }) => `/interaction/${uid}` },
      // Its own one refuses addresses of this machine.
      fetch: (url: URL, { dispatcher: _, ...init }: RequestInit & { dispatcher?: unknown }) => fetch(url, init),
      issueRefreshToken: () => true,
      pkce: { required: () => true },
      ...options,
    });
  } finally {
    Object.assign(console, { warn, info });
  }
}

/** Signs Ada in and agrees to everything, as a person does on the pages of a provider. */
async function consent(oidc: OidcProvider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { params } = await oidc.interactionDetails(request, response);
  const grant = new oidc.Grant({ accountId: 'ada-1', clientId: params['client_id'] });
  grant.addOIDCScope(params['scope'] ?? '');
  const grantId = await grant.save();
  await oidc.interactionFinished(request, response, { login: { accountId: 'ada-1' }, consent: { grantId } });
}

/** Follows redirects with cookies up to the address of the callback. */
async function browse(location: string): Promise<URL> {
  const cookies = new Map<string, string>();
  for (let url = location, steps = 0; steps < 10; steps += 1) {
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } });
    for (const set of response.headers.getSetCookie()) {
      const [name = '', ...value] = (set.split(';', 1)[0] ?? '').split('=');
      cookies.set(name, value.join('='));
    }
    const next = response.headers.get('location');
    if (next === null) throw new Error(`${url}: ${response.status} ${await response.text()}`);
    url = new URL(next, url).href;
    if (url.startsWith(REDIRECT_URL)) return new URL(url);
  }
  throw new Error('too many redirects');
}

async function misbehave(provider: TestProvider, context: Context): Promise<void> {
  const { route, params = {} } = context.oidc ?? {};
  const { claims, sign = signed, tokens, metadata, tokenStatus } = provider.misbehavior;
  if (route === 'discovery') Object.assign(context.body, metadata);
  if (route !== 'token') return;
  provider.requests.push(params);
  if (tokenStatus !== undefined) {
    context.status = tokenStatus;
    context.body = { error: 'server_error' };
  }
  const { id_token: token } = context.body;
  if (typeof token !== 'string') return;
  if (claims !== undefined || sign !== signed) {
    const correct = decodeJwt(token);
    context.body['id_token'] = await sign(claims?.(correct) ?? correct, provider);
  }
  tokens?.(context.body);
}

/** Signs claims as a correct provider does, or with another key. */
export async function signed(claims: JWTPayload, { key }: { readonly key: CryptoKey }): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'one' }).sign(key);
}
