import { createHmac, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { type Authenticator, createBasicAuthenticator, createBearerAuthenticator } from '@otelier/transport';
import { ApiProblem } from '../api/problem.ts';

/** Who may ask. */
export interface SecurityOptions {
  /** When given, every request but `/healthz` needs it: as bearer token, or once as `?token=` to log a browser in. */
  readonly token?: string | undefined;
  /** Users as `name:password`; they may ask besides whoever has the token. */
  readonly users?: readonly string[] | undefined;
  /** Names besides those of loopback by which browsers may reach the API: `otel.example.com`, or with a port. */
  readonly allowedHosts?: readonly string[] | undefined;
}

/** What is known of the connection that a request came over. */
export interface ConnectionInfo {
  /** Our end of it. */
  readonly localAddress: string | undefined;
  /** The client's end of it. */
  readonly remoteAddress?: string | undefined;
}

/** The verdict on a request that may not be answered as it is: what to answer instead. */
export type Rejection =
  | { readonly kind: 'problem'; readonly problem: ApiProblem }
  /** A browser that should be shown a form for the token. */
  | { readonly kind: 'login'; readonly wrongToken: boolean }
  /** The token was right: go on without it in the address, with a cookie. */
  | { readonly kind: 'logged-in'; readonly location: string; readonly cookie: string };

/** Judges every request before anything else looks at it. */
export interface Gate {
  /** Whether credentials are asked for. */
  readonly authenticated: boolean;
  /** Why the request is refused; `undefined` lets it pass. */
  check(request: Request, connection: ConnectionInfo): Rejection | undefined;
}

/**
 * Makes the gate. Three checks, each against an attack by a page that the user has open elsewhere:
 * the `Host` must be one of ours (a foreign name that resolves to us is DNS rebinding); a request that says where it comes
 * from (`Origin`, `Sec-Fetch-Site`) must come from our own page (the browser would send our cookie along, or none would be
 * needed); and whoever writes must send JSON (which no foreign page may without asking first, and we never allow it).
 */
export function createGate(options: SecurityOptions): Gate {
  const isOurs = hostCheck(options.allowedHosts ?? []);
  const authenticate = authentication(options);
  return {
    authenticated: authenticate !== undefined,
    check(request, connection) {
      const url = new URL(request.url);
      const problem = foreignHost(request, connection, isOurs) ?? foreignPage(request, url) ?? badMethod(request);
      if (problem !== undefined) return { kind: 'problem', problem };
      return url.pathname === '/healthz' ? undefined : authenticate?.(request, url);
    },
  };
}

/** Whether an address or name can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  const bare = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return bare === 'localhost' || bare === '::1' || /^(::ffff:)?127(\.\d{1,3}){3}$/.test(bare);
}

function hostCheck(allowedHosts: readonly string[]): (host: string, connection: ConnectionInfo) => boolean {
  const allowed = new Set(allowedHosts.map((host) => host.toLowerCase()));
  return (host, { localAddress }) => {
    const name = hostName(host);
    if (name === undefined) return false;
    if (isLoopback(name) || allowed.has(host) || allowed.has(name)) return true;
    // An address cannot be rebound: only names can. On loopback `0.0.0.0` would still be a way around the check.
    const isAddress = isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
    return isAddress && localAddress !== undefined && !isLoopback(localAddress);
  };
}

/** The host without its port; `undefined` when it is no host. */
function hostName(host: string): string | undefined {
  return /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/.exec(host)?.[1];
}

function foreignHost(
  request: Request,
  connection: ConnectionInfo,
  isOurs: (host: string, connection: ConnectionInfo) => boolean,
): ApiProblem | undefined {
  const host = request.headers.get('host')?.toLowerCase();
  if (host !== undefined && isOurs(host, connection)) return undefined;
  return new ApiProblem(
    'forbidden',
    `host: expected localhost, 127.0.0.1 or a name that allowed_hosts of the workbench lists, got ${JSON.stringify(host ?? '')}`,
  );
}

function foreignPage(request: Request, url: URL): ApiProblem | undefined {
  const origin = request.headers.get('origin');
  const host = request.headers.get('host')?.toLowerCase();
  if (origin !== null && originHost(origin) !== host) {
    return new ApiProblem('forbidden', `origin: expected the page of otelier itself, got ${JSON.stringify(origin)}`);
  }
  const site = request.headers.get('sec-fetch-site');
  if (site === null || site === 'same-origin' || site === 'none') return undefined;
  // Following a link to the page is no attack: the page that has the link reads nothing of it.
  if (isNavigation(request) && !isData(url.pathname)) return undefined;
  return new ApiProblem(
    'forbidden',
    `sec-fetch-site: expected the page of otelier itself, got a request from another (${site})`,
  );
}

/** Host and port of an origin as a `Host` header has them; ports that the scheme implies are left out of both. */
function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

function badMethod(request: Request): ApiProblem | undefined {
  const { method } = request;
  if (method === 'GET' || method === 'HEAD') return undefined;
  if (method !== 'POST') {
    return new ApiProblem('method_not_allowed', `method: expected GET or POST, got ${method}`, {
      allow: 'GET, HEAD, POST',
    });
  }
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type === 'application/json') return undefined;
  return new ApiProblem(
    'unsupported_media_type',
    `content-type: expected application/json, got ${JSON.stringify(type ?? '')}`,
  );
}

