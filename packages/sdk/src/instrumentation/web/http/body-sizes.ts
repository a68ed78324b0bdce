import { type IncomingMessage, ServerResponse } from 'node:http';

type Write = (chunk?: unknown, encoding?: unknown, callback?: unknown) => unknown;

/** Counts the bytes of a request's and a response's body, as they are on the wire except for chunk headers. */
export class BodySizes {
  requestBytes = 0;
  responseBytes = 0;

  constructor(request: IncomingMessage, response: ServerResponse) {
    // `push` receives each chunk even if the body is not read. A 'data' listener would start the flow.
    const push = request.push;
    request.push = (chunk: unknown, encoding?: BufferEncoding) => {
      this.requestBytes += sizeOf(chunk, encoding);
      return push.call(request, chunk, encoding);
    };
    // `end` of an HTTP/2 response calls `write`.
    const names = response instanceof ServerResponse ? (['write', 'end'] as const) : (['write'] as const);
    for (const name of names) {
      const original = response[name] as Write;
      (response as Record<typeof name, Write>)[name] = (chunk, encoding, callback) => {
        this.responseBytes += sizeOf(chunk, encoding);
        return original.call(response, chunk, encoding, callback);
      };
    }
  }
}

function sizeOf(chunk: unknown, encoding: unknown): number {
  if (typeof chunk === 'string')
    return Buffer.byteLength(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
  return chunk instanceof Uint8Array ? chunk.byteLength : 0;
}
