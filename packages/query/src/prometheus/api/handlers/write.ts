import { receiveWrite } from '../../write/receive.ts';
import { readBody } from '../body.ts';
import type { PrometheusHandler } from '../context.ts';
import { PrometheusProblem } from '../problem.ts';

/** `write`: receives remote write requests into the pipeline that ends in the store. */
export const write: PrometheusHandler = async ({ request, ingest }) => {
  const target = ingest('metrics');
  if (target === undefined) {
    throw new PrometheusProblem(
      'unavailable',
      'no pipeline for metrics of this thread ends in the store; with service.workers, use the receiver prometheus_remote_write',
    );
  }
  const { headers } = request;
  const length = headers.get('content-length');
  const {
    status,
    message,
    headers: own,
  } = await receiveWrite(
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
    target,
  );
  return new Response(status === 204 ? null : message, { status, headers: own });
};