function isNavigation(request: Request): boolean {
  return (
    request.method === 'GET' &&
    request.headers.get('sec-fetch-mode') === 'navigate' &&
    request.headers.get('sec-fetch-dest') === 'document'
  );
}

/** Whether a path may lead to data, in any spelling that some router or proxy could read as one of ours. */
function isData(path: string): boolean {
  const plain = plainPath(path);
  return plain === undefined || /^\/(api(\/|$)|openapi\.json|healthz)/.test(plain);
}

/** A path without percent-encoding, dot segments, doubled slashes and capitals; `undefined` when it cannot be read. */
function plainPath(path: string): string | undefined {
  let plain = path;
  for (let layers = 0; plain.includes('%'); layers += 1) {
    const before = plain;
    try {
      plain = decodeURIComponent(plain);
    } catch {
      return undefined;
    }
    if (plain === before || layers === MAX_LAYERS) return undefined;
  }
  const segments: string[] = [];
  for (const segment of plain.toLowerCase().split(/[/\\]+/)) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return `/${segments.join('/')}`;
}

/** How often a path may be encoded over again before nobody has a reason to read it. */
const MAX_LAYERS = 4;

function authentication(options: SecurityOptions): ((request: Request, url: URL) => Rejection | undefined) | undefined {
  const { token, users = [] } = options;
  const authenticators: Authenticator[] = [];
  if (token !== undefined) authenticators.push(createBearerAuthenticator({ tokens: [token] }));
  if (users.length > 0) authenticators.push(createBasicAuthenticator({ users }));
  if (authenticators.length === 0) return undefined;
  const session = token === undefined ? undefined : sessionOf(token);
  return (request, url) => {
    const headers = { authorization: request.headers.get('authorization') ?? undefined };
    if (authenticators.some((one) => one.authenticate(headers).kind === 'authenticated')) return undefined;
    if (session !== undefined && hasSession(request, session)) return undefined;
    const given = url.searchParams.get('token');
    const forPage = !isData(url.pathname) && request.method === 'GET';
    if (forPage && given !== null && session !== undefined && sameText(sessionOf(given), session)) {
      url.searchParams.delete('token');
      // A path of two slashes would be read as another host.
      const location = `${url.pathname.replace(/^\/+/, '/')}${url.search}`;
      return { kind: 'logged-in', location, cookie: cookieOf(session, url.protocol === 'https:') };
    }
    const wantsPage = forPage && request.headers.get('accept')?.includes('text/html') === true;
    if (wantsPage && session !== undefined) return { kind: 'login', wrongToken: given !== null };
    const challenge = authenticators.map((one) => one.challenge).join(', ');
    return {
      kind: 'problem',
      problem: new ApiProblem(
        'unauthorized',
        'authorization: expected the credentials of the workbench, such as "Bearer TOKEN", got none or wrong ones',
        { 'www-authenticate': challenge },
      ),
    };
  };
}

const COOKIE = 'otelier_session';
const SESSION_SECONDS = 30 * 24 * 3600;

/** What the cookie holds: it changes with the token, outlives a restart, and does not tell the token. */
function sessionOf(token: string): string {
  return createHmac('sha256', token).update('otelier session').digest('base64url');
}

function cookieOf(session: string, secure: boolean): string {
  const attributes = `Path=/; Max-Age=${SESSION_SECONDS}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
  return `${COOKIE}=${session}; ${attributes}`;
}

function hasSession(request: Request, session: string): boolean {
  const cookies = (request.headers.get('cookie') ?? '').split(';').map((cookie) => cookie.trim());
  return cookies.some(
    (cookie) => cookie.startsWith(`${COOKIE}=`) && sameText(cookie.slice(COOKIE.length + 1), session),
  );
}

/** Compares in a time that does not tell where texts differ. */
function sameText(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHmac('sha256', 'compare').update(text).digest());
  return left !== undefined && right !== undefined && timingSafeEqual(left, right);
}
