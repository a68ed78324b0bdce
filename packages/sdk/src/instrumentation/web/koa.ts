import type { IncomingMessage, ServerResponse } from 'node:http';
import { patch } from '../patch.ts';
import type { HttpServerOptions } from './http/server-options.ts';
import { ServerRequest } from './http/server-request.ts';
import { ServerTelemetry } from './http/server-telemetry.ts';

export { DEFAULT_IGNORED_PATHS, type HttpServerOptions } from './http/server-options.ts';

/** The class `Koa`, version 2 or 3. */
export interface KoaClass {
  readonly prototype: object;
}

/**
 * Instruments all applications of Koa 2 or 3: `instrumentKoa(Koa)`. Each request has a span with the route of
 * `@koa/router` and the error that a middleware throws, and measurements (semantic conventions, "HTTP"). Call the
 * result to undo it. Throws an `OptionError` that names the invalid option.
 */
export function instrumentKoa(Koa: KoaClass, options?: HttpServerOptions): () => void {
  const telemetry = new ServerTelemetry('@otelier/sdk/koa', options);
  return patch(
    Koa.prototype as KoaMethods,
    'handleRequest',
    (handle) =>
      function (this: unknown, ctx, middleware) {
        return telemetry.handle(ctx.req, ctx.res, () =>
          handle.call(this, ctx, async (context) => {
            const serverRequest = ServerRequest.of(context.req);
            try {
              await middleware(context);
            } catch (error) {
              serverRequest?.recordError(error);
              throw error;
            } finally {
              if (typeof context._matchedRoute === 'string') serverRequest?.setRoute(context._matchedRoute);
            }
          }),
        );
      },
  );
}

interface KoaContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Set by `@koa/router` and `koa-router`: the pattern of the route, including the prefixes of its routers. */
  readonly _matchedRoute?: unknown;
}

type Middleware = (ctx: KoaContext) => Promise<unknown>;

interface KoaMethods {
  handleRequest(this: unknown, ctx: KoaContext, middleware: Middleware): unknown;
}
