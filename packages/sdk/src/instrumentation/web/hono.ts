import type { IncomingMessage, ServerResponse } from 'node:http';
import { patch } from '../patch.ts';
import { handleFetch } from './http/fetch-server.ts';
import type { HttpServerOptions } from './http/server-options.ts';
import { ServerRequest } from './http/server-request.ts';
import { ServerTelemetry } from './http/server-telemetry.ts';

export { DEFAULT_IGNORED_PATHS, type HttpServerOptions } from './http/server-options.ts';

/** An application of Hono 4. */
export interface HonoApp {
  // Methods, whose parameters may have narrower types: applications have types of their own for their environment.
  fetch(request: Request, environment?: unknown, executionContext?: unknown): Response | Promise<Response>;
  readonly router: { add(method: string, path: string, entry: unknown): void };
}

/**
 * Instruments an application of Hono 4 and those that it mounts: `instrumentHono(app)`, before routes are added. Each
 * request has a span with its route and the error of its handler, and measurements (semantic conventions, "HTTP"). It
 * works on `@hono/node-server` and in runtimes that call `app.fetch`. Throws an `OptionError` that names the invalid
 * option.
 */
export function instrumentHono(app: HonoApp, options?: HttpServerOptions<Request, Response>): void {
  const telemetry = new ServerTelemetry<Request, Response>('@otelier/sdk/hono', options);
  followRoutes(app.router);
  patch(app, 'fetch', (fetch) => (request, environment, executionContext) => {
    const { incoming, outgoing } = (environment ?? {}) as NodeEnvironment;
    const handle = () => fetch(request, environment, executionContext);
    if (incoming === undefined || outgoing === undefined) return handleFetch(telemetry, request, handle);
    let response: Response | undefined;
    return telemetry.handle(
      incoming,
      outgoing,
      () => {
        const result = handle();
        if (result instanceof Promise) return result.then(keep);
        return keep(result);
      },
      { request, response: () => response as Response },
    );
    function keep(result: Response): Response {
      response = result;
      return result;
    }
  });
}

/** Instruments a router of Hono, or the prototype of a class of them, so that requests have routes and errors. */
export function followRoutes(router: HonoApp['router']): () => void {
  return patch(
    router,
    'add',
    (add) =>
      function (this: unknown, method: string, path: string, entry: [Handler, unknown]) {
        const [handler, ...rest] = entry;
        return add.call(this as typeof router, method, path, [followed(handler, method, path), ...rest]);
      },
  );
}

function followed(handler: Handler, method: string, path: string): Handler {
  if (FOLLOWED in handler) return handler;
  // Hono's own tools tell handlers from middleware by the number of parameters.
  const isMiddleware = method === 'ALL' && path.endsWith('*') && (handler.length > 1 || path === '/*');
  const call: Handler = (context, next) => {
    const serverRequest: Routed | undefined = ServerRequest.active();
    if (serverRequest === undefined) return handler(context, next);
    const prefix = prefixOf(serverRequest, context);
    if (isMiddleware) serverRequest[ENTERED] = { raw: context.req.raw, path: prefix + path.replace(/\/?\*$/, '') };
    else serverRequest.setRoute(prefix + (path === '/' && prefix !== '' ? '' : path));
    try {
      const result = handler(context, next);
      return result instanceof Promise ? result.catch((error: unknown) => fail(serverRequest, error)) : result;
    } catch (error) {
      return fail(serverRequest, error);
    }
  };
  return Object.assign(call, { [FOLLOWED]: true });
}

/** Returns the pattern at which the context's application is mounted: that of the middleware that was entered last. */
function prefixOf(serverRequest: Routed, context: HonoContext): string {
  const known = context[PREFIX];
  if (known !== undefined) return known;
  const entered = serverRequest[ENTERED];
  // An application that receives the same request, with the whole path, has the whole pattern.
  const prefix = entered === undefined || entered.raw === context.req.raw ? '' : entered.path;
  context[PREFIX] = prefix;
  return prefix;
}

function fail(serverRequest: ServerRequest, error: unknown): never {
  serverRequest.recordError(error);
  throw error;
}

/** On a handler that is instrumented, because applications add the handlers of others to their own router. */
const FOLLOWED = Symbol.for('@otelier/sdk/hono-handler');
/** On a request: the middleware that was called last, which may be a mounted application. */
const ENTERED = Symbol('entered');
/** On a context: the pattern at which its application is mounted. */
const PREFIX = Symbol('prefix');

type Routed = ServerRequest & { [ENTERED]?: { readonly raw: Request; readonly path: string } };

interface HonoContext {
  readonly req: { readonly raw: Request };
  [PREFIX]?: string;
}

type Handler = (context: HonoContext, next: unknown) => unknown;

/** What `@hono/node-server` passes to applications. */
interface NodeEnvironment {
  readonly incoming?: IncomingMessage;
  readonly outgoing?: ServerResponse;
}
