import type { IncomingMessage, ServerResponse } from 'node:http';
import { context } from '@opentelemetry/api';
import type { HttpServerOptions } from './http/server-options.ts';
import { ServerRequest } from './http/server-request.ts';
import { ServerTelemetry } from './http/server-telemetry.ts';

export { DEFAULT_IGNORED_PATHS, type HttpServerOptions } from './http/server-options.ts';

/** An instance of Fastify 4 or 5. */
export interface FastifyInstance {
  addHook(name: string, hook: unknown): unknown;
}

/**
 * Instruments an instance of Fastify 4 or 5 and its plugins: `instrumentFastify(fastify)`, before routes are added.
 * Each request has a span with its route and the error of its handler, and measurements (semantic conventions,
 * "HTTP"). Throws an `OptionError` that names the invalid option.
 */
export function instrumentFastify(fastify: FastifyInstance, options?: HttpServerOptions): void {
  const telemetry = new ServerTelemetry('@otelier/sdk/fastify', options);
  fastify.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    telemetry.handle(request.raw, reply.raw, (serverRequest) => {
      const route = request.routeOptions?.url;
      if (route !== undefined) serverRequest?.setRoute(route);
      done();
    });
  });
  fastify.addHook('onError', (request: FastifyRequest, _: FastifyReply, error: unknown, done: () => void) => {
    ServerRequest.of(request.raw)?.recordError(error);
    done();
  });
  // Fastify calls hooks after the body has been read in the context of the connection.
  fastify.addHook('preValidation', (request: FastifyRequest, _: FastifyReply, done: () => void) => {
    const serverRequest = ServerRequest.of(request.raw);
    if (serverRequest === undefined || context.active() !== serverRequest.connectionContext) done();
    else context.with(serverRequest.context, done);
  });
}

interface FastifyRequest {
  readonly raw: IncomingMessage;
  /** The matched route. Its URL is `undefined` for the handler of unknown routes. */
  readonly routeOptions?: { readonly url?: string | undefined };
}

interface FastifyReply {
  readonly raw: ServerResponse;
}
