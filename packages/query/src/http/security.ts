import { createHmac, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { AccessControl } from '@otelier/identity';
import { type Authenticator, createBasicAuthenticator, createBearerAuthenticator } from '@otelier/transport/auth';
import { generateCookie } from 'hono/cookie';
import { ApiProblem } from '../api/problem.ts';

/** Access control options. */
export interface SecurityOptions {
  /**
   * Token required for every request except `/healthz`: as a bearer token, or once as `?token=` to log in with a
   * browser.
   */
  readonly token?: string | undefined;
  /** Users as `name:password`, accepted in addition to the token. */
  readonly users?: readonly string[] | undefined;
  /**
   * Token that edits of the configuration must present as a bearer token, besides other credentials. It can also read.
   * Without it, edits are rejected.
   */
  readonly editToken?: string | undefined;
  /**
   * Identifies callers. Called for every request; `undefined` rejects it. Without this option, `token` and `editToken` protect the
   * API, and every caller has all permissions.
   */
  readonly accessControl?: (() => AccessControl | undefined) | undefined;
  /** Whether `accessControl` identifies callers by credentials, so that the API may be reached from other machines. */
  readonly needsIdentity?: boolean | undefined;
  /** Host names accepted in addition to loopback: `otel.example.com`, optionally with a port. */
  readonly allowedHosts?: readonly string[] | undefined;
}

/** The addresses of a connection. */
export interface ConnectionInfo {
  /** Local address. */
  readonly localAddress: string | undefined;
  /** Client address. */
  readonly remoteAddress?: string | undefined;
}

/** The response to a request that fails the access checks. */
export type Rejection =
  | { readonly kind: 'problem'; readonly problem: ApiProblem }
  /** The browser receives a login form. */
  | { readonly kind: 'login'; readonly wrongToken: boolean }
  /** The token is valid: redirects to the URL without it and sets a cookie. */
  | { readonly kind: 'logged-in'; readonly location: string; readonly cookie: string };

/** Checks every request before any other handler. */
export interface Gate {
  /** Whether requests require credentials. */
  readonly authenticated: boolean;
  /** Returns the reason to reject the request, or `undefined` to accept it. */
  check(request: Request, connection: ConnectionInfo): Rejection | undefined;
  /**
   * Returns the reason to reject an edit of the configuration that `check` has accepted. It can start programs and write
   * files, so that not everyone who can read may do it.
   */
  checkEdit(request: Request): ApiProblem | undefined;
}

/**
 * Creates the gate. It performs three checks, each against attacks by another page that the user has open. The `Host`
 * must be known (an unknown name that resolves to this server indicates DNS rebinding). A request that identifies its
 * source (`Origin`, `Sec-Fetch-Site`) must come from this page (browsers attach cookies to cross-site requests). Writes
 * must be JSON or protobuf, which other pages can send only after a preflight, and preflights always fail; the Prometheus
 * and Loki APIs also take queries as forms.
 */
export function createGate(options: SecurityOptions): Gate {
  const isOurs = hostCheck(options.allowedHosts ?? []);
  const authenticate = authentication(options);
  return {
    authenticated: authenticate !== undefined || options.needsIdentity === true,
    check(request, connection) {
      const url = new URL(request.url);
      const problem = foreignHost(request, connection, isOurs) ?? foreignPage(request, url) ?? badMethod(request, url);
      if (problem !== undefined) return { kind: 'problem', problem };
      return url.pathname === '/healthz' ? undefined : authenticate?.(request, url);
    },
    checkEdit: (request) => withoutEditToken(request, options.editToken),
  };
}

/** Reports whether a host is reachable only from this machine. */
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
    // Only names can be rebound, not addresses. On loopback, `0.0.0.0` would still bypass the check.
    const isAddress = isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
    return isAddress && localAddress !== undefined && !isLoopback(localAddress);
  };
}

/** Returns the host without its port, or `undefined` for an invalid host. */
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
  // A link to the page is not an attack: the linking page cannot read the response.
  if (isNavigation(request) && !isData(url.pathname)) return undefined;
  return new ApiProblem(
    'forbidden',
    `sec-fetch-site: expected the page of otelier itself, got a request from another (${site})`,
  );
}

/** Returns the host and port of an origin as in a `Host` header, omitting default ports. */
function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

