import { z } from '@hono/zod-openapi';
import { LIMITS } from '../api/limits.ts';
import { ApiProblem } from '../api/problem.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';

/** The path of the batch endpoint. */
export const BATCH_PATH = '/api/v1/batch';

/** The body of a batch request. */
export const batchParameters = z.object({
  requests: z
    .array(z.string({ error: 'expected paths as text' }), { error: 'expected a list of paths' })
    .min(1, 'expected at least one path')
    .max(LIMITS.batchRequests, `expected at most ${LIMITS.batchRequests} paths`)
    .openapi({
      description: 'Paths of GET requests, including their parameters.',
      example: ['/api/v1/services', '/api/v1/red?steps=60'],
    }),
});

/** Responds to the requests in a batch. Throws an `ApiProblem` for a path that is not allowed in a batch. */
export function batchResponse(
  paths: readonly string[],
  endpoints: readonly Endpoint[],
  respond: (path: string) => Promise<Response>,
): Response {
  const known = new Set(
    endpoints.filter(({ method, path }) => method === 'get' && !path.includes('{')).map(({ path }) => path),
  );
  for (const [index, path] of paths.entries()) {
    if (!known.has(path.split('?', 1)[0] ?? ''))
      throw new ApiProblem(
        'bad_request',
        `requests[${index}]: expected a GET path of /openapi.json without path parameters, got ${JSON.stringify(path.slice(0, 100))}`,
      );
  }
  const encoder = new TextEncoder();
  const lines = linesOf(paths, respond);
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await lines.next();
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
  });
  return new Response(body, { headers: { 'content-type': 'application/x-ndjson' } });
}

/** Yields one line per response, in the order in which the responses are ready. */
async function* linesOf(
  paths: readonly string[],
  respond: (path: string) => Promise<Response>,
): AsyncGenerator<string> {
  const pending = new Map(
    paths.map((path, index) => [
      index,
      respond(path).then(async (response) => ({
        index,
        line: `{"index":${index},"status":${response.status},"body":${await response.text()}}\n`,
      })),
    ]),
  );
  while (pending.size > 0) {
    const { index, line } = await Promise.race(pending.values());
    pending.delete(index);
    yield line;
  }
}
