import type { Access, AccessResult, Permission } from '@otelier/identity';
import type { Context, Hono } from 'hono';
import { type RoutePermission, type RouteScope, requireAccess, scopeOf } from '../../request/permission.ts';
import { requireAllTenants } from '../../request/tenant.ts';
import type { ConnectionInfo } from '../security.ts';

/** A route and the permission that it needs. */
export interface Route {
  /** `ALL` for all methods. */
  readonly method: 'GET' | 'POST' | 'ALL';
  /** Path as in Hono: `/api/v1/traces/:traceId`, `/loki/*`. */
  readonly path: string;
  readonly permission: RoutePermission;
  /** The permission of methods that change something, if it is another one. */
  readonly writing?: Permission;
  /** What the route is about. Default: what its permission is about. */
  readonly scope?: RouteScope | undefined;
}

/** What a request carries through the router. */
export interface Env {
  readonly Bindings: {
    readonly connection: ConnectionInfo;
    /** The access of the request that makes this one, whose caller is already known. */
    readonly access?: Access | undefined;
  };
  Variables: {
    /** Who makes the request. */
    caller: AccessResult;
    /** The access of the caller, for a route that is not public. */
    access: Access;
    /** The route that the request matched, and the permission that was checked, for the audit log. */
    checked: { readonly route: Route; readonly permission: Permission | undefined };
    /** What the request changes, for the audit log. */
    target?: string;
  };
}

/** Registers routes, each with the permission that its callers need. */
export class Routes {
  readonly #app: Hono<Env>;
  readonly #hasToken: (request: Request) => boolean;
  readonly #declared: Route[] = [];

  /** `hasToken` reports whether a request has the token for edits, whose holders administer the process. */
  constructor(app: Hono<Env>, hasToken: (request: Request) => boolean = () => false) {
    this.#app = app;
    this.#hasToken = hasToken;
  }

  /** Adds a route. Its handler runs only for callers with the permission. */
  add(route: Route, handle: (c: Context<Env>) => Response | Promise<Response>): void {
    this.#declared.push(route);
    this.#app.on(route.method, route.path, (c) => {
      const isReading = c.req.method === 'GET' || c.req.method === 'HEAD';
      const permission = isReading ? route.permission : (route.writing ?? route.permission);
      c.set('checked', { route, permission: onePermission(permission) });
      if (permission !== 'public') {
        const access = requireAccess(c.get('caller'), permission);
        if ((route.scope ?? scopeOf(permission)) === 'process' && !this.#isOperator(access, c.req.raw))
          requireAllTenants(access);
        c.set('access', access);
      }
      return handle(c);
    });
  }

  /** Where callers have no identity, the token for edits identifies those who administer the process. */
  #isOperator({ kind }: Access, request: Request): boolean {
    return kind === 'local' && this.#hasToken(request);
  }

  /** Returns the routes. Throws if the router has one that was not added here, and so has no permission. */
  declared(): readonly Route[] {
    const known = new Set(this.#declared.map(({ method, path }) => `${method} ${path}`));
    for (const { method, path } of this.#app.routes) {
      const isMiddleware = method === 'ALL' && path === '/*';
      if (!isMiddleware && !known.has(`${method} ${path}`))
        throw new Error(`route without a permission: ${method} ${path}`);
    }
    return this.#declared;
  }
}

function onePermission(permission: RoutePermission): Permission | undefined {
  if (typeof permission !== 'string') return permission[0];
  return permission === 'public' || permission === 'any caller' ? undefined : permission;
}
