import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import https from 'node:https';
import { patch } from '../patch.ts';
import type { HttpServerOptions } from './http/server-options.ts';
import { ServerTelemetry, stateOf } from './http/server-telemetry.ts';
import { inContext } from './http/stream-context.ts';

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
              serverRequest?.end(stateOf(response));
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
