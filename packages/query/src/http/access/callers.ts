import type { Access, AccessControl, AccessResult, Administration, CallerRequest } from '@otelier/identity';
import { ALLOW_ALL } from '@otelier/identity/access';
import type { Context } from 'hono';
import { ApiProblem, problemOf } from '../../api/problem.ts';
import type { TenantsView } from '../../endpoints/endpoint.ts';
import { accessIn, requireAccess, requireTenant } from '../../request/permission.ts';
import type { ConnectionInfo } from '../security.ts';
import type { Env } from './routes.ts';

/** Identifies the callers of requests, and records what they do. */
export interface Callers {
  /** Returns who makes a request. */
  identify(c: Context<Env>): AccessResult;
  /** Records a request that was responded to. */
  record(c: Context<Env>): void;
  /** Returns the access of a caller that opens a WebSocket to read telemetry, or the response if it may not. */
  admit(request: Request, connection: ConnectionInfo): Access | Response;
  /** Returns what identifies callers now; `undefined` if nothing does. */
  control(): AccessControl | undefined;
  /** Returns what changes accounts, roles and keys. Throws an `ApiProblem` if there is nothing of the kind. */
  administration(): Administration;
  /** Returns the redirect of a browser that must sign in, or set up a second factor, before it opens the page; `undefined` if it need not. */
  redirectToSignIn(c: Context<Env>): Promise<Response | undefined>;
}

/** Options for `createCallers`. */
export interface CallersOptions {
  readonly accessControl?: (() => AccessControl | undefined) | undefined;
  readonly tenants?: TenantsView | undefined;
}

/** Creates what identifies callers. Without access control, every caller has all permissions. */
export function createCallers({ accessControl, tenants }: CallersOptions): Callers {
  const identify = (request: CallerRequest): AccessResult =>
    unlessSuspended(
      selectTenant(
        accessControl === undefined ? EVERYONE : (accessControl()?.authenticate(request) ?? MISSING),
        request,
      ),
      request,
      tenants,
    );
  return {
    identify({ env, req }) {
      if (env.access !== undefined) return { kind: 'granted', access: env.access };
      return identify(callerRequest(req.raw, env.connection));
    },
    record(c) {
      const checked = c.get('checked');
      if (accessControl === undefined || checked === undefined) return;
      const caller = c.get('caller');
      const { status } = c.res;
      accessControl()?.record({
        access: caller.kind === 'granted' ? caller.access : undefined,
        request: callerRequest(c.req.raw, c.env.connection),
        route: `${c.req.method} ${checked.route.path}`,
        permission: checked.permission,
        target: c.get('target'),
        outcome: status === 401 || status === 403 || status === 429 ? 'denied' : 'allowed',
        status,
      });
    },
    control: () => accessControl?.(),
    administration() {
      const found = accessControl?.()?.administration;
      if (found !== undefined) return found;
      throw new ApiProblem(
        'not_found',
        'no accounts: expected an extension `identity` in the configuration, found none',
      );
    },
    async redirectToSignIn({ req, env, get }) {
      const isPage = req.header('accept')?.includes('text/html') === true;
      const caller = get('caller');
      if (!isPage) return undefined;
      const { redirectToAccount, redirectToSignIn } = await import('./sign-in/sign-in.ts');
      const request = callerRequest(req.raw, env.connection);
      if (caller.kind === 'granted' && caller.access.lacks !== undefined) return redirectToAccount(request);
      return caller.kind === 'unauthenticated' ? redirectToSignIn(request) : undefined;
    },
    admit(request, connection) {
      try {
        return requireAccess(identify(callerRequest(request, connection)), 'telemetry:read');
      } catch (error) {
        return problemOf(error).toResponse();
      }
    },
  };
}

const EVERYONE: AccessResult = { kind: 'granted', access: ALLOW_ALL };
const MISSING: AccessResult = {
  kind: 'unavailable',
  reason: 'identity: the extension that identifies callers is not running',
};

/** What administrators export of a suspended tenant before they remove it. */
const EXPORTED = /^\/api\/v1\/(?:export$|documents(?:\/\w+\/|$))/;

function unlessSuspended(
  result: AccessResult,
  { method, url }: CallerRequest,
  tenants: TenantsView | undefined,
): AccessResult {
  if (result.kind !== 'granted') return result;
  const { access } = result;
  const reason = tenants?.rejectionOf(access.tenant);
  if (reason === undefined) return result;
  if (method === 'GET' && EXPORTED.test(url.pathname) && access.can('tenants:manage')) return result;
  return { kind: 'forbidden', reason };
}

/** Returns the parts of a request that identify its caller. */
export function callerRequest(request: Request, { remoteAddress }: ConnectionInfo): CallerRequest {
  return { method: request.method, url: new URL(request.url), headers: request.headers, address: remoteAddress };
}

/** Selects the tenant that a request names, among those of its caller. */
function selectTenant(result: AccessResult, { headers, url }: CallerRequest): AccessResult {
  if (result.kind !== 'granted') return result;
  const tenant = headers.get('x-scope-orgid') || url.searchParams.get('tenant') || result.access.tenant;
  if (tenant === result.access.tenant) return result;
  try {
    requireTenant(result.access, tenant);
  } catch (error) {
    return { kind: 'forbidden', reason: problemOf(error).message };
  }
  return { kind: 'granted', access: accessIn(result.access, tenant) };
}
