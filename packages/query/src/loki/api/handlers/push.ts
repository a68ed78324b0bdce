import { readBody } from '../../../prometheus/api/body.ts';
import { PrometheusProblem } from '../../../prometheus/api/problem.ts';
import { receivePush } from '../../push/receive.ts';
import type { LokiHandler } from '../context.ts';
import { LokiProblem } from '../problem.ts';

/** `push`: receives entries into the pipeline that ends in the store. */
export const push: LokiHandler = async ({ request, ingest, nowMillis }) => {
  const target = ingest('logs');
  if (target === undefined) {
    throw new LokiProblem(
      503,
      'no pipeline for logs of this thread ends in the store; with service.workers, use the receiver loki',
    );
  }
  const { headers } = request;
  const length = headers.get('content-length');
  const result = await receivePush(
    {
      contentType: headers.get('content-type') ?? '',
      contentEncoding: headers.get('content-encoding') ?? '',
      contentLength: length === null ? undefined : Number(length),
      readBody: async (limit) => {
        try {
          return await readBody(request, limit);
        } catch (error) {
          if (error instanceof PrometheusProblem) return undefined;
          throw error;
        }
      },
    },
    { target, labels: 'resource', nowMillis },
  );
  const { status, message, headers: own } = result;
  return new Response(status === 204 ? null : message, { status, headers: own });
};
