import { ServerRequest } from './server-request.ts';
import { type RequestHead, type ServerTelemetry, serverTiming } from './server-telemetry.ts';

/** Handles a request as a fetch handler does, in Bun, Deno and edge runtimes. */
type FetchHandler = () => Response | Promise<Response>;

/**
 * Calls a fetch handler in the request's context. The span ends with the response's body. A request that already has a
 * span, because another instrumentation started it, is not started again.
 */
export function handleFetch(
  telemetry: ServerTelemetry<Request, Response>,
  request: Request,
  handle: FetchHandler,
): Response | Promise<Response> {
  if (ServerRequest.active() !== undefined) return handle();
  return telemetry.run(
    request,
    () => headOf(request),
    (serverRequest) => (serverRequest === undefined ? handle() : respond(telemetry, request, serverRequest, handle)),
  );
}

async function respond(
  telemetry: ServerTelemetry<Request, Response>,
  request: Request,
  serverRequest: ServerRequest,
  handle: FetchHandler,
): Promise<Response> {
  let response: Response | undefined;
  telemetry.addHook(serverRequest, { request, response: () => response ?? new Response(null, { status: 500 }) });
  try {
    response = await handle();
  } catch (error) {
    serverRequest.recordError(error);
    serverRequest.end({ statusCode: undefined, isComplete: false, headers: () => ({}) });
    throw error;
  }
  const { status, headers, body } = response;
  const end = (isComplete: boolean) =>
    serverRequest.end({ statusCode: status, isComplete, headers: () => Object.fromEntries(headers) });
  const sizes = { requestBytes: Number(request.headers.get('content-length')) || 0, responseBytes: 0 };
  if (telemetry.countsBodies) serverRequest.sizes = sizes;
  if (body === null) {
    end(true);
    if (!telemetry.sendsContext) return response;
  }
  const ended = body && following(body, end, sizes);
  const result = new Response(ended, response);
  if (telemetry.sendsContext) result.headers.append('server-timing', serverTiming(serverRequest.span));
  return result;
}

/** Returns a stream with the same chunks, and calls `end` after the last one or when the client cancels it. */
function following(
  body: ReadableStream<Uint8Array>,
  end: (isComplete: boolean) => void,
  sizes: { responseBytes: number },
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) {
            end(true);
            controller.close();
          } else {
            sizes.responseBytes += value.byteLength;
            controller.enqueue(value);
          }
        } catch (error) {
          end(false);
          throw error;
        }
      },
      cancel(reason) {
        end(false);
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

function headOf(request: Request): RequestHead {
  const url = new URL(request.url);
  return {
    method: request.method,
    target: url.pathname + url.search,
    headers: Object.fromEntries(request.headers),
    host: url.host,
    scheme: url.protocol.slice(0, -1),
    protocolVersion: undefined,
    remoteAddress: undefined,
    remotePort: undefined,
  };
}