function badMethod(request: Request, url: URL): ApiProblem | undefined {
  const { method } = request;
  if (method === 'GET' || method === 'HEAD') return undefined;
  // Other pages can send these only after a preflight, which fails. The API of Alertmanager ends a silence by DELETE.
  const isScim = url.pathname.startsWith('/scim/');
  if (method === 'DELETE' && (isScim || url.pathname.startsWith('/alertmanager/'))) return undefined;
  if (method !== 'POST' && !(isScim && (method === 'PUT' || method === 'PATCH'))) {
    return new ApiProblem('method_not_allowed', `method: expected GET or POST, got ${method}`, {
      allow: 'GET, HEAD, POST',
    });
  }
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  const accepted = acceptedTypes(plainPath(url.pathname) ?? '');
  if (type !== undefined && accepted.includes(type)) return undefined;
  return new ApiProblem(
    'unsupported_media_type',
    `content-type: expected ${accepted.join(' or ')}, got ${JSON.stringify(type ?? '')}`,
  );
}

/**
 * Returns the media types of bodies that a path accepts. A form needs no permission of the browser, but one from another
 * page has that page's origin, which is rejected.
 */
function acceptedTypes(path: string): readonly string[] {
  if (FORM_PATHS.has(path)) return [FORM];
  if (path.startsWith('/scim/')) return [SCIM_TYPE, JSON_TYPE];
  if (path.startsWith('/prometheus/')) return [FORM, PROTOBUF];
  if (path.startsWith('/loki/')) return [JSON_TYPE, FORM, PROTOBUF];
  return path.startsWith('/otlp/') ? [JSON_TYPE, PROTOBUF] : [JSON_TYPE];
}

const FORM_PATHS: ReadonlySet<string> = new Set([
  ...['/sign-in', '/sign-in/invitation', '/sign-in/back-channel-logout', '/sign-out'],
]);
const FORM = 'application/x-www-form-urlencoded';
const PROTOBUF = 'application/x-protobuf';
const SCIM_TYPE = 'application/scim+json';
const JSON_TYPE = 'application/json';

function isNavigation(request: Request): boolean {
  return (
    request.method === 'GET' &&
    request.headers.get('sec-fetch-mode') === 'navigate' &&
    request.headers.get('sec-fetch-dest') === 'document'
  );
}

/** Reports whether a path can address data in any spelling that a router or proxy accepts. */
function isData(path: string): boolean {
  const plain = plainPath(path);
  return (
    plain === undefined ||
    /^\/((api|mcp|scim|prometheus|alertmanager|loki|otlp|tempo|jaeger)(\/|$)|openapi\.json|healthz)/.test(plain)
  );
}

/** Normalizes percent-encoding, dot segments, repeated slashes and case. Returns `undefined` for an invalid path. */
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

/** Maximum depth of nested percent-encoding. */
const MAX_LAYERS = 4;

function authentication(options: SecurityOptions): ((request: Request, url: URL) => Rejection | undefined) | undefined {
  const { token, users = [] } = options;
  const authenticators: Authenticator[] = [];
  if (token !== undefined) {
    const tokens = options.editToken === undefined ? [token] : [token, options.editToken];
    authenticators.push(createBearerAuthenticator({ tokens }));
  }
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
      // Browsers interpret a path with two leading slashes as another host.
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

function withoutEditToken(request: Request, token: string | undefined): ApiProblem | undefined {
  const [, given] = /^Bearer (.+)$/i.exec(request.headers.get('authorization') ?? '') ?? [];
  if (token !== undefined && given !== undefined && sameText(given, token)) return undefined;
  return new ApiProblem(
    'unauthorized',
    `authorization: expected "Bearer TOKEN" with the token for edits, got ${given === undefined ? 'none' : 'a wrong one'}; otelier prints it when it starts in a terminal, and elsewhere it is \`edit_token\` of the extension \`workbench\``,
    { 'www-authenticate': 'Bearer' },
  );
}

const COOKIE = 'otelier_session';
const SESSION_SECONDS = 30 * 24 * 3600;

/** Returns the cookie value: derived from the token, valid across restarts, and not reversible. */
function sessionOf(token: string): string {
  return createHmac('sha256', token).update('otelier session').digest('base64url');
}

function cookieOf(session: string, secure: boolean): string {
  return generateCookie(COOKIE, session, { maxAge: SESSION_SECONDS, httpOnly: true, sameSite: 'Strict', secure });
}

function hasSession(request: Request, session: string): boolean {
  const cookies = (request.headers.get('cookie') ?? '').split(';').map((cookie) => cookie.trim());
  return cookies.some(
    (cookie) => cookie.startsWith(`${COOKIE}=`) && sameText(cookie.slice(COOKIE.length + 1), session),
  );
}

/** Compares two strings in constant time. */
function sameText(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHmac('sha256', 'compare').update(text).digest());
  return left !== undefined && right !== undefined && timingSafeEqual(left, right);
}
