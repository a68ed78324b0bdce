import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import https from 'node:https';
import { context } from '@opentelemetry/api';
import { patch } from '../patch.ts';
import type { HttpServerOptions } from './http/server-options.ts';
import { ServerRequest } from './http/server-request.ts';
import { ServerTelemetry } from './http/server-telemetry.ts';

export type { HttpClientOptions, OutgoingRequest } from './http/client-options.ts';
export { DEFAULT_IGNORED_PATHS, type HttpServerOptions } from './http/server-options.ts';
export { instrumentHttpRequests } from './node-http-requests.ts';

/**
 * Instruments all servers of `node:http` and `node:https`: each request has a span and measurements (semantic
 * conventions, "HTTP"), and is handled in the span's context, as are the events of its streams. Frameworks on top of
 * them add the route. Call the result to undo it. Throws an `OptionError` that names the invalid option.
 */
export function instrumentHttpServers(options?: HttpServerOptions): () => void {
  const telemetry = new ServerTelemetry('@otelier/sdk/node-http', options);
  const undo = [http, https].map(({ Server }) =>
    patch(
      Server.prototype as Server,
      'emit',
      (emit) =>
        function (this: Server, event: string, ...args: unknown[]) {
          if (event !== 'request') return emit.call(this, event, ...args);
          const [request, response] = args as [IncomingMessage, ServerResponse];
          return telemetry.handle(request, response, (serverRequest) => {
            try {
              return emit.call(this, event, request, response);
            } catch (error) {
              serverRequest?.recordError(error);
              // The process usually ends now, without an event of the response.
              serverRequest?.end();
              throw error;
            }
          });
        } as Server['emit'],
    ),
  );
  undo.push(
    patch(http.IncomingMessage.prototype, 'emit', inContext),
    patch(http.ServerResponse.prototype, 'emit', inContext),
  );
  return () => {
    for (const each of undo) each();
  };
}

type Emit = (this: object, event: string | symbol, ...args: unknown[]) => boolean;

/** Node emits the events of a request's streams in the context of the connection, which has no span. */
function inContext(emit: Emit): Emit {
  return function (this: object, ...args) {
    const request = ServerRequest.of(this);
    if (request === undefined || context.active() !== request.connectionContext) return emit.apply(this, args);
    return context.with(request.context, emit as (...args: unknown[]) => boolean, this, ...args);
  };
}
