import type { IncomingMessage, ServerResponse } from 'node:http';
import { patch } from '../patch.ts';
import type { HttpServerOptions } from './http/server-options.ts';
import { ServerRequest } from './http/server-request.ts';
import { ServerTelemetry } from './http/server-telemetry.ts';

export { DEFAULT_IGNORED_PATHS, type HttpServerOptions } from './http/server-options.ts';

/** The module `express`, version 4 or 5. */
export interface Express {
  readonly application: object;
  readonly Router: object;
}

/**
 * Instruments all applications of Express 4 or 5: `instrumentExpress(express)`, before they handle requests. Each
 * request has a span with its route and the errors that handlers throw or pass on, and measurements (semantic
 * conventions, "HTTP"). Call the result to undo it. Throws an `OptionError` that names the invalid option.
 */
export function instrumentExpress(
  express: Express,
  options?: HttpServerOptions<IncomingMessage & Record<string, unknown>, ServerResponse & Record<string, unknown>>,
): () => void {
  const telemetry = new ServerTelemetry('@otelier/sdk/express', options as HttpServerOptions);
  const application = express.application as { handle: Handle };
  const { Router } = express as { Router: { prototype: RouterMethods } & Partial<RouterMethods> };
  // In version 4, the constructor itself is the prototype of routers.
  const router = Router.use === undefined ? Router.prototype : (Router as RouterMethods);
  const layers = new Set<object>();
  const undo = [
    patch(
      application,
      'handle',
      (handle) =>
        function (this: unknown, request, response, out) {
          telemetry.handle(request, response, () => handle.call(this, request, response, out));
        },
    ),
    patch(
      router,
      'handle',
      (handle) =>
        function (this: unknown, request, response, out) {
          handle.call(this, request, response, enterRouter(request, out));
        },
    ),
  ];
  // The class of layers is not exported.
  const patchLayers = ({ stack }: RouterInstance) => {
    const layer = stack.at(-1);
    if (layer === undefined) return;
    const prototype = Object.getPrototypeOf(layer) as LayerMethods;
    if (layers.has(prototype)) return;
    layers.add(prototype);
    undo.push(...patchLayer(prototype));
  };
  undo.push(
    patch(
      router,
      'use',
      (use) =>
        function (this: RouterInstance, ...args) {
          const before = this.stack.length;
          const result = use.apply(this, args);
          const path = typeof args[0] === 'function' ? '/' : pathOf(args[0]);
          for (const layer of this.stack.slice(before)) layer[MOUNT_PATH] = path;
          patchLayers(this);
          return result;
        },
    ),
    patch(
      router,
      'route',
      (route) =>
        function (this: RouterInstance, ...args) {
          const result = route.apply(this, args);
          patchLayers(this);
          return result;
        },
    ),
  );
  return () => {
    for (const each of undo) each();
  };
}

/** Express 4 spells the names of these methods with an underscore. */
function patchLayer(prototype: LayerMethods): readonly (() => void)[] {
  const request = prototype.handleRequest === undefined ? 'handle_request' : 'handleRequest';
  const error = prototype.handleError === undefined ? 'handle_error' : 'handleError';
  return [
    patch(
      prototype as Required<LayerMethods>,
      request,
      (handle) =>
        function (this: Layer, incoming, response, next) {
          enterLayer(this, incoming);
          handle.call(this, incoming, response, next);
        },
    ),
    patch(
      prototype as Required<LayerMethods>,
      error,
      (handle) =>
        function (this: Layer, cause, incoming, response, next) {
          ServerRequest.of(incoming)?.recordError(cause);
          handle.call(this, cause, incoming, response, next);
        },
    ),
  ];
}

/** Notes the path at which the request enters a router, until it leaves it; `next` then receives an unhandled error. */
function enterRouter(request: Routed, next: Next): Next {
  const serverRequest = ServerRequest.of(request);
  if (serverRequest === undefined) return next;
  const outer = request[MOUNT];
  request[MOUNT] = request[ENTERED];
  return (error) => {
    request[MOUNT] = outer;
    if (error !== 'router' && error !== 'route') serverRequest.recordError(error);
    next(error);
  };
}

function enterLayer(layer: Layer, request: Routed): void {
  const mount = request[MOUNT] ?? '';
  if (layer.route === undefined) {
    const path = layer[MOUNT_PATH];
    request[ENTERED] = path === '/' || path === undefined ? mount : mount + path;
  } else {
    const path = pathOf(layer.route.path);
    ServerRequest.of(request)?.setRoute(path === '/' && mount !== '' ? mount : mount + path);
  }
}

/** Returns a path pattern as text. Lists are joined, because the router does not say which of them matched. */
function pathOf(path: unknown): string {
  return Array.isArray(path) ? path.flat(Number.POSITIVE_INFINITY).map(String).join(',') : String(path);
}

/** On a layer: the path that was passed to `use`. */
const MOUNT_PATH = Symbol('mount path');
/** On a request: the pattern at which the current router is mounted. */
const MOUNT = Symbol('mount');
/** On a request: the pattern of the middleware that was called last, which may be a router. */
const ENTERED = Symbol('entered');

type Next = (error?: unknown) => void;
type Routed = IncomingMessage & { [MOUNT]?: string | undefined; [ENTERED]?: string };
type Handle = (this: unknown, request: Routed, response: ServerResponse, out: Next) => void;

interface RouterMethods {
  handle: Handle;
  use(this: RouterInstance, ...args: unknown[]): unknown;
  route(this: RouterInstance, ...args: unknown[]): unknown;
}

interface RouterInstance {
  readonly stack: readonly Layer[];
}

interface Layer {
  readonly route?: { readonly path: unknown };
  [MOUNT_PATH]?: string;
}

type HandleRequest = (this: Layer, request: Routed, response: ServerResponse, next: Next) => void;
type HandleError = (this: Layer, error: unknown, request: Routed, response: ServerResponse, next: Next) => void;

interface LayerMethods {
  handleRequest?: HandleRequest;
  handle_request?: HandleRequest;
  handleError?: HandleError;
  handle_error?: HandleError;
}
