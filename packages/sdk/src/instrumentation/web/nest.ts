import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { optionError } from '../../client/option-error.ts';
import { patch } from '../patch.ts';
import { type FastifyInstance, instrumentFastify } from './fastify.ts';
import type { HttpServerOptions } from './http/server-options.ts';
import { ServerRequest } from './http/server-request.ts';
import { ServerTelemetry } from './http/server-telemetry.ts';

export { DEFAULT_IGNORED_PATHS, type HttpServerOptions } from './http/server-options.ts';

/** An application of Nest 8 to 12, on Express or Fastify. */
export interface NestApp {
  getHttpServer(): unknown;
  getHttpAdapter(): { getInstance(): unknown };
}

/**
 * Instruments an application of Nest 8 to 12 on Express or Fastify: `instrumentNest(app)`, between `NestFactory.create`
 * and `listen`. Each request has a span with its route, the controller's method as `code.function.name`, and the error
 * of its middleware, guard, interceptor, pipe or handler, even if an exception filter handles it; and measurements
 * (semantic conventions, "HTTP"). Throws an `OptionError` that names the invalid option.
 */
export function instrumentNest(app: NestApp, options?: HttpServerOptions): void {
  const { routesResolver } = app as { readonly routesResolver?: RoutesResolver };
  const proxies = [routesResolver?.routerProxy, middlewareProxyOf(app)].filter((proxy) => proxy !== undefined);
  const executionContext = routesResolver?.routerExplorer?.executionContextCreator;
  if (proxies.length !== 2 || executionContext === undefined)
    throw optionError('app', 'the result of NestFactory.create, from Nest 8 to 12', app);
  // Only of this application: its own methods hide those of the classes.
  for (const proxy of proxies) followErrors(proxy);
  followHandlers(executionContext);
  followServer(app.getHttpServer() as Server, new ServerTelemetry('@otelier/sdk/nest', options));
  // Its hooks run after the middleware of Nest, but keep the context while the body is read.
  const fastify = app.getHttpAdapter().getInstance() as Partial<FastifyInstance>;
  if (fastify.addHook !== undefined) instrumentFastify(fastify as FastifyInstance, options);
}

function followServer(server: Server, telemetry: ServerTelemetry): void {
  patch(
    server,
    'emit',
    (emit) =>
      function (this: Server, event: string, ...args: unknown[]) {
        if (event !== 'request') return emit.call(this, event, ...args);
        const [request, response] = args as [IncomingMessage, ServerResponse];
        return telemetry.handle(request, response, () => emit.call(this, event, request, response));
      } as Server['emit'],
  );
}

/** Instruments a `RouterProxy` of Nest, or its prototype: requests have the errors of handlers and middleware. */
export function followErrors(routerProxy: RouterProxy): () => void {
  const undo = [
    patch(
      routerProxy,
      'createProxy',
      (create) =>
        function (this: unknown, target, exceptionsHandler) {
          return create.call(this, followed(target, (args) => args[0]) as Callback, exceptionsHandler);
        },
    ),
    patch(
      routerProxy,
      'createExceptionLayerProxy',
      (create) =>
        function (this: unknown, target, exceptionsHandler) {
          return create.call(this, followed(target, (args) => args[1]) as Callback, exceptionsHandler);
        },
    ),
  ];
  return () => {
    for (const each of undo) each();
  };
}

/** Instruments a `RouterExecutionContext` of Nest, or its prototype: requests have a route and name their handler. */
export function followHandlers(executionContext: RouterExecutionContext): () => void {
  return patch(
    executionContext,
    'create',
    (create) =>
      function (this: unknown, instance, callback, methodName, ...rest) {
        const handle = create.call(this, instance, callback, methodName, ...rest);
        const name = `${instance.constructor.name}.${methodName}`;
        return (request, ...others) => {
          const serverRequest = requestOf(request);
          const route = (request as Routed).routeOptions?.url ?? (request as Routed).route?.path;
          if (typeof route === 'string') serverRequest?.setRoute(route);
          serverRequest?.span.setAttribute('code.function.name', name);
          return handle(request, ...others);
        };
      },
  );
}

function followed(target: Callback, requestIn: (args: readonly unknown[]) => unknown): Callback {
  return async (...args) => {
    try {
      return await target(...args);
    } catch (error) {
      const serverRequest = requestOf(requestIn(args));
      if (serverRequest !== undefined && !isUnknownPath(serverRequest, error)) serverRequest.recordError(error);
      throw error;
    }
  };
}

/** Nest throws an exception for unknown paths, which is not an error of the application. */
function isUnknownPath({ route }: ServerRequest, error: unknown): boolean {
  return route === undefined && (error as Partial<HttpException> | null)?.getStatus?.() === 404;
}

/** Handlers on Fastify receive its own requests, and middleware those of Node. */
function requestOf(request: unknown): ServerRequest | undefined {
  const { raw } = request as { readonly raw?: object };
  return ServerRequest.of(raw ?? (request as object));
}

function middlewareProxyOf(app: NestApp): RouterProxy | undefined {
  return (app as { readonly middlewareModule?: { readonly routerProxy?: RouterProxy } }).middlewareModule?.routerProxy;
}

interface Routed {
  /** Set by Express. */
  readonly route?: { readonly path: unknown };
  /** Set by Fastify. */
  readonly routeOptions?: { readonly url?: string };
}

interface HttpException {
  getStatus(): number;
}

type Callback = (...args: unknown[]) => unknown;

interface RoutesResolver {
  readonly routerProxy?: RouterProxy;
  readonly routerExplorer?: { readonly executionContextCreator?: RouterExecutionContext };
}

/** Catches the errors of handlers and middleware and passes them to the exception filters. */
export interface RouterProxy {
  createProxy(this: unknown, target: Callback, exceptionsHandler: unknown): unknown;
  createExceptionLayerProxy(this: unknown, target: Callback, exceptionsHandler: unknown): unknown;
}

/** Creates a function that calls the guards, the interceptors, the pipes and the handler of a route. */
export interface RouterExecutionContext {
  create(this: unknown, instance: object, callback: unknown, methodName: string, ...rest: unknown[]): Callback;
}
